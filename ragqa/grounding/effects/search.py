"""Cards by what their effects do."""

from collections.abc import Collection, Iterator

from ragqa.datatypes import Card
from ragqa.grounding.effects.facts import Deed, Effect, Zone
from ragqa.grounding.effects.reader import read_effects
from ragqa.protocols import CorpusStore


def search_effects(store: CorpusStore, deed: Deed, zones: Collection[Zone] = ()) -> Iterator[tuple[Card, Effect]]:
    """Yield every card with its first effect that does `deed`, out of one of `zones` where some are given."""
    for card in store.cards():
        for effect in read_effects(card):
            if any(a.deed is deed and (not zones or set(a.sources) & set(zones)) for a in effect.actions):
                yield card, effect
                break
