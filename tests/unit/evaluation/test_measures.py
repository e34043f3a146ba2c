"""The whole table of a run."""

import msgspec
import pytest

from ragqa.datatypes import Language
from ragqa.evaluation.measures import PER_QUESTION, measure, per_question
from tests.unit.evaluation.row_parts import row, run

ROWS = [
    row("a", "yes", "yes", rulings="g", gold_rulings="g", seconds=0.010),
    row("b", "no", "unknown", rulings="x g", gold_rulings="g", lang=Language.KO, seconds=0.020),
    row("c", "unknown", "unknown", seconds=0.030),
    row("d", "unknown", "yes", seconds=0.040),
    row("e", "yes", None, gold_rulings="g", seconds=9.0),
]


def test_answerable_and_unanswerable_are_reported_apart() -> None:
    found = measure(run(ROWS))
    assert (found.all.correct.count, found.all.declined.count, found.all.wrong.count) == (2, 2, 1)
    assert (found.answerable.correct.count, found.answerable.questions) == (1, 3)
    assert (found.unanswerable.correct.count, found.unanswerable.wrong.count) == (1, 1)
    assert found.always_yes == pytest.approx(2 / 5)
    assert found.errors == 1


def test_languages_are_measured_apart() -> None:
    found = measure(run(ROWS))
    assert {lang: part.questions for lang, part in found.by_language.items()} == {"en": 4, "ko": 1}
    assert found.rulings["hit_at_1"] == pytest.approx(1 / 3)
    assert found.rulings_by_language["ko"]["rr"] == 0.5


def test_latency_is_of_the_answered_and_interpolates() -> None:
    found = measure(run(ROWS)).latency
    assert found.p50 == 25.0
    assert found.p95 == pytest.approx(38.5)
    assert found.stages_p50 == {"linking": 2.5, "total": 25.0}


def test_every_compared_measure_has_a_figure_a_question() -> None:
    found = per_question(run(ROWS))
    assert set(PER_QUESTION) <= set(found)
    assert found["score"] == {"a": 1.0, "b": 0.0, "c": 1.0, "d": -1.0, "e": 0.0}
    assert found["correct"] == {"a": 1.0, "b": 0.0, "c": 1.0, "d": 0.0, "e": 0.0}
    assert found["hit_at_1"] == {"a": 1.0, "b": 0.0, "e": 0.0}


def test_measures_of_anything_even_nothing_are_json() -> None:
    for rows in (ROWS, [], ROWS[4:]):
        assert msgspec.json.decode(msgspec.json.encode(measure(run(rows))))["errors"] == len(
            [each for each in rows if each.error]
        )
