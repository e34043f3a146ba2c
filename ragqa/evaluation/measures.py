"""Every measure of a run, in one value that is written as JSON; and each question's own figures, for comparing runs."""

from collections.abc import Mapping, Sequence

import msgspec
import numpy as np

from ragqa.evaluation.citing import CitationReport, citation_report
from ragqa.evaluation.confidence import Calibration, RiskCoverage, calibration, risk_coverage
from ragqa.evaluation.outcomes import (
    SCORE,
    Outcome,
    Outcomes,
    VerdictClass,
    basis_split,
    mcc,
    outcome,
    outcomes,
    outcomes_by,
    verdict_classes,
)
from ragqa.evaluation.ranking import (
    LinkingMeasures,
    linking_f1_per_question,
    linking_measures,
    means,
    ranking_per_question,
)
from ragqa.evaluation.runs import Row, Run

PER_QUESTION = ("score", "correct", "wrong", "declined", "hit_at_1", "hit_at_5", "rr", "linking_f1")
"""Measures that a comparison tests, in the order shown."""


class Latency(msgspec.Struct, frozen=True, kw_only=True):
    """Milliseconds of wall time a question, and of each stage its median; `pieces` is the mean written."""

    p50: float | None
    p95: float | None
    stages_p50: dict[str, float]
    pieces: float | None


class Measures(msgspec.Struct, frozen=True, kw_only=True):
    """What a run shows. `always_yes` is what answering yes to everything would have scored correct."""

    all: Outcomes
    answerable: Outcomes
    unanswerable: Outcomes
    always_yes: float | None
    mcc: float | None
    verdicts: dict[str, VerdictClass]
    by_language: dict[str, Outcomes]
    by_style: dict[str, Outcomes]
    by_split: dict[str, Outcomes]
    by_basis: dict[str, Outcomes]
    rulings: dict[str, float | None]
    rulings_by_language: dict[str, dict[str, float | None]]
    cards: dict[str, float | None]
    linking: LinkingMeasures
    linking_by_language: dict[str, LinkingMeasures]
    citations: CitationReport
    risk_coverage: RiskCoverage
    calibration: Calibration
    latency: Latency
    errors: int


def measure(run: Run) -> Measures:
    """Compute every measure of a run, finished or not, over the rows there are."""
    rows = run.rows
    languages = sorted({row.example.lang for row in rows})
    of_language = {lang: [row for row in rows if row.example.lang is lang] for lang in languages}
    return Measures(
        all=outcomes(rows),
        answerable=outcomes([row for row in rows if row.example.answerable]),
        unanswerable=outcomes([row for row in rows if not row.example.answerable]),
        always_yes=sum(row.example.verdict == "yes" for row in rows) / len(rows) if rows else None,
        mcc=mcc(rows),
        verdicts=verdict_classes(rows),
        by_language=outcomes_by(rows, lambda row: [row.example.lang]),
        by_style=outcomes_by(rows, lambda row: row.example.style),
        by_split=outcomes_by(rows, lambda row: [row.example.split] if row.example.split else []),
        by_basis=basis_split(rows),
        rulings=means(ranking_per_question(rows, "rulings")),
        rulings_by_language={
            lang.value: means(ranking_per_question(some, "rulings")) for lang, some in of_language.items()
        },
        cards=means(ranking_per_question(rows, "cards")),
        linking=linking_measures(rows),
        linking_by_language={lang.value: linking_measures(some) for lang, some in of_language.items()},
        citations=citation_report(rows),
        risk_coverage=risk_coverage(rows),
        calibration=calibration(rows),
        latency=latency(rows),
        errors=sum(bool(row.error) for row in rows),
    )


def per_question(run: Run) -> Mapping[str, Mapping[str, float]]:
    """Return each measure of PER_QUESTION by question; measures without meaning for a question leave it out."""
    rows = run.rows
    kinds = {row.query_id: outcome(row) for row in rows}
    ranking = ranking_per_question(rows, "rulings")
    return {
        "score": {query_id: float(SCORE[kind]) for query_id, kind in kinds.items()},
        **{each.value: {query_id: float(kind is each) for query_id, kind in kinds.items()} for each in Outcome},
        **{name: ranking[name] for name in ("hit_at_1", "hit_at_5", "rr")},
        "linking_f1": linking_f1_per_question(rows),
    }


def latency(rows: Sequence[Row]) -> Latency:
    """Return percentiles of the questions that were answered."""
    answers = [row for row in rows if row.answer]
    if not answers:
        return Latency(p50=None, p95=None, stages_p50={}, pieces=None)
    totals = np.array([row.seconds * 1000 for row in answers])
    stages: dict[str, list[float]] = {}
    for row in answers:
        for stage, milliseconds in (row.answer.timings if row.answer else {}).items():
            stages.setdefault(stage, []).append(milliseconds)
    return Latency(
        p50=round(float(np.percentile(totals, 50)), 3),
        p95=round(float(np.percentile(totals, 95)), 3),
        stages_p50={stage: round(float(np.median(times)), 3) for stage, times in stages.items()},
        pieces=sum(row.pieces for row in answers) / len(answers),
    )
