"""MTGJSON, version 3 and 5: one set, all printings, or atomic cards; rulings stand with their card."""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import msgspec

from ragqa.corpus.importers.magic import FACE_SEPARATOR, LANGUAGE_NAMES, Face, magic_card, statement_rule
from ragqa.corpus.importers.merged import merged_by_id
from ragqa.corpus.importers.records import Item, json_items, json_members, json_paths, sources_of
from ragqa.corpus.importers.streams import first_bytes
from ragqa.datatypes import Language, Source

SOURCE = "MTGJSON"
_CARD_KEYS = {"name", "type", "layout"}


class Foreign(msgspec.Struct, kw_only=True):
    """A print in another language."""

    language: str
    name: str | None = None
    face_name: str | None = msgspec.field(name="faceName", default=None)
    text: str | None = None


class Statement(msgspec.Struct, kw_only=True):
    """A dated ruling."""

    date: str
    text: str


class Identifiers(msgspec.Struct, kw_only=True):
    """Ids of other databases."""

    oracle_id: str | None = msgspec.field(name="scryfallOracleId", default=None)


class MtgjsonFace(msgspec.Struct, kw_only=True):
    """A card, or one face of it; version 3 lists all faces in `names`, version 5 joins them in `name`."""

    name: str
    face_name: str | None = msgspec.field(name="faceName", default=None)
    names: list[str] = []
    layout: str = "normal"
    text: str = ""
    type: str = ""
    mana_cost: str | None = msgspec.field(name="manaCost", default=None)
    power: str | None = None
    toughness: str | None = None
    loyalty: str | int | None = None
    number: str = ""
    rulings: list[Statement] = []
    foreign: list[Foreign] = msgspec.field(name="foreignData", default=[])
    foreign_names: list[Foreign] = msgspec.field(name="foreignNames", default=[])
    identifiers: Identifiers = msgspec.field(default_factory=Identifiers)

    @property
    def whole_name(self) -> str:
        """The name of the card with all its faces; the parts of a melded card are cards of their own."""
        if self.layout == "meld":
            return self.face_name or self.name
        return FACE_SEPARATOR.join(self.names) if len(self.names) > 1 else self.name


class MtgjsonImporter:
    """Reads card by card, or set by set; prints of one card are joined."""

    name = "MTGJSON"

    def recognises(self, path: Path, head: bytes) -> bool:
        """Tell by the keys of the first set or card."""
        return _layout(head) is not None

    def read(self, path: Path) -> Iterator[Item]:
        """Yield each card with its rulings, numbered by the record that the first print stands in."""
        return merged_by_id(sources_of(path, _records(path), list[MtgjsonFace], _sources))


def _layout(head: bytes) -> str | None:
    """Return where the cards stand: "cards" or "data.cards" (one set), "" or "data" (an object of many)."""
    paths = json_paths(head)
    for prefix in ("cards", "data.cards"):
        if {f"{prefix}.item.{key}" for key in _CARD_KEYS} <= paths:
            return prefix
    inner = {path.split(".", 2)[-1] for path in paths if path.startswith("data.")}
    if "meta" in paths and (_CARD_KEYS <= {key.removeprefix("item.") for key in inner} or "cards.item.name" in inner):
        return "data"
    names = {path.split(".", 1)[-1] for path in paths}
    return "" if {"cards.item.name", "cards.item.layout", "releaseDate"} <= names else None


def _records(path: Path) -> Iterator[tuple[int, object]]:
    """Yield the faces of one card at a time, as far as the file keeps them together."""
    layout = _layout(first_bytes(path, 65_536))
    if layout in ("cards", "data.cards"):
        yield from _cards_of_a_set(path, layout)
        return
    for number, (_, value) in enumerate(json_members(path, layout or ""), start=1):
        if isinstance(value, dict) and isinstance(value.get("cards"), list):
            yield number, value["cards"]
        else:
            yield number, value


def _cards_of_a_set(path: Path, prefix: str) -> Iterator[tuple[int, object]]:
    """Yield single-faced cards at once, and all the others, which are few, together at the end."""
    several: list[object] = []
    number = 0
    for number, card in json_items(path, f"{prefix}.item"):
        if isinstance(card, dict) and (card.get("faceName") or card.get("names")):
            several.append(card)
        else:
            yield number, [card]
    yield number, several


def _sources(faces: list[MtgjsonFace]) -> Iterator[Source]:
    by_card: dict[str, list[MtgjsonFace]] = {}
    for face in faces:
        by_card.setdefault(face.whole_name, []).append(face)
    for name, prints in by_card.items():
        yield from _card_and_statements(name, prints)


def _card_and_statements(name: str, prints: Iterable[MtgjsonFace]) -> Iterator[Source]:
    # The same face may be printed several times in a set.
    faces = list({each.face_name or each.name: each for each in prints}.values())
    first = faces[0]
    facts: dict[str, Any] = {
        "mana_cost": first.mana_cost,
        "power": first.power,
        "toughness": first.toughness,
        "loyalty": None if first.loyalty is None else str(first.loyalty),
    }
    card = magic_card(
        name,
        [_face(face) for face in faces],
        type_line=FACE_SEPARATOR.join(face.type for face in faces if face.type),
        oracle_id=first.identifiers.oracle_id,
        source=SOURCE,
        **facts,
    )
    yield card
    statements = {statement.text: statement for face in faces for statement in face.rulings}
    for statement in statements.values():
        yield statement_rule(card.card_id, name, statement.text, statement.date, "Gatherer")


def _face(face: MtgjsonFace) -> Face:
    names = {Language.EN: face.face_name or face.name}
    texts = {Language.EN: face.text}
    for foreign in (*face.foreign, *face.foreign_names):
        lang = LANGUAGE_NAMES.get(foreign.language)
        name = foreign.face_name or foreign.name
        if lang and name:
            names.setdefault(lang, name)
            texts.setdefault(lang, foreign.text or "")
    return Face(names=names, texts=texts)
