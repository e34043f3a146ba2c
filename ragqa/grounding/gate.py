"""The gate: does a ruling in force settle this very question?"""

from collections.abc import Sequence

from ragqa.datatypes import Linking, Question, Ruling, ScoredPassage, SourceKind, Verdict
from ragqa.errors import NotFound
from ragqa.protocols import CorpusStore, Settled


class RulingGate:
    """Settles a question by the best ruling where the probability that it answers the question is high enough."""

    def __init__(self, store: CorpusStore, max_risk: float) -> None:
        self._store = store
        self._max_risk = max_risk

    def settle(self, question: Question, linking: Linking, passages: Sequence[ScoredPassage]) -> Settled | None:
        """Return the ruling that settles the question, or None."""
        for scored in passages:
            if scored.passage.kind is SourceKind.RULING:
                return self._settle(scored, linking)
        return None

    def _settle(self, scored: ScoredPassage, linking: Linking) -> Settled | None:
        try:
            ruling: Ruling = self._store.ruling(scored.passage.source_id)
        except NotFound:
            return None
        complete = linking.card_ids and scored.channels["cards_found"] > 0.999 and not scored.channels["invalid"]
        if ruling.verdict in (None, Verdict.UNKNOWN) or not complete or scored.channels["dense"] < 0.85:
            return None
        return Settled(
            verdict=ruling.verdict,
            confidence=scored.channels["dense"],
            ruling=ruling,
            passage=scored.passage,
            conditions=tuple(ruling.conditions),
        )
