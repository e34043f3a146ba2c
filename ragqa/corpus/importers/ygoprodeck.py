"""YGOPRODeck's API answer: `{"data": [...]}` of cards in one language, with English names beside where translated."""

from collections.abc import Iterator
from pathlib import Path

import msgspec

from ragqa.corpus.importers.card_fields import given, passcode_text, plain, plain_texts, with_pendulum
from ragqa.corpus.importers.known_cards import NO_CARDS, KnownCards
from ragqa.corpus.importers.records import Item, json_items, json_paths, sources_of
from ragqa.datatypes import Card, Language
from ragqa.text import detect_language

SOURCE = "YGOPRODeck"
_SAMPLE_CHARS = 500
_ARROWS = {
    "Top": "⬆",
    "Bottom": "⬇",
    "Left": "⬅",
    "Right": "➡",
    "Top-Left": "↖",
    "Top-Right": "↗",
    "Bottom-Left": "↙",
    "Bottom-Right": "↘",
}


class Image(msgspec.Struct):
    """A picture of the card; its id is a passcode, of an alternate art too."""

    id: int


class Misc(msgspec.Struct, kw_only=True):
    """What the API adds with `misc=yes`."""

    konami_id: int | None = None


class DeckCard(msgspec.Struct, kw_only=True):
    """A card of the API; spells and traps have their property in `race`."""

    id: int
    name: str
    type: str
    desc: str
    name_en: str | None = None
    race: str | None = None
    archetype: str | None = None
    attribute: str | None = None
    atk: int | None = None
    defence: int | None = msgspec.field(name="def", default=None)
    level: int | None = None
    linkval: int | None = None
    linkmarkers: list[str] = []
    scale: int | None = None
    pend_desc: str | None = None
    monster_desc: str | None = None
    typeline: list[str] | None = None
    card_images: list[Image] = []
    misc_info: list[Misc] = []


class YgoprodeckImporter:
    """Reads cards one by one; tokens and skills are marked by their kind."""

    name = "YGOPRODeck API JSON"

    def __init__(self, cards: KnownCards = NO_CARDS) -> None:
        self._cards = cards

    def recognises(self, path: Path, head: bytes) -> bool:
        """Tell by the keys of the first card."""
        return {"data.item.id", "data.item.name", "data.item.desc"} <= json_paths(head)

    def read(self, path: Path) -> Iterator[Item]:
        """Yield each card with its position in `data`."""
        return sources_of(path, json_items(path, "data.item"), DeckCard, lambda record: [self._card(record)])

    def _card(self, record: DeckCard) -> Card:
        lang = detect_language(f"{record.name}\n{record.desc[:_SAMPLE_CHARS]}")
        konami_id = next((misc.konami_id for misc in record.misc_info if misc.konami_id), None)
        english = {Language.EN: record.name_en} if record.name_en else {}
        monster_text = record.monster_desc if record.monster_desc is not None else record.desc
        text = with_pendulum(plain(monster_text), plain(record.pend_desc or ""), lang)
        return Card(
            card_id=self._cards.card_id(record.id, konami_id) or passcode_text(record.id),
            passcode=passcode_text(record.id),
            konami_id=konami_id,
            names=plain_texts({**english, lang: record.name}),
            kind=_kind(record.type),
            facts=_facts(record),
            texts=plain_texts({lang: text}),
            source=SOURCE,
        )


def _kind(card_type: str) -> str:
    for kind in ("token", "skill", "spell", "trap"):
        if kind in card_type.lower():
            return kind
    return "monster"


def _facts(record: DeckCard) -> dict[str, object]:
    monster = _kind(record.type) in ("monster", "token")
    is_xyz = "xyz" in record.type.lower()
    alternates = [image.id for image in record.card_images if image.id != record.id]
    return given(
        type_line=" / ".join(record.typeline) if record.typeline else record.race,
        attribute=record.attribute,
        level=None if is_xyz or not monster or record.linkval else record.level,
        rank=record.level if is_xyz else None,
        link=record.linkval,
        link_arrows=[_ARROWS.get(marker, marker) for marker in record.linkmarkers] or None,
        atk=_points(record.atk) if monster else None,
        **{"def": _points(record.defence) if monster else None},
        pendulum_scale=record.scale,
        series=[record.archetype] if record.archetype else None,
        alt_passcodes=alternates or None,
    )


def _points(value: int | None) -> int | str | None:
    """The API writes a question mark as -1."""
    return "?" if value is not None and value < 0 else value
