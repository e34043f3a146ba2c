"""Comparing runs, and gates on the comparison."""

import msgspec
import pytest

from ragqa.datatypes import Verdict
from ragqa.errors import InvalidInput
from ragqa.evaluation.compare import compare_all, compare_runs
from ragqa.evaluation.comparison import Changed
from ragqa.evaluation.gates import fail_if_worse, max_wrong
from ragqa.evaluation.measures import measure
from tests.unit.evaluation.row_parts import row, run

BEFORE = [
    row("a", "yes", "yes", rulings="g1", gold_rulings="g1"),
    row("b", "no", "no", rulings="g1", gold_rulings="g1"),
    row("c", "yes", "unknown", rulings="x g2", gold_rulings="g2"),
    row("d", "no", "yes", rulings="g3", gold_rulings="g3"),
    row("e", "unknown", "unknown"),
]
AFTER = [
    row("a", "yes", "no", rulings="x g1", gold_rulings="g1"),
    row("b", "no", "unknown", rulings="g1", gold_rulings="g1"),
    row("c", "yes", "yes", rulings="g2", gold_rulings="g2"),
    row("d", "no", "yes", rulings="g3", gold_rulings="g3"),
    row("e", "unknown", "no"),
]


def test_differences_are_second_minus_first_over_the_same_questions() -> None:
    found = compare_runs(run(BEFORE, "one"), run(AFTER, "two"))
    correct = found.of("correct")
    assert correct.questions == 5
    assert (correct.first, correct.second) == pytest.approx((0.6, 0.2))
    assert correct.difference == pytest.approx(-0.4)
    assert (correct.only_first, correct.only_second) == (3, 1)
    assert correct.p_mcnemar == pytest.approx(2 * 5 / 16)
    assert correct.low <= correct.difference <= correct.high
    assert found.of("score").difference == pytest.approx((-2 - 1 + 1 + 0 - 2) / 5)
    assert found.of("hit_at_1").questions == 4 and found.of("hit_at_1").difference == 0.0
    assert all(each.p_holm >= each.p for each in found.differences)


def test_changed_questions_come_worst_first_and_a_new_wrong_before_a_new_refusal() -> None:
    found = compare_runs(run(BEFORE, "one"), run(AFTER, "two")).changed
    assert [(each.query_id, each.harm) for each in found] == [("a", 2), ("e", 2), ("b", 1), ("c", -1)]
    assert found[0] == Changed(
        query_id="a", question="?", gold=Verdict.YES, first=Verdict.YES, second=Verdict.NO, harm=2
    )


def test_a_run_compared_with_itself_shows_nothing() -> None:
    found = compare_runs(run(BEFORE), run(BEFORE))
    assert found.changed == () and found.warnings == ()
    assert all((each.difference, each.low, each.high, each.p) == (0, 0, 0, 1) for each in found.differences)


def test_runs_of_different_test_sets_are_refused() -> None:
    with pytest.raises(InvalidInput, match=r"run one is of test set small \(t\), run two of small \(u\)"):
        compare_runs(run(BEFORE, "one"), run(BEFORE, "two", test_set_id="u"))
    with pytest.raises(InvalidInput, match="no question in common"):
        compare_runs(run(BEFORE[:1], "one"), run(BEFORE[1:], "two"))
    with pytest.raises(InvalidInput, match="two runs or more"):
        compare_all([run(BEFORE)])


def test_what_else_differs_is_told() -> None:
    other = run(AFTER[:4], "two", arm="oracle")
    stopped = msgspec.structs.replace(other.header, status="stopped", corpus_version=2)
    found = compare_runs(run(BEFORE, "one"), msgspec.structs.replace(other, header=stopped))
    assert found.warnings == (
        "run two is stopped",
        "the control arms differ: normal and oracle",
        "the corpus versions differ: 1 and 2",
    )
    assert (found.missing_in_first, found.missing_in_second) == ((), ("e",))


def test_holm_counts_every_measure_of_every_comparison() -> None:
    alone = compare_runs(run(BEFORE, "one"), run(AFTER, "two"))
    several = compare_all([run(BEFORE, "one"), run(AFTER, "two"), run(AFTER, "three")])
    assert [each.second.run_id for each in several] == ["two", "three"]
    assert min(d.p_holm for d in several[0].differences) >= min(d.p_holm for d in alone.differences)
    assert [d.p for d in several[0].differences] == [d.p for d in alone.differences]


def test_gates_know_which_way_is_worse() -> None:
    found = compare_runs(run(BEFORE, "one"), run(AFTER, "two"))
    assert not fail_if_worse(found, "correct:0.02").passed
    assert fail_if_worse(found, "correct:0.4").passed
    assert not fail_if_worse(found, "wrong:0.39").passed
    assert fail_if_worse(found, "declined:0").passed
    assert "correct: 0.6000 before, 0.2000 now, worse by 0.4000 (allowed 0.02)" in (
        fail_if_worse(found, "correct:0.02").message
    )


def test_the_wrong_share_is_bounded() -> None:
    assert max_wrong(measure(run(BEFORE)), 0.2).passed
    assert not max_wrong(measure(run(BEFORE)), 0.19).passed
    assert not max_wrong(measure(run([])), 0.5).passed


@pytest.mark.parametrize("condition", ["correct", "correct:much", "correct:-0.1", "accuracy:0.1", "correct:nan"])
def test_a_gate_that_is_not_understood_is_refused(condition: str) -> None:
    with pytest.raises(InvalidInput):
        fail_if_worse(compare_runs(run(BEFORE), run(BEFORE)), condition)
