"""Which rulings name which cards, and what follows from it: how often a card is ruled on, and together with which."""

import math
from collections import defaultdict
from collections.abc import Iterable, Sequence


class RulingGraph:
    """The current rulings as sets of cards; changed ruling by ruling."""

    def __init__(self) -> None:
        self._cards: dict[str, tuple[str, ...]] = {}
        self._rulings: defaultdict[str, set[str]] = defaultdict(set)
        self._most = 1

    def __len__(self) -> int:
        return len(self._cards)

    def put(self, ruling_id: str, card_ids: Sequence[str]) -> None:
        """Add a ruling, or replace the cards it names."""
        self.discard(ruling_id)
        self._cards[ruling_id] = tuple(dict.fromkeys(card_ids))
        for card_id in self._cards[ruling_id]:
            self._rulings[card_id].add(ruling_id)
            self._most = max(self._most, len(self._rulings[card_id]))

    def discard(self, ruling_id: str) -> None:
        """Forget a ruling."""
        for card_id in self._cards.pop(ruling_id, ()):
            self._rulings[card_id].discard(ruling_id)

    def cards_of(self, ruling_id: str) -> tuple[str, ...]:
        """Return the cards a ruling names, none if it is unknown."""
        return self._cards.get(ruling_id, ())

    def rulings_of(self, card_id: str) -> frozenset[str] | set[str]:
        """Return the ids of the rulings that name a card."""
        return self._rulings.get(card_id, frozenset())

    def rulings_of_any(self, card_ids: Iterable[str]) -> set[str]:
        """Return the ids of the rulings that name at least one of the cards."""
        return set().union(*(self.rulings_of(card_id) for card_id in card_ids))

    def popularity(self, card_id: str) -> float:
        """How often a card is ruled on, in [0, 1]: logarithmic, 1 for the card with the most rulings."""
        return math.log1p(len(self.rulings_of(card_id))) / math.log1p(self._most)

    def together(self, card_id: str, other_id: str) -> tuple[float, float]:
        """Return (share of the other card's rulings that name this one, log lift over chance, at least 0)."""
        mine, others = self.rulings_of(card_id), self.rulings_of(other_id)
        both = len(mine & others)
        if not both:
            return 0.0, 0.0
        share = both / len(others)
        return share, max(0.0, math.log(share * len(self) / len(mine)))
