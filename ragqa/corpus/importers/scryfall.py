"""Scryfall bulk JSON: a list of cards, or a list of rulings."""

from collections.abc import Iterator
from pathlib import Path

import msgspec

from ragqa.corpus.importers.known_cards import NO_CARDS, KnownCards
from ragqa.corpus.importers.magic import GAME, LANGUAGES, Face, magic_card, statement_rule
from ragqa.corpus.importers.merged import merged_by_id
from ragqa.corpus.importers.records import Item, json_items, json_paths, sources_of
from ragqa.datatypes import Card, Language, Rule
from ragqa.errors import InvalidInput

SOURCE = "Scryfall"
_NO_CARD = frozenset({"token", "double_faced_token", "emblem", "art_series"})


class ScryfallFace(msgspec.Struct, kw_only=True):
    """A face; the `printed_` fields are in the language of the print."""

    name: str
    oracle_text: str = ""
    oracle_id: str | None = None
    printed_name: str | None = None
    printed_text: str | None = None


class ScryfallCard(ScryfallFace, kw_only=True):
    """A print of a card in one language."""

    layout: str
    lang: str = "en"
    type_line: str = ""
    mana_cost: str | None = None
    power: str | None = None
    toughness: str | None = None
    loyalty: str | None = None
    card_faces: list[ScryfallFace] = []


class ScryfallRuling(msgspec.Struct, kw_only=True):
    """A dated statement about a card."""

    oracle_id: str
    published_at: str
    comment: str
    source: str = ""


class ScryfallCardImporter:
    """Reads prints one by one and joins those of one card; tokens, emblems and art are no cards and left out."""

    name = "Scryfall cards"

    def recognises(self, path: Path, head: bytes) -> bool:
        """Tell by the keys of the first card."""
        return {"item.object", "item.layout", "item.type_line"} <= json_paths(head)

    def read(self, path: Path) -> Iterator[Item]:
        """Yield each card with the position of its first print."""
        return merged_by_id(sources_of(path, json_items(path, "item"), ScryfallCard, _cards))


class ScryfallRulingImporter:
    """Reads rulings one by one."""

    name = "Scryfall rulings"

    def __init__(self, cards: KnownCards = NO_CARDS) -> None:
        self._cards = cards

    def recognises(self, path: Path, head: bytes) -> bool:
        """Tell by the keys of the first ruling."""
        return {"item.object", "item.oracle_id", "item.comment"} <= json_paths(head)

    def read(self, path: Path) -> Iterator[Item]:
        """Yield each ruling with its position, as a rule about its card."""
        return merged_by_id(sources_of(path, json_items(path, "item"), ScryfallRuling, lambda one: [self._rule(one)]))

    def _rule(self, ruling: ScryfallRuling) -> Rule:
        card_id = self._cards.by_oracle_id.get(ruling.oracle_id) or f"{GAME}-{ruling.oracle_id}"
        name = self._cards.name(card_id, Language.EN)
        origin = "Gatherer" if ruling.source == "wotc" else SOURCE
        return statement_rule(card_id, name, ruling.comment, ruling.published_at, origin)


def _cards(card: ScryfallCard) -> list[Card]:
    if card.layout in _NO_CARD or card.lang not in LANGUAGES:
        return []
    faces = card.card_faces or [card]
    oracle_id = card.oracle_id or faces[0].oracle_id
    if oracle_id is None:
        raise InvalidInput(f"{card.name!r} has no oracle_id", field="oracle_id")
    return [
        magic_card(
            card.name,
            [_face(face, LANGUAGES[card.lang]) for face in faces],
            type_line=card.type_line,
            oracle_id=oracle_id,
            source=SOURCE,
            mana_cost=card.mana_cost,
            power=card.power,
            toughness=card.toughness,
            loyalty=card.loyalty,
        )
    ]


def _face(face: ScryfallFace, lang: Language) -> Face:
    names = {Language.EN: face.name}
    texts = {Language.EN: face.oracle_text}
    if lang is not Language.EN and face.printed_name:
        names[lang] = face.printed_name
        texts[lang] = face.printed_text or ""
    return Face(names=names, texts=texts)
