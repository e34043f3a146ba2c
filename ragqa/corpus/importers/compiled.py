"""Compiled JSONL: rows gathered from public projects; cards, rulings and card supplements in a file each."""

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import msgspec

from ragqa.corpus.importers.compiled_rows import CardRow, FaqRow, RulingRow, card_of, ruling_of
from ragqa.corpus.importers.known_cards import NO_CARDS, KnownCards
from ragqa.corpus.importers.records import Item, json_lines, sources_of
from ragqa.corpus.importers.supplements import supplement_rule
from ragqa.datatypes import Language, Rule, Ruling
from ragqa.errors import InvalidInput


class CompiledCards:
    """Cards, one a line."""

    name = "compiled cards"

    def recognises(self, path: Path, head: bytes) -> bool:
        """Tell by the fields of the first line."""
        return {"id", "names", "texts"} <= _first_fields(head)

    def read(self, path: Path) -> Iterator[Item]:
        """Yield each line's card, or what is wrong with it."""
        return sources_of(path, json_lines(path), CardRow, lambda row: [card_of(row)], called="line")


class CompiledRulings:
    """Official Q&As, one a line; an English row becomes part of the Japanese ruling that it translates."""

    name = "compiled rulings"

    def recognises(self, path: Path, head: bytes) -> bool:
        """Tell by the fields of the first line."""
        return {"id", "fid", "title", "answer"} <= _first_fields(head)

    def read(self, path: Path) -> Iterator[Item]:
        """Yield each ruling at the line of its Japanese row, then translations whose original is absent."""
        # Two passes: translations may stand anywhere, and they are few enough to be held.
        translations = {row.fid: (line, row) for line, row in _english_rows(path)}

        def joined(row: RulingRow) -> list[Ruling]:
            if row.lang is Language.EN:
                return []
            return [ruling_of(row, translations.pop(row.fid, (0, None))[1])]

        yield from sources_of(path, json_lines(path), RulingRow, joined, called="line")
        for line, row in translations.values():
            yield line, ruling_of(None, row)


class CompiledFaq:
    """Supplements to cards, one card a line."""

    name = "compiled card supplements"

    def __init__(self, cards: KnownCards = NO_CARDS) -> None:
        self._cards = cards

    def recognises(self, path: Path, head: bytes) -> bool:
        """Tell by the fields of the first line."""
        return {"id", "konami_id", "effects"} <= _first_fields(head)

    def read(self, path: Path) -> Iterator[Item]:
        """Yield the supplements of each line's card as a rule about it, or what is wrong with the line."""
        return sources_of(path, json_lines(path), FaqRow, self._rule, called="line")

    def _rule(self, row: FaqRow) -> list[Rule]:
        return supplement_rule(
            row.konami_id,
            {row.lang: row.effects},
            {row.lang: row.pendulum_effects},
            cards=self._cards,
            card_id=row.card_id,
            date=row.date,
        )


def _english_rows(path: Path) -> Iterator[tuple[int, RulingRow]]:
    # What is wrong with a row is told by the second pass.
    with suppress(InvalidInput):
        for line, fields in json_lines(path):
            if isinstance(fields, dict) and fields.get("lang") == Language.EN:
                with suppress(msgspec.ValidationError):
                    yield line, msgspec.convert(fields, RulingRow)


def _first_fields(head: bytes) -> set[str]:
    first = next((line for line in head.splitlines() if line.strip()), b"")
    try:
        fields = msgspec.json.decode(first)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return set()
    return set(fields) if isinstance(fields, dict) else set()
