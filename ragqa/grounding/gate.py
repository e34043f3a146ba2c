"""The gate: does a ruling in force settle this very question? A calibrated, readable regression over `evidence`."""

import json
from collections.abc import Sequence
from importlib import resources

import msgspec
import numpy as np

from ragqa.datatypes import Linking, Question, ScoredPassage, SourceKind, Verdict
from ragqa.errors import NotFound
from ragqa.grounding.evidence import Evidence, NamesOf, RankedRuling, weigh
from ragqa.grounding.rules import settle_by_rule
from ragqa.protocols import CorpusStore, Settled

_OPPOSITE = {Verdict.YES: Verdict.NO, Verdict.NO: Verdict.YES}
_WEIGHED = 10
"""Rulings that are read from the store: the best one, and those that may contradict it."""


class Regression(msgspec.Struct, frozen=True):
    """A linear score over named features, and over phrases that are there or not."""

    intercept: float
    weights: dict[str, float]

    def score(self, evidence: Evidence) -> float:
        """Return the logit against "settles nothing"."""
        weights = self.weights
        return (
            self.intercept
            + sum(weights.get(name, 0.0) * value for name, value in evidence.features.items())
            + sum(weights.get(phrase, 0.0) for phrase in evidence.phrases)
        )


class Judgement(msgspec.Struct, frozen=True):
    """The likelier answer that a ruling gives to a question, and its probability."""

    verdict: Verdict
    probability: float


class GateWeights(msgspec.Struct, frozen=True):
    """Does the ruling answer the question with its verdict, with the opposite one, or not at all?

    `thresholds` are the least probabilities at which the measured risk stays within each bound. Made by
    benchmarks/tune_gate.py.
    """

    same: Regression
    opposite: Regression
    thresholds: dict[str, float]

    def judge(self, evidence: Evidence) -> Judgement:
        """Return the likelier of the ruling's verdict and its opposite, with its probability."""
        logits = np.array([self.same.score(evidence), self.opposite.score(evidence), 0.0])
        odds = np.exp(logits - logits.max())
        same, opposite = (odds / odds.sum())[:2].tolist()
        verdict = evidence.ruling.verdict or Verdict.UNKNOWN
        if same >= opposite or verdict not in _OPPOSITE:
            return Judgement(verdict, same)
        return Judgement(_OPPOSITE[verdict], opposite)

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
        """Return the ruling or rule that settles the question, or None.

        A ruling that is likelier than not right, though not sure enough by itself, is sure where a sound rule says
        the same.
        """
        evidence = self.evidence(question, linking, passages)
        judged = self._weights.judge(evidence) if evidence else None
        if evidence and judged and judged.probability >= self._threshold:
            return _by_ruling(evidence, judged.verdict, judged.probability)
        by_rule = settle_by_rule(question, linking, self._store)
        if evidence and judged and by_rule and judged.probability > 0.5 and judged.verdict is by_rule.verdict:
            return _by_ruling(evidence, judged.verdict, max(judged.probability, by_rule.confidence))
        return by_rule

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


def _by_ruling(evidence: Evidence, verdict: Verdict, probability: float) -> Settled:
    return Settled(
        verdict=verdict,
        confidence=round(probability, 4),
        ruling=evidence.ruling,
        passage=evidence.scored.passage,
        conditions=tuple(evidence.ruling.conditions) if verdict is Verdict.CONDITIONAL else (),
    )
