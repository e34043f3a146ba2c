"""Compiled JSONL: rows gathered from public projects, cards and rulings in a file each."""

from collections.abc import Iterator
from pathlib import Path
from typing import TypeVar

import msgspec

from ragqa.corpus.importers.compiled_rows import CardRow, RulingRow, card_of, ruling_of
from ragqa.corpus.importers.jsonl import misfit
from ragqa.corpus.importers.streams import opened
from ragqa.datatypes import Language, Source
from ragqa.errors import InvalidInput

Row = TypeVar("Row", CardRow, RulingRow)
Item = tuple[int, Source | InvalidInput]


class CompiledCards:
    """Cards, one a line."""

    name = "compiled cards"

    def recognises(self, path: Path, head: bytes) -> bool:
        """Tell by the fields of the first line."""
        return {"id", "names", "texts"} <= _first_fields(head)

    def read(self, path: Path) -> Iterator[Item]:
        """Yield each line's card, or what is wrong with it."""
        for line, row in _rows(path, CardRow):
            yield line, row if isinstance(row, InvalidInput) else card_of(row)


class CompiledRulings:
    """Official Q&As, one a line; an English row becomes part of the Japanese ruling that it translates."""

    name = "compiled rulings"

    def recognises(self, path: Path, head: bytes) -> bool:
        """Tell by the fields of the first line."""
        return {"id", "fid", "title", "answer"} <= _first_fields(head)

    def read(self, path: Path) -> Iterator[Item]:
        """Yield each ruling at the line of its Japanese row, then translations whose original is absent."""
        # Two passes: translations may stand anywhere, and they are few enough to be held.
        translations = {
            row.fid: (line, row)
            for line, row in _rows(path, RulingRow)
            if isinstance(row, RulingRow) and row.lang is Language.EN
        }
        for line, row in _rows(path, RulingRow):
            if isinstance(row, InvalidInput):
                yield line, row
            elif row.lang is not Language.EN:
                _, translation = translations.pop(row.fid, (0, None))
                yield line, ruling_of(row, translation)
        for line, row in translations.values():
            yield line, ruling_of(None, row)


def _first_fields(head: bytes) -> set[str]:
    first = next((line for line in head.splitlines() if line.strip()), b"")
    try:
        fields = msgspec.json.decode(first)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return set()
    return set(fields) if isinstance(fields, dict) else set()


def _rows(path: Path, row_type: type[Row]) -> Iterator[tuple[int, Row | InvalidInput]]:
    decoder = msgspec.json.Decoder(row_type)
    with opened(path) as file:
        for line, raw in enumerate(file, start=1):
            if not raw.strip():
                continue
            try:
                yield line, decoder.decode(raw)
            except (msgspec.DecodeError, UnicodeDecodeError) as error:
                wrong = misfit(str(error))
                yield line, InvalidInput(f"{path.name} line {line}: {wrong}", field=wrong.field, line=line)
