"""What must hold for any rows."""

from hypothesis import given, settings
from hypothesis import strategies as st

from ragqa.evaluation.confidence import calibration, risk_coverage
from ragqa.evaluation.outcomes import outcomes
from ragqa.evaluation.ranking import linking_measures, means, ranking_per_question
from ragqa.evaluation.runs import Row
from tests.unit.evaluation.row_parts import row

VERDICTS = st.sampled_from(["yes", "no", "conditional", "unknown"])
IDS = st.lists(st.sampled_from("abcdef"), unique=True, max_size=5).map(" ".join)


@st.composite
def some_rows(draw: st.DrawFn) -> list[Row]:
    return [
        row(
            f"q{number}",
            draw(VERDICTS),
            draw(st.none() | VERDICTS),
            rulings=draw(IDS),
            gold_rulings=draw(IDS),
            cards=draw(IDS),
            gold_cards=draw(IDS),
            confidence=draw(st.floats(0, 1)),
        )
        for number in range(draw(st.integers(0, 8)))
    ]


@settings(deadline=None)  # a loaded machine is no counterexample
@given(some_rows())
def test_outcomes_share_out_every_question(rows: list[Row]) -> None:
    found = outcomes(rows)
    assert found.correct.count + found.declined.count + found.wrong.count == found.questions == len(rows)
    if found.score is not None:
        assert abs(found.score * len(rows) - (found.correct.count - found.wrong.count)) < 1e-9


@settings(deadline=None)  # a loaded machine is no counterexample
@given(some_rows())
def test_measures_do_not_depend_on_the_order_of_rows(rows: list[Row]) -> None:
    turned = rows[::-1]
    assert outcomes(rows) == outcomes(turned) and linking_measures(rows) == linking_measures(turned)
    one, other = risk_coverage(rows), risk_coverage(turned)
    assert one.risk == other.risk and one.coverage == other.coverage
    first, second = calibration(rows).ece, calibration(turned).ece
    assert (first is None and second is None) or abs((first or 0) - (second or 0)) < 1e-9


@settings(deadline=None)  # a loaded machine is no counterexample
@given(some_rows())
def test_a_longer_look_never_finds_less(rows: list[Row]) -> None:
    found = means(ranking_per_question(rows, "rulings"))
    hits = [found[f"hit_at_{k}"] or 0.0 for k in (1, 5, 20)]
    recalls = [found[f"recall_at_{k}"] or 0.0 for k in (1, 5, 20)]
    assert hits == sorted(hits) and recalls == sorted(recalls)
    assert all(0 <= recall <= hit + 1e-9 for recall, hit in zip(recalls, hits, strict=True))
