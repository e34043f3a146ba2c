"""From a question and its linked cards to passages: rulings by nearness and shared cards, card texts, rules."""

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
        found = self._passages(rulings)
        if self._reranker and found:
            found = self._reranker.rerank(question.text, found)
        texts = self._passages({row: (1.0, {}) for row in cards})
        explained = self._passages({row: (score, {"dense": score}) for row, score in rules})
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
    ) -> dict[int, tuple[float, dict[str, float]]]:
        index, weights = self._index, self._weights
        linked = {card.card_id: card.score for card in linking.cards}
        total = sum(linked.values()) or 1.0
        candidates = index.graph.rulings_of_any(linked) | words.keys()
        candidates |= {index.rows[row].source_id for row, _ in near if index.rows[row].kind is SourceKind.RULING}
        ranked: list[tuple[float, int, dict[str, float]]] = []
        for ruling_id, (row, cosine) in index.best_rows(question.text, candidates).items():
            named = index.graph.cards_of(ruling_id)
            shared = sum(linked.get(card_id, 0.0) for card_id in named)
            channels = {
                "dense": cosine,
                "cards_found": shared / total,
                "cards_asked": shared / min(len(named), _MANY_CARDS) if named else 0.0,
                "lexical": words.get(ruling_id, 0.0),
                "invalid": float(not index.validity[ruling_id].holds(question.as_of, question.region)),
            }
            score = cosine + sum(getattr(weights, name) * value for name, value in channels.items() if name != "dense")
            ranked.append((score, self._in_language(row, question.lang), channels))
        ranked.sort(key=lambda item: -item[0])
        return {row: (score, channels) for score, row, channels in ranked[:_RULINGS]}

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

    def _passages(self, scored: Mapping[int, tuple[float, dict[str, float]]]) -> list[ScoredPassage]:
        return [
            ScoredPassage(passage=stored.passage, score=scored[stored.row][0], channels=scored[stored.row][1])
            for stored in self._index.store.passages(list(scored))
        ]


def ruling_ids(passages: Sequence[ScoredPassage]) -> list[str]:
    """Return the ids of the rulings among passages, best first, each once."""
    return list(dict.fromkeys(p.passage.source_id for p in passages if p.passage.kind is SourceKind.RULING))
