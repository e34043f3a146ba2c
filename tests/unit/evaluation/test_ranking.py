"""Retrieval and linking against values computed by hand."""

import math

import pytest

from ragqa.evaluation.ranking import linking_f1_per_question, linking_measures, means, ranking_per_question
from tests.unit.evaluation.row_parts import row

ROWS = [
    row("first", "yes", "yes", rulings="g1 x y", gold_rulings="g1"),
    row("third", "yes", "yes", rulings="x y g1 g2", gold_rulings="g1 g2"),
    row("missing", "yes", "yes", rulings="x y", gold_rulings="g1"),
    row("failed", "yes", None, gold_rulings="g1"),
    row("declines", "unknown", "unknown", rulings="x"),
]


def test_each_question_with_gold_is_measured_and_a_missing_one_scores_zero() -> None:
    found = ranking_per_question(ROWS, "rulings")
    assert found["hit_at_1"] == {"first": 1.0, "third": 0.0, "missing": 0.0, "failed": 0.0}
    assert found["hit_at_5"] == {"first": 1.0, "third": 1.0, "missing": 0.0, "failed": 0.0}
    assert found["rr"] == {"first": 1.0, "third": pytest.approx(1 / 3), "missing": 0.0, "failed": 0.0}
    # Gold at ranks 3 and 4 of two: (1/log2 4 + 1/log2 5) / (1/log2 2 + 1/log2 3).
    ideal = 1 + 1 / math.log2(3)
    assert found["ndcg_at_10"]["third"] == pytest.approx((0.5 + 1 / math.log2(5)) / ideal)


def test_a_hit_needs_any_gold_and_recall_is_the_share_of_it() -> None:
    found = ranking_per_question([row("q", "yes", "yes", rulings="g1 x", gold_rulings="g1 g2 g3 g4")], "rulings")
    assert (found["hit_at_5"]["q"], found["recall_at_5"]["q"]) == (1.0, 0.25)


def test_means_are_over_questions_with_gold() -> None:
    found = means(ranking_per_question(ROWS, "rulings"))
    assert found["hit_at_1"] == pytest.approx(1 / 4)
    assert found["rr"] == pytest.approx((1 + 1 / 3) / 4)


def test_ranking_nothing_is_zero_and_no_gold_is_none() -> None:
    assert means(ranking_per_question([ROWS[3]], "rulings"))["rr"] == 0.0
    assert means(ranking_per_question([ROWS[4]], "rulings"))["rr"] is None


def test_the_twentieth_ruling_is_a_hit_at_20_and_the_twenty_first_is_not() -> None:
    others = " ".join(f"x{i:02}" for i in range(19))
    rows = [
        row("in", "yes", "yes", rulings=f"{others} g", gold_rulings="g"),
        row("out", "yes", "yes", rulings=f"{others} y g", gold_rulings="g"),
    ]
    assert ranking_per_question(rows, "rulings")["hit_at_20"] == {"in": 1.0, "out": 0.0}


def test_linking_is_counted_by_card_and_by_question() -> None:
    rows = [
        row("right", "yes", "yes", cards="a b", gold_cards="a b"),
        row("wrong", "yes", "yes", cards="a z", gold_cards="a c"),
        row("none", "yes", "unknown", cards="", gold_cards="d"),
        row("empty", "unknown", "unknown"),
    ]
    found = linking_measures(rows)
    assert (found.precision.count, found.precision.total) == (3, 4)
    assert (found.recall.count, found.recall.total) == (3, 5)
    assert found.f1 == pytest.approx(2 * 3 / (4 + 5))
    assert found.wrong_links.value == pytest.approx(1 / 4)
    assert found.questions_with_wrong_link.value == pytest.approx(1 / 4)
    assert found.complete.value == pytest.approx(2 / 4)
    assert linking_f1_per_question(rows) == {"right": 1.0, "wrong": 0.5, "none": 0.0, "empty": 1.0}
