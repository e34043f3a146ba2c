"""Short ways to write files of the foreign formats, and to read them by the importer that recognises them."""

import gzip
import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from ragqa.corpus.importers import NO_CARDS, KnownCards, importer_for
from ragqa.datatypes import Card, Language, Rule, Ruling, Source
from ragqa.errors import InvalidInput

EN, KO, JA = Language.EN, Language.KO, Language.JA
Fields = dict[str, Any]


def write_json(path: Path, value: object) -> Path:
    path.write_text(json.dumps(value, ensure_ascii=False))
    return path


def write_lines(path: Path, rows: Iterable[Fields]) -> Path:
    path.write_bytes(gzip.compress("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows).encode()))
    return path


def items(path: Path, cards: KnownCards = NO_CARDS) -> list[tuple[int, Source | InvalidInput]]:
    return list(importer_for(path, cards).read(path))


def sources(path: Path, cards: KnownCards = NO_CARDS) -> list[Source]:
    """Return what the file holds, which must be sound."""
    read = [source for _, source in items(path, cards)]
    wrong = [str(source) for source in read if isinstance(source, InvalidInput)]
    assert not wrong
    return [source for source in read if not isinstance(source, InvalidInput)]


def card(path: Path, cards: KnownCards = NO_CARDS) -> Card:
    (only,) = sources(path, cards)
    assert isinstance(only, Card)
    return only


def ruling(path: Path, cards: KnownCards = NO_CARDS) -> Ruling:
    (only,) = sources(path, cards)
    assert isinstance(only, Ruling)
    return only


def rules(path: Path, cards: KnownCards = NO_CARDS) -> list[Rule]:
    return [source for source in sources(path, cards) if isinstance(source, Rule)]


def refusals(path: Path) -> list[tuple[int, str | None, str]]:
    return [(number, each.field, str(each)) for number, each in items(path) if isinstance(each, InvalidInput)]
