"""YGOResources card JSON: one card in one language, or `cardData` with all of them; known by Konami id alone."""

from collections.abc import Iterator
from pathlib import Path

import msgspec

from ragqa.corpus.importers.card_fields import given, in_our_languages, plain, plain_texts, reading_alias, with_pendulum
from ragqa.corpus.importers.known_cards import NO_CARDS, KnownCards
from ragqa.corpus.importers.records import Item, json_object, json_paths, sources_of
from ragqa.corpus.importers.supplements import supplement_rule
from ragqa.datatypes import Card, Language, Source
from ragqa.text import detect_language

SOURCE = "YGOResources"
FaqEntries = dict[str, list[dict[str, str]]]


class ResourceCard(msgspec.Struct, kw_only=True):
    """A card in one language."""

    id: int
    name: str
    kind: str = msgspec.field(name="type", default="")
    card_type: str = msgspec.field(name="cardType", default="")
    reading: str | None = msgspec.field(name="nameRuby", default=None)
    attribute: str | None = msgspec.field(name="englishAttribute", default=None)
    local_attribute: str = msgspec.field(name="localizedAttribute", default="")
    text: str | None = msgspec.field(name="effectText", default=None)
    pendulum_text: str | None = msgspec.field(name="pendEffect", default=None)
    pendulum_scale: int | None = msgspec.field(name="pendScale", default=None)
    level: int | None = None
    rank: int | None = None
    link: int | None = msgspec.field(name="linkRating", default=None)
    atk: int | str | None = None
    defence: int | str | None = msgspec.field(name="def", default=None)
    properties: list[str] = []


class FaqTexts(msgspec.Struct, kw_only=True):
    """Supplements by effect number, each sentence by language."""

    entries: FaqEntries = {}
    pendulum_entries: FaqEntries = msgspec.field(name="pendEntries", default={})


class CardPage(msgspec.Struct, kw_only=True):
    """A card in every language it is published in, with its supplements."""

    card_data: dict[str, ResourceCard] = msgspec.field(name="cardData")
    faq: FaqTexts = msgspec.field(name="faqData", default_factory=FaqTexts)


class YgoresourcesCardImporter:
    """Reads one file of one card."""

    name = "YGOResources card JSON"

    def __init__(self, cards: KnownCards = NO_CARDS) -> None:
        self._cards = cards

    def recognises(self, path: Path, head: bytes) -> bool:
        """Tell by its keys."""
        paths = json_paths(head)
        return "cardData" in paths or {"id", "name", "effectText", "type"} <= paths

    def read(self, path: Path) -> Iterator[Item]:
        """Yield the card and its supplements."""
        with_page = any("cardData" in fields for _, fields in json_object(path) if isinstance(fields, dict))
        if with_page:
            return sources_of(path, json_object(path), CardPage, self._page_sources)
        return sources_of(path, json_object(path), ResourceCard, self._card)

    def _page_sources(self, page: CardPage) -> list[Source]:
        cards = in_our_languages(page.card_data)
        supplements = supplement_rule(
            next((card.id for card in cards.values()), 0),
            _by_language(page.faq.entries),
            _by_language(page.faq.pendulum_entries),
            cards=self._cards,
        )
        return [*([self._joined(cards)] if cards else []), *supplements]

    def _card(self, card: ResourceCard) -> list[Source]:
        words = (card.name, card.text or "", card.local_attribute, *card.properties)
        return [self._joined({detect_language("\n".join(words)): card})]

    def _joined(self, cards: dict[Language, ResourceCard]) -> Card:
        first = cards.get(Language.EN) or next(iter(cards.values()))
        japanese = cards.get(Language.JA)
        return Card(
            card_id=self._cards.of_konami_id(first.id),
            konami_id=first.id,
            names=plain_texts({lang: card.name for lang, card in cards.items()}),
            aliases=reading_alias(japanese.name, japanese.reading) if japanese else {},
            kind=(first.kind or first.card_type).lower(),
            facts=_facts(first, english=Language.EN in cards),
            texts=plain_texts(
                {
                    lang: with_pendulum(plain(card.text or ""), plain(card.pendulum_text or ""), lang)
                    for lang, card in cards.items()
                }
            ),
            source=SOURCE,
        )


def _facts(card: ResourceCard, *, english: bool) -> dict[str, object]:
    """Return what is told of the card; words only where they are English, as in every other source."""
    return given(
        type_line=" / ".join(card.properties) if english and card.properties else None,
        attribute=card.attribute.upper() if card.attribute else None,
        level=card.level,
        rank=card.rank,
        link=card.link,
        atk=card.atk,
        **{"def": card.defence},
        pendulum_scale=card.pendulum_scale,
    )


def _by_language(entries: FaqEntries) -> dict[Language, dict[str, list[str]]]:
    out: dict[Language, dict[str, list[str]]] = {}
    for number, sentences in entries.items():
        for sentence in sentences:
            for lang, text in in_our_languages(sentence).items():
                out.setdefault(lang, {}).setdefault(number, []).append(text)
    return out
