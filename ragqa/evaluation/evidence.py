"""What control arms need of the corpus: gold passages, near duplicates, foreign texts, withdrawn rulings."""

import random
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence

import msgspec
from rapidfuzz import fuzz

from ragqa.corpus.passages import passages_of
from ragqa.datatypes import Card, Language, Linking, Passage, Question, Ruling, ScoredPassage, SourceKind
from ragqa.evaluation.examples import Example
from ragqa.protocols import CorpusStore
from ragqa.text import name_key

NEAR_DUPLICATE = 85.0
"""Similarity of two rulings' questions, in percent, from which one gives the other away."""
WITHDRAWN_SHOWN = 3
CHANNELS = {"dense": 1.0, "cards_found": 1.0, "cards_asked": 1.0, "lexical": 0.0, "invalid": 0.0}
"""The retriever's channels for a ruling that is handed in."""


class Evidence:
    """The corpus as it was when a run began, indexed by card; reading it takes seconds for 20,000 rulings."""

    def __init__(self, store: CorpusStore) -> None:
        self._rulings: dict[str, Ruling] = {ruling.ruling_id: ruling for ruling in store.rulings()}
        self._cards: dict[str, Card] = {card.card_id: card for card in store.cards()}
        self._by_card: defaultdict[str, list[str]] = defaultdict(list)
        for ruling in self._rulings.values():
            for card_id in ruling.card_ids:
                self._by_card[card_id].append(ruling.ruling_id)
        self._standing = sorted(ruling.ruling_id for ruling in self._rulings.values() if not ruling.withdrawn)
        self._card_ids = sorted(self._cards)

    def put_first(
        self, ruling_ids: Sequence[str], question: Question, found: Sequence[ScoredPassage]
    ) -> list[ScoredPassage]:
        """Put rulings before everything else: the passage the retriever found of each, else its first.

        One passage a ruling, as a retriever ranks them: the gate weighs the first ruling against the next.
        """
        ahead: list[ScoredPassage] = []
        for ruling_id in ruling_ids:
            known = [each for each in found if each.passage.source_id == ruling_id]
            ahead += known[:1] or [
                ScoredPassage(passage=passage, score=1.0, channels=self._channels(ruling_id, question))
                for passage in self._passages(ruling_id, question.lang)[:1]
            ]
        return [*ahead, *(each for each in found if each.passage.source_id not in set(ruling_ids))]

    def gold_and_near(self, example: Example) -> set[str]:
        """Return the rulings that settle a question and those that give the answer away."""
        banned = {*example.ruling_ids, *example.near_ruling_ids}
        for ruling_id in example.ruling_ids:
            if ruling_id in self._rulings:
                banned |= self._near(self._rulings[ruling_id])
        return banned

    def about_cards(self, card_ids: Iterable[str]) -> set[str]:
        """Return the cards themselves and every ruling that concerns one of them."""
        return {source_id for card_id in card_ids for source_id in (card_id, *self._by_card[card_id])}

    def scramble_rulings(self, found: Sequence[ScoredPassage], rng: random.Random) -> list[ScoredPassage]:
        """Put another ruling's passage in the place of each; ids go with the text, so citations stay checkable."""
        return [self._scrambled_ruling(scored, rng) for scored in found]

    def scramble_cards(self, found: Sequence[ScoredPassage], rng: random.Random) -> list[ScoredPassage]:
        """Put another card's text under the name of each card."""
        return [self._scrambled_card(scored, rng) for scored in found]

    def put_withdrawn_first(
        self, question: Question, linking: Linking, found: Sequence[ScoredPassage]
    ) -> list[ScoredPassage]:
        """Put the withdrawn rulings about most of the linked cards before everything else."""
        shared: Counter[str] = Counter()
        for card_id in linking.card_ids:
            shared.update(id_ for id_ in set(self._by_card[card_id]) if self._rulings[id_].withdrawn)
        ranked = sorted(shared, key=lambda ruling_id: (-shared[ruling_id], ruling_id))[:WITHDRAWN_SHOWN]
        return self.put_first(ranked, question, found)

    def _passages(self, ruling_id: str, lang: Language) -> list[Passage]:
        """Return the passages of a ruling, in one language where it has that."""
        passages = passages_of(self._rulings[ruling_id]) if ruling_id in self._rulings else []
        return [passage for passage in passages if passage.lang is lang] or passages

    def _channels(self, ruling_id: str, question: Question) -> dict[str, float]:
        """Return what the gate reads of a passage the retriever did not find: as near as can be, valid if it is."""
        withdrawn = self._rulings[ruling_id].withdrawn
        holds = withdrawn is None or (question.as_of is not None and question.as_of < withdrawn)
        return CHANNELS | {"invalid": float(not holds)}

    def _near(self, gold: Ruling) -> set[str]:
        related = {id_ for card_id in gold.card_ids for id_ in self._by_card[card_id]}
        return {id_ for id_ in related if self._gives_away(gold, self._rulings[id_])}

    @staticmethod
    def _gives_away(gold: Ruling, other: Ruling) -> bool:
        if gold.ruling_id in (other.ruling_id, other.superseded_by) or other.ruling_id == gold.superseded_by:
            return True
        shared = gold.question.keys() & other.question.keys()
        return any(
            fuzz.ratio(name_key(gold.question[lang]), name_key(other.question[lang])) >= NEAR_DUPLICATE
            for lang in shared
        )

    def _scrambled_ruling(self, scored: ScoredPassage, rng: random.Random) -> ScoredPassage:
        passage = scored.passage
        if passage.kind is not SourceKind.RULING or len(self._standing) < 2:
            return scored
        other = self._rulings[_another(self._standing, passage.source_id, rng)]
        passages = passages_of(other)
        in_language = [candidate for candidate in passages if candidate.lang is passage.lang] or passages
        return msgspec.structs.replace(scored, passage=in_language[0]) if in_language else scored

    def _scrambled_card(self, scored: ScoredPassage, rng: random.Random) -> ScoredPassage:
        passage: Passage = scored.passage
        if passage.kind is not SourceKind.CARD or len(self._card_ids) < 2:
            return scored
        texts = self._cards[_another(self._card_ids, passage.source_id, rng)].texts
        text = texts.get(passage.lang) or next(iter(texts.values()), "")
        return msgspec.structs.replace(scored, passage=msgspec.structs.replace(passage, text=text))


def _another(ids: Sequence[str], one: str, rng: random.Random) -> str:
    """Return a random id that is not `one`; `ids` has at least two."""
    while (other := rng.choice(ids)) == one:
        continue
    return other
