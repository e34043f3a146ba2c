"""What stated confidence is worth: risk against coverage, and calibration."""

from collections.abc import Sequence

import msgspec
import numpy as np
from numpy.typing import NDArray

from ragqa.datatypes import Verdict
from ragqa.evaluation.outcomes import Outcome, outcome
from ragqa.evaluation.runs import Row

BINS = 10


class RiskCoverage(msgspec.Struct, frozen=True, kw_only=True):
    """Share of wrong answers among the most confident ones, as ever more questions are answered.

    `coverage` and `risk` are the curve, both in [0, 1]; `aurc` is the mean risk over it (Geifman et al. 2019). The
    curve ends at the share of questions that were answered. `coverage_at_2_percent` is the largest coverage with at
    most 2 % wrong.
    """

    coverage: tuple[float, ...]
    risk: tuple[float, ...]
    aurc: float | None
    coverage_at_2_percent: float | None


class CalibrationBin(msgspec.Struct, frozen=True, kw_only=True):
    """Answers whose confidence is in one tenth of [0, 1]."""

    answers: int
    confidence: float
    accuracy: float


class Calibration(msgspec.Struct, frozen=True, kw_only=True):
    """Expected calibration error over ten bins of equal width (Naeini et al. 2015), of the answered questions."""

    ece: float | None
    bins: tuple[CalibrationBin, ...]


def risk_coverage(rows: Sequence[Row]) -> RiskCoverage:
    """Return the curve; within equal confidences the order is unknown, so their wrong answers are spread evenly."""
    confidence, wrong = _answered(rows)
    if not len(confidence):
        return RiskCoverage(coverage=(), risk=(), aurc=None, coverage_at_2_percent=None)
    order = np.argsort(-confidence, kind="stable")
    _, group, sizes = np.unique(-confidence[order], return_inverse=True, return_counts=True)
    spread = (np.bincount(group, weights=wrong[order]) / sizes)[group]
    answered = np.arange(1, len(spread) + 1)
    risk = np.cumsum(spread) / answered
    coverage = answered / len(rows)
    safe = coverage[risk <= 0.02 + 1e-12]
    return RiskCoverage(
        coverage=tuple(coverage.round(6).tolist()),
        risk=tuple(risk.round(6).tolist()),
        aurc=float(risk.mean()),
        coverage_at_2_percent=float(safe[-1]) if len(safe) else 0.0,
    )


def calibration(rows: Sequence[Row]) -> Calibration:
    """Compare stated confidence with the share that is right."""
    confidence, wrong = _answered(rows)
    if not len(confidence):
        return Calibration(ece=None, bins=())
    number = np.minimum((confidence * BINS).astype(int), BINS - 1)
    bins = tuple(
        CalibrationBin(
            answers=int(inside.sum()),
            confidence=float(confidence[inside].mean()),
            accuracy=float(1 - wrong[inside].mean()),
        )
        for inside in (number == i for i in range(BINS))
        if inside.any()
    )
    ece = sum(each.answers * abs(each.confidence - each.accuracy) for each in bins) / len(confidence)
    return Calibration(ece=ece, bins=bins)


def _answered(rows: Sequence[Row]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return confidence and whether it is wrong (0 or 1) of every question that got a verdict."""
    answered = [row for row in rows if row.answer and row.verdict is not Verdict.UNKNOWN]
    confidence = np.array([row.answer.confidence for row in answered if row.answer], dtype=np.float64)
    wrong = np.array([outcome(row) is Outcome.WRONG for row in answered], dtype=np.float64)
    return confidence, wrong
