"""EDOPro card databases: SQLite with the tables `datas` (numbers) and `texts` (one language)."""

import re
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory

import msgspec

from ragqa.corpus.importers.card_fields import given, passcode_text, plain, plain_texts, with_pendulum
from ragqa.corpus.importers.edopro_bits import (
    ARROWS,
    ATTRIBUTES,
    LINK,
    MONSTER,
    PENDULUM,
    SPELL,
    TRAP,
    UNKNOWN_POINTS,
    XYZ,
    kind_of,
    level_and_scale,
    named_bits,
    type_line,
)
from ragqa.corpus.importers.known_cards import NO_CARDS, KnownCards
from ragqa.corpus.importers.records import Item, sources_of
from ragqa.corpus.importers.streams import opened
from ragqa.datatypes import Card, Language
from ragqa.errors import InvalidInput
from ragqa.text import detect_language, is_han, is_kana

SOURCE = "EDOPro card database"
_MAGIC = b"SQLite format 3\0"
_SAMPLE = 200
_ART_DISTANCE = 20
_PENDULUM_DESC = re.compile(
    r"""\s* (?: \[\ ?(?:Pendulum\ Effect|펜듈럼\ 효과)\ ?\] | 【(?:Ｐ|P|ペンデュラム)効果】 | 【펜듈럼\ 효과】 ) \s*\n
    (?P<pendulum>.*?) \n? (?:-{5,}\s*\n)? \s*
    (?: \[\ ?(?:Monster\ Effect|Flavor\ Text|몬스터\ 효과)\ ?\] | 【モンスター(?:効果|情報)】 | 【몬스터\ 효과】 ) \s*
    (?P<monster>.*)""",
    re.DOTALL | re.VERBOSE,
)
# An alternate art has its own number; another number with a name of its own only counts as the other card.
_CARDS = """
    SELECT datas.*, texts.name, texts.desc, original.name AS original_name, arts.ids AS arts
    FROM datas LEFT JOIN texts USING (id) LEFT JOIN texts AS original ON original.id = datas.alias
    LEFT JOIN (
        SELECT art.alias AS of_card, group_concat(art.id) AS ids
        FROM datas AS art JOIN texts AS own ON own.id = art.id JOIN texts AS card ON card.id = art.alias
        WHERE art.alias AND (abs(art.id - art.alias) < :distance OR own.name = card.name) GROUP BY art.alias
    ) AS arts ON arts.of_card = datas.id
    ORDER BY datas.id
"""


class CdbRow(msgspec.Struct, kw_only=True):
    """A card; `level` packs the scales, `def` of a Link monster its arrows."""

    id: int
    ot: int
    alias: int
    type: int
    atk: int
    defence: int = msgspec.field(name="def")
    level: int
    race: int
    attribute: int
    category: int
    name: str
    desc: str
    original_name: str | None
    arts: str | None


class EdoproImporter:
    """Reads cards row by row; alternate arts become numbers of the card, tokens are marked by their kind."""

    name = "EDOPro .cdb"

    def __init__(self, cards: KnownCards = NO_CARDS) -> None:
        self._cards = cards

    def recognises(self, path: Path, head: bytes) -> bool:
        """Tell by SQLite's first bytes and the names of the tables."""
        return head.startswith(_MAGIC) and b"datas" in head and b"texts" in head

    def read(self, path: Path) -> Iterator[Item]:
        """Yield each card with its position by passcode. A damaged database ends with what is wrong."""
        with TemporaryDirectory() as folder:
            plain_file = Path(folder, "cards.cdb")
            try:
                with opened(path) as packed, plain_file.open("wb") as unpacked:
                    shutil.copyfileobj(packed, unpacked)
                lang = _language(plain_file)
            except InvalidInput as error:
                yield 1, InvalidInput(f"{path.name}: {error}", field=error.field, line=1)
                return
            yield from sources_of(
                path, _rows(plain_file), CdbRow, lambda row: [] if _is_art(row) else [self._card(row, lang)]
            )

    def _card(self, row: CdbRow, lang: Language) -> Card:
        return Card(
            card_id=self._cards.card_id(row.id, None) or passcode_text(row.id),
            passcode=passcode_text(row.id),
            names=plain_texts({lang: row.name}),
            kind=kind_of(row.type),
            facts=_facts(row),
            texts=plain_texts({lang: _text(row, lang)}),
            source=SOURCE,
        )


def _rows(path: Path) -> Iterator[tuple[int, object]]:
    with closing(sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True)) as database:
        database.row_factory = sqlite3.Row
        try:
            for number, row in enumerate(database.execute(_CARDS, {"distance": _ART_DISTANCE}), start=1):
                yield number, _named(row)
        except sqlite3.Error as error:
            raise InvalidInput(f"the database is cut off or damaged: {error}; fetch it again", field="path") from error


def _named(row: sqlite3.Row) -> object:
    if row["name"] is None:
        return InvalidInput(f"card {row['id']} has no row in texts", field="name")
    return dict(zip(row.keys(), row, strict=True))


def _language(path: Path) -> Language:
    """Tell the language of the whole file; ideographs without a single kana are Chinese, which ragqa does not know."""
    try:
        with closing(sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True)) as database:
            rows = database.execute("SELECT name, desc FROM texts LIMIT ?", (_SAMPLE,)).fetchall()
    except sqlite3.Error as error:
        raise InvalidInput(f"the database is cut off or damaged: {error}; fetch it again", field="path") from error
    text = "\n".join(f"{name}\n{desc}" for name, desc in rows)
    lang = detect_language(text)
    if lang is Language.JA and any(map(is_han, text)) and not any(map(is_kana, text)):
        raise InvalidInput("the texts are Chinese; en, ko and ja are known", field="texts")
    return lang


def _is_art(row: CdbRow) -> bool:
    if not row.alias or row.original_name is None:
        return False
    return abs(row.id - row.alias) < _ART_DISTANCE or row.name == row.original_name


def _text(row: CdbRow, lang: Language) -> str:
    text = plain(row.desc)
    parts = _PENDULUM_DESC.match(text) if row.type & PENDULUM else None
    if parts is None:
        return text
    return with_pendulum(parts["monster"].strip(), parts["pendulum"].strip(), lang)


def _facts(row: CdbRow) -> dict[str, object]:
    monster = bool(row.type & MONSTER) and not row.type & (SPELL | TRAP)
    link, xyz = bool(row.type & LINK), bool(row.type & XYZ)
    level, scale = level_and_scale(row.level)
    return given(
        type_line=type_line(row.type, row.race),
        attribute="".join(named_bits(row.attribute, ATTRIBUTES)[:1]) or None,
        level=level if monster and not link and not xyz else None,
        rank=level if xyz else None,
        link=level if link else None,
        link_arrows=named_bits(row.defence, ARROWS) if link else None,
        atk=_points(row.atk) if monster else None,
        **{"def": _points(row.defence) if monster and not link else None},
        pendulum_scale=scale if row.type & PENDULUM else None,
        alt_passcodes=[int(number) for number in row.arts.split(",")] if row.arts else None,
        treated_as=passcode_text(row.alias) if row.alias else None,
        category=row.category or None,
        ot=row.ot,
    )


def _points(value: int) -> int | str:
    return "?" if value == UNKNOWN_POINTS else value
