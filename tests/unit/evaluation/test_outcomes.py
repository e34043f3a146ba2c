"""Outcomes against values computed by hand."""

import math

import pytest

from ragqa.datatypes import Basis
from ragqa.evaluation.outcomes import (
    Outcome,
    basis_split,
    mcc,
    outcome,
    outcomes,
    outcomes_by,
    proportion,
    verdict_classes,
)
from tests.unit.evaluation.row_parts import row


@pytest.mark.parametrize(
    ("gold", "verdict", "expected"),
    [
        ("yes", "yes", Outcome.CORRECT),
        ("yes", "no", Outcome.WRONG),
        ("yes", "conditional", Outcome.WRONG),
        ("conditional", "conditional", Outcome.CORRECT),
        ("yes", "unknown", Outcome.DECLINED),
        ("unknown", "unknown", Outcome.CORRECT),
        ("unknown", "no", Outcome.WRONG),
        ("yes", None, Outcome.DECLINED),
        ("unknown", None, Outcome.CORRECT),
    ],
)
def test_an_outcome_compares_verdict_and_gold(gold: str, verdict: str | None, expected: Outcome) -> None:
    assert outcome(row("q", gold, verdict)) is expected


def test_outcomes_count_and_score_plus_one_zero_minus_one() -> None:
    rows = [
        row("a", "yes", "yes"),
        row("b", "no", "no"),
        row("c", "no", "yes"),
        row("d", "yes", "unknown"),
        row("e", "unknown", "unknown"),
    ]
    found = outcomes(rows)
    assert (found.correct.count, found.declined.count, found.wrong.count) == (3, 1, 1)
    assert found.score == pytest.approx((3 - 1) / 5)
    assert found.correct.value == pytest.approx(0.6)


def test_the_interval_is_wilsons() -> None:
    # (p + z²/2n ± z·sqrt(p(1-p)/n + z²/4n²)) / (1 + z²/n), here for 8 of 10.
    z, n, p = 1.959963984540054, 10, 0.8
    centre, half = p + z * z / (2 * n), z * math.sqrt(p * (1 - p) / n + z * z / (4 * n * n))
    found = proportion(8, 10)
    assert found.low == pytest.approx((centre - half) / (1 + z * z / n))
    assert found.high == pytest.approx((centre + half) / (1 + z * z / n))
    assert found.low == pytest.approx(0.4901625)


def test_an_interval_never_leaves_zero_to_one_and_nothing_has_none() -> None:
    assert proportion(0, 7).low == pytest.approx(0, abs=1e-12)
    assert proportion(7, 7).high == pytest.approx(1, abs=1e-12)
    assert (proportion(0, 0).value, proportion(0, 0).low) == (None, None)
    assert outcomes([]).score is None


def test_mcc_is_the_correlation_and_zero_for_always_yes() -> None:
    # Two by two: TP 2, FN 1, FP 1, TN 2, so (2·2 - 1·1) / sqrt(3·3·3·3) = 1/3.
    rows = [
        *(row(f"tp{i}", "yes", "yes") for i in range(2)),
        row("fn", "yes", "no"),
        row("fp", "no", "yes"),
        *(row(f"tn{i}", "no", "no") for i in range(2)),
    ]
    assert mcc(rows) == pytest.approx(1 / 3)
    assert mcc([row("a", "yes", "yes"), row("b", "no", "yes")]) == 0.0
    assert mcc([]) is None
    assert mcc([row("a", "yes", "yes")]) is None


def test_recall_and_precision_by_verdict() -> None:
    rows = [row("a", "yes", "yes"), row("b", "yes", "no"), row("c", "yes", "unknown"), row("d", "no", "no")]
    found = verdict_classes(rows)
    assert (found["yes"].recall.count, found["yes"].recall.total) == (1, 3)
    assert (found["yes"].precision.count, found["yes"].precision.total) == (1, 1)
    assert (found["no"].recall.value, found["no"].precision.value) == (1.0, 0.5)
    assert found["conditional"].recall.value is None


def test_groups_hold_a_row_in_each_of_its_styles_largest_first() -> None:
    rows = [row("a", "yes", "yes", style=("short", "typo")), row("b", "yes", "no", style=("typo",))]
    found = outcomes_by(rows, lambda each: each.example.style)
    assert list(found) == ["typo", "short"]
    assert (found["typo"].correct.count, found["typo"].wrong.count, found["short"].correct.count) == (1, 1, 1)


def test_bases_are_counted_apart_and_a_failure_rests_on_nothing() -> None:
    rows = [row("a", "yes", "yes"), row("b", "yes", "no", basis=Basis.REASONED), row("c", "yes", None)]
    found = basis_split(rows)
    assert {basis: part.questions for basis, part in found.items()} == {
        "official": 1,
        "rule": 0,
        "reasoned": 1,
        "insufficient": 1,
    }
    assert found["reasoned"].wrong.count == 1
