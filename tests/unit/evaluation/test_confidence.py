"""Risk, coverage and calibration against values computed by hand."""

import pytest

from ragqa.evaluation.confidence import calibration, risk_coverage
from tests.unit.evaluation.row_parts import row

ROWS = [
    row("a", "yes", "yes", confidence=0.95),
    row("b", "yes", "no", confidence=0.8),
    row("c", "no", "no", confidence=0.6),
    row("d", "yes", "unknown"),
    row("e", "unknown", "yes", confidence=0.3),
]


def test_risk_is_the_wrong_share_of_the_most_confident() -> None:
    found = risk_coverage(ROWS)
    assert found.coverage == (0.2, 0.4, 0.6, 0.8)
    assert found.risk == pytest.approx((0, 1 / 2, 1 / 3, 2 / 4), abs=1e-6)
    assert found.aurc == pytest.approx((0 + 1 / 2 + 1 / 3 + 1 / 2) / 4)
    assert found.coverage_at_2_percent == pytest.approx(0.2)


def test_ties_do_not_depend_on_the_order_of_rows() -> None:
    tied = [row("a", "yes", "yes"), row("b", "yes", "no"), row("c", "yes", "yes"), row("d", "yes", "yes")]
    found = risk_coverage(tied)
    assert found.risk == (0.25, 0.25, 0.25, 0.25)
    assert risk_coverage(tied[::-1]) == found


def test_all_declined_has_no_curve() -> None:
    found = risk_coverage([row("a", "yes", "unknown")])
    assert (found.coverage, found.aurc) == ((), None)
    assert calibration([row("a", "yes", "unknown")]).ece is None


def test_ece_weighs_each_bin_by_its_answers() -> None:
    rows = [
        row("a", "yes", "yes", confidence=0.92),
        row("b", "yes", "no", confidence=0.98),
        row("c", "yes", "yes", confidence=0.55),
        row("d", "yes", "yes", confidence=1.0),
    ]
    found = calibration(rows)
    # Last bin: confidence (0.92 + 0.98 + 1) / 3, accuracy 2/3; the other: confidence 0.55, accuracy 1.
    assert [each.answers for each in found.bins] == [1, 3]
    assert found.ece == pytest.approx((1 * 0.45 + 3 * abs(2.9 / 3 - 2 / 3)) / 4)
