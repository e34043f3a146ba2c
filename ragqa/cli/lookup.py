"""From what a maintainer types to the source meant."""

from ragqa.corpus.store import SqlCorpusStore
from ragqa.datatypes import SourceKind
from ragqa.errors import InvalidInput, NotFound
from ragqa.protocols import SourceVersion
from ragqa.text import name_key

_KINDS = (SourceKind.CARD, SourceKind.RULING, SourceKind.RULE)


def find_history(typed: str, store: SqlCorpusStore) -> tuple[SourceKind, list[SourceVersion]]:
    """Return every version of the source with this id, this official Q&A number or this exact name.

    Raises NotFound, and InvalidInput if several cards bear the name.
    """
    for kind in _KINDS:
        if history := store.history(kind, typed):
            return kind, history
    if typed.isdecimal():
        for ruling in store.rulings():
            if ruling.official_id == int(typed):
                return SourceKind.RULING, store.history(SourceKind.RULING, ruling.ruling_id)
    bearers = _cards_called(typed, store)
    if len(bearers) > 1:
        raise InvalidInput(f"{typed!r} is the name of several cards; give an id: {', '.join(bearers)}", field="source")
    if bearers:
        return SourceKind.CARD, store.history(SourceKind.CARD, bearers[0])
    raise NotFound(f"no card, ruling or rule {typed!r} is in the corpus; `ragqa search` finds sources by meaning")


def _cards_called(name: str, store: SqlCorpusStore) -> list[str]:
    key = name_key(name)
    if not key:
        return []
    named = {card.card_id: [*card.names.values(), *sum(card.aliases.values(), [])] for card in store.cards()}
    for more in store.aliases():
        if more.card_id in named:
            named[more.card_id] += sum(more.aliases.values(), [])
    return [card_id for card_id, names in named.items() if key in map(name_key, names)]
