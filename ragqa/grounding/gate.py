"""The gate: does a ruling in force settle this very question? A calibrated, readable regression over `evidence`."""

import json
from collections.abc import Sequence
from importlib import resources

import msgspec
import numpy as np

from ragqa.datatypes import Linking, Question, ScoredPassage, SourceKind
from ragqa.errors import NotFound
from ragqa.grounding.evidence import Evidence, NamesOf, RankedRuling, weigh
from ragqa.grounding.rules import settle_by_rule
from ragqa.protocols import CorpusStore, Settled

_WEIGHED = 10
"""Rulings that are read from the store: the best one, and those that may contradict it."""


class GateWeights(msgspec.Struct, frozen=True):
    """The regression, and the least probability at which the measured risk stays within each bound.

    Made by benchmarks/tune_gate.py.
    """

    intercept: float
    weights: dict[str, float]
    thresholds: dict[str, float]

    def probability(self, features: dict[str, float]) -> float:
        """Return P(the ruling's verdict is the question's answer)."""
        logit = self.intercept + sum(weight * features.get(name, 0.0) for name, weight in self.weights.items())
        return float(1 / (1 + np.exp(-logit)))

    def threshold(self, max_risk: float) -> float:
        """Return the threshold of the largest measured risk that is at most `max_risk`, the strictest if none is."""
        bounds = sorted((float(risk), least) for risk, least in self.thresholds.items())
        allowed = [least for risk, least in bounds if risk <= max_risk]
        return allowed[-1] if allowed else bounds[0][1]


def load_gate_weights() -> GateWeights:
    """Return the fitted weights."""
    content = (resources.files("ragqa.grounding") / "gate.json").read_bytes()
    return msgspec.convert(json.loads(content), GateWeights)


class RulingGate:
    """Settles a question by the best ruling in force if it is probable enough that it answers the question.

    Where no ruling does, a sound rule may; an official ruling always comes first.
    """

    def __init__(self, store: CorpusStore, names_of: NamesOf, weights: GateWeights, max_risk: float) -> None:
        self._store = store
        self._names_of = names_of
        self._weights = weights
        self._threshold = weights.threshold(max_risk)

    def settle(self, question: Question, linking: Linking, passages: Sequence[ScoredPassage]) -> Settled | None:
        """Return the ruling or rule that settles the question, or None."""
        return self._settle_by_ruling(question, linking, passages) or settle_by_rule(question, linking, self._store)

    def _settle_by_ruling(
        self, question: Question, linking: Linking, passages: Sequence[ScoredPassage]
    ) -> Settled | None:
        evidence = self.evidence(question, linking, passages)
        if evidence is None:
            return None
        probability = self._weights.probability(evidence.features)
        if probability < self._threshold:
            return None
        flipped = evidence.verdict is not evidence.ruling.verdict
        return Settled(
            verdict=evidence.verdict,
            confidence=round(probability, 4),
            ruling=evidence.ruling,
            passage=evidence.scored.passage,
            conditions=() if flipped else tuple(evidence.ruling.conditions),
        )

    def evidence(self, question: Question, linking: Linking, passages: Sequence[ScoredPassage]) -> Evidence | None:
        """Describe the best ruling in force; None if there is none or it states no verdict."""
        if not linking.cards:
            return None
        ranked: list[RankedRuling] = []
        for scored in passages:
            if scored.passage.kind is SourceKind.RULING and not scored.channels["invalid"]:
                try:
                    ranked.append(RankedRuling(self._store.ruling(scored.passage.source_id), scored))
                except NotFound:  # deleted since it was retrieved
                    continue
            if len(ranked) == _WEIGHED:
                break
        return weigh(question, linking, ranked, self._names_of) if ranked else None
