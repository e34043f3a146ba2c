"""Test sets from other formats: CSV, and official Q&As as YGOResources publishes them."""

import csv
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec

from ragqa.corpus.importers.official import ruling_id_of
from ragqa.corpus.verdict_reading import read_verdict
from ragqa.datatypes import Card, Language
from ragqa.errors import InvalidInput
from ragqa.evaluation.examples import Example, checked, to_example
from ragqa.protocols import CorpusStore
from ragqa.text import detect_language

LISTS = ("ruling_ids", "near_ruling_ids", "card_ids", "style")


class _ApiText(msgspec.Struct):
    """A Q&A in one language as the API serves it; cards are `<<7752>>`, by Konami id."""

    id: int
    title: str
    answer: str


class _ApiQa(msgspec.Struct, rename={"texts": "qaData"}):
    texts: dict[Language, _ApiText]
    cards: list[int] = []


class _HistoryQa(msgspec.Struct, rename={"cards": "mentionedCards"}):
    """A Q&A as the history of the official database keeps it: Japanese, names in plain text."""

    fid: int
    title: str
    answer: str
    cards: list[int] = []


def read_csv(path: Path) -> list[Example]:
    """Read a CSV file whose header names the fields of a row; lists are separated by `;`.

    A missing `query_id` becomes `<file>-<line>`, a missing `lang` is told from the script. Raises InvalidInput.
    """
    rows: list[tuple[int, Example]] = []
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file, restkey="", strict=True)
            for fields in reader:
                rows.append((reader.line_num, _csv_example(fields, path, reader.line_num)))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise InvalidInput(f"{path} cannot be read as CSV in UTF-8: {error}") from None
    return checked(rows, path.name)


def read_official(path: Path, store: CorpusStore) -> list[Example]:
    """Read official Q&As from a JSON file or a folder of them: the title is the question, the ruling itself its gold.

    Such questions copy their ruling, so they measure reasoning only with the arm `no-gold`, and retrieval not at all.
    Q&As whose answer no rule can read as yes or no are left out. Raises InvalidInput.
    """
    cards = {card.konami_id: card for card in store.cards() if card.konami_id is not None}
    files = sorted(path.rglob("*.json")) if path.is_dir() else [path]
    examples = [example for file in files for example in _official_examples(file, cards)]
    return checked(list(enumerate(examples, 1)), path.name)


def _csv_example(fields: dict[str, Any], path: Path, line: int) -> Example:
    if "" in fields:
        raise InvalidInput(f"{path.name} line {line}: more columns than the header names", line=line)
    row: dict[str, Any] = {name: value.strip() for name, value in fields.items() if value and value.strip()}
    for name in LISTS:
        if name in row:
            row[name] = [part.strip() for part in row[name].split(";") if part.strip()]
    row.setdefault("query_id", f"{path.stem}-{line}")
    row.setdefault("lang", detect_language(row.get("question", "")).value)
    return to_example(row, path.name, line)


def _official_examples(path: Path, cards: dict[int, Card]) -> Iterator[Example]:
    qa = _read_qa(path)
    known = [cards[konami_id] for konami_id in qa.cards if konami_id in cards]
    for lang, text in qa.texts.items():
        title, answer = (_with_names(part, known, lang) for part in (text.title, text.answer))
        verdict = read_verdict(answer, title, lang).verdict
        if verdict:
            yield Example(
                query_id=f"qa-{text.id}-{lang}",
                lang=lang,
                question=title,
                verdict=verdict,
                ruling_ids=(ruling_id_of(text.id),),
                card_ids=tuple(card.card_id for card in known),
                style=("official",),
            )


def _read_qa(path: Path) -> _ApiQa:
    try:
        content = path.read_bytes()
        fields = msgspec.json.decode(content)
        if isinstance(fields, dict) and "qaData" in fields:
            return msgspec.convert(fields, _ApiQa)
        old = msgspec.convert(fields, _HistoryQa)
    except OSError as error:
        raise InvalidInput(f"{path} cannot be read: {error.strerror}") from None
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise InvalidInput(f"{path.name} is not an official Q&A of YGOResources: {error}") from None
    return _ApiQa(texts={Language.JA: _ApiText(old.fid, old.title, old.answer)}, cards=old.cards)


def _with_names(text: str, cards: list[Card], lang: Language) -> str:
    """Write names for `<<7752>>`, quoted in English as the official answers do; unknown ids stay."""
    for card in cards:
        name = card.names.get(lang) or next(iter(card.names.values()))
        text = text.replace(f"<<{card.konami_id}>>", f'"{name}"' if lang is Language.EN else name)
    return text
