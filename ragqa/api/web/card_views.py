"""A linked card as the page shows it: its text, what its effects do, and how its text has changed."""

from collections.abc import Iterator, Sequence

import msgspec

from ragqa.api.web.effect_words import EffectView, effect_views
from ragqa.api.web.pieces import Piece, changes
from ragqa.corpus.store import SqlCorpusStore
from ragqa.datatypes import Card, Language, LinkedCard, SourceKind
from ragqa.errors import NotFound
from ragqa.protocols import SourceVersion


class Erratum(msgspec.Struct, frozen=True):
    """How a card's text changed: since when it reads so (an ISO date), and the change."""

    since: str
    pieces: list[Piece]


class CardView(msgspec.Struct, frozen=True, kw_only=True):
    """A card that an answer was understood to be about; without `text` if it is no longer in the corpus."""

    card_id: str
    name: str
    surface: str
    via: str
    other_names: list[tuple[Language, str]] = []
    kind: str = ""
    text: str = ""
    lang: Language | None = None
    effects: list[EffectView] = []
    errata: list[Erratum] = []


def card_view(linked: LinkedCard, store: SqlCorpusStore, lang: Language, as_of: str | None) -> CardView:
    """Describe a linked card in a language, as it read on a day if one is given."""
    view = CardView(card_id=linked.card_id, name=linked.name, surface=linked.surface, via=linked.via)
    try:
        card = store.card_as_of(linked.card_id, as_of) if as_of else store.card(linked.card_id)
    except NotFound:
        return view
    text_lang = next((each for each in (lang, *Language) if card.texts.get(each)), None)
    return msgspec.structs.replace(
        view,
        other_names=[(other, name) for other, name in card.names.items() if name != linked.name],
        kind=type_words(card),
        text=card.texts[text_lang] if text_lang else "",
        lang=text_lang,
        effects=effect_views(card, text_lang) if text_lang else [],
        errata=list(errata(store.history(SourceKind.CARD, card.card_id), text_lang)) if text_lang else [],
    )


def type_words(card: Card) -> str:
    """Return the type line where the corpus has one, else the kind."""
    return str(card.facts.get("type_line") or card.kind)


def errata(history: Sequence[SourceVersion], lang: Language) -> Iterator[Erratum]:
    """Yield the changes of a card's text in one language, newest first."""
    texts = [(version, version.source.texts.get(lang, "")) for version in history if isinstance(version.source, Card)]
    for (_, before), (version, after) in reversed(list(zip(texts, texts[1:], strict=False))):
        if before and after and before != after and isinstance(version.source, Card):
            yield Erratum(version.source.valid_from or version.changed_at[:10], changes(before, after))
