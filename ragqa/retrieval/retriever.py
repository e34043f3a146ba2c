"""From a question and its linked cards to passages: rulings by nearness and shared cards, card texts, rules."""

import heapq
from collections.abc import Iterable, Mapping, Sequence

import msgspec

from ragqa.datatypes import Language, Linking, Question, ScoredPassage, SourceKind
from ragqa.protocols import Reranker
from ragqa.retrieval.index import CorpusIndex

_RULINGS = 20
_RULES = 3
_RRF_K = 60
_MANY_CARDS = 6
"""From this many cards on a ruling is a list, and naming one more card makes it no less about the asked ones."""


_Scored = dict[int, tuple[float, dict[str, float]]]
"""By row: the score, and the channels it was made of."""


class RankingWeights(msgspec.Struct, frozen=True):
    """Weights of the channels beside the cosine; those of cards were picked by hand on players-dev."""

    cards_found: float = 0.2
    cards_asked: float = 0.03
    lexical: float = 1.0
    invalid: float = -1.0


class HybridRetriever:
    """Ranks rulings by cosine + shared cards + words, and adds what explains them.

    The cosine is that of the raw question: with the linked cards as a term of their own, writing their names into
    the question before embedding it gains nothing (docs/performance.md).
    """

    def __init__(
        self,
        index: CorpusIndex,
        *,
        candidates: int,
        weights: RankingWeights | None = None,
        reranker: Reranker | None = None,
    ) -> None:
        self._index = index
        self._candidates = candidates
        self._weights = weights or RankingWeights()
        self._reranker = reranker

    def retrieve(self, question: Question, linking: Linking) -> list[ScoredPassage]:
        """Return the best rulings first, with the linked cards' texts and the nearest rules among them."""
        index = self._index
        with index.asked(question.text) as vector:
            words = self._lexical(question.text)
            near = index.dense.search(vector, self._candidates)
            rulings = self._rank_rulings(question, linking, near, words)
            rules = [(row, score) for row, score in near if index.rows[row].kind is SourceKind.RULE][:_RULES]
            cards = [row for card_id in linking.card_ids for row in self._card_rows(card_id, question.lang)]
        scored: _Scored = {row: (score, {"dense": score}) for row, score in rules}
        scored |= dict.fromkeys(cards, (1.0, {}))
        scored |= rulings
        passages = {stored.row: stored.passage for stored in index.store.passages(list(scored))}
        found, texts, explained = (
            [
                ScoredPassage(passage=passages[row], score=scored[row][0], channels=scored[row][1])
                for row in rows
                if row in passages
            ]
            for rows in (rulings, cards, dict(rules))
        )
        if self._reranker and found:
            found = self._reranker.rerank(question.text, found)
        return [*found[:4], *texts, *explained, *found[4:]]

    def _lexical(self, text: str) -> dict[str, float]:
        """Reciprocal-rank weight of each ruling that shares words with the question."""
        out: dict[str, float] = {}
        for rank, (row, _) in enumerate(self._index.lexical.search(text, self._candidates)):
            found = self._index.rows[row]
            if found.kind is SourceKind.RULING:
                out.setdefault(found.source_id, 1 / (_RRF_K + rank))
        return out

    def _rank_rulings(
        self, question: Question, linking: Linking, near: Iterable[tuple[int, float]], words: Mapping[str, float]
    ) -> _Scored:
        index, weights = self._index, self._weights
        linked = {card.card_id: card.score for card in linking.cards}
        total = sum(linked.values()) or 1.0
        candidates = index.graph.rulings_of_any(linked) | words.keys()
        candidates |= {index.rows[row].source_id for row, _ in near if index.rows[row].kind is SourceKind.RULING}
        ranked: list[tuple[float, int, dict[str, float]]] = []
        for ruling_id, (row, cosine) in index.best_rows(question.text, candidates).items():
            named = index.graph.cards_of(ruling_id)
            shared = sum(linked[card_id] for card_id in named if card_id in linked)
            found, asked = shared / total, shared / min(len(named), _MANY_CARDS) if named else 0.0
            lexical = words.get(ruling_id, 0.0)
            invalid = float(not index.validity[ruling_id].holds(question.as_of, question.region))
            score = (
                cosine
                + weights.cards_found * found
                + weights.cards_asked * asked
                + weights.lexical * lexical
                + weights.invalid * invalid
            )
            channels = {
                "dense": cosine,
                "cards_found": found,
                "cards_asked": asked,
                "lexical": lexical,
                "invalid": invalid,
            }
            ranked.append((score, row, channels))
        best = heapq.nlargest(_RULINGS, ranked, key=lambda item: item[0])
        return {self._in_language(row, question.lang): (score, channels) for score, row, channels in best}

    def _in_language(self, row: int, lang: Language) -> int:
        """Return the same passage in the asker's language where the corpus has it."""
        here = self._index.rows[row]
        for other in self._index.rows_of(here.kind, here.source_id):
            if self._index.rows[other].lang is lang and self._index.rows[other].number == here.number:
                return other
        return row

    def _card_rows(self, card_id: str, lang: Language) -> list[int]:
        rows = self._index.rows_of(SourceKind.CARD, card_id)
        for wanted in (lang, Language.EN, *Language):
            found = [row for row in rows if self._index.rows[row].lang is wanted]
            if found:
                return found
        return []


def ruling_ids(passages: Sequence[ScoredPassage]) -> list[str]:
    """Return the ids of the rulings among passages, best first, each once."""
    return list(dict.fromkeys(p.passage.source_id for p in passages if p.passage.kind is SourceKind.RULING))
