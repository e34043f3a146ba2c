"""What all labellers of a run say together, and a judge's scores as they are read."""

from pathlib import Path

import pytest

from ragqa.errors import InvalidInput
from ragqa.evaluation.label_report import label_report, load_judge
from ragqa.evaluation.labels import Mark, add_label
from tests.unit.evaluation.row_parts import row, run

RUN = run([*(row(f"q{number}", "yes", "yes") for number in range(6)), row("declined", "yes", "unknown")])


def mark(home: Path, labeller: str, marks: str) -> None:
    """Mark q0, q1, …: s or u, - for none."""
    words: dict[str, Mark] = {"s": "supported", "u": "unsupported"}
    for number, key in enumerate(marks):
        if key in words:
            add_label(home, "run", f"q{number}", labeller, words[key])


def test_every_labeller_and_every_pair_with_questions_in_common(tmp_path: Path) -> None:
    mark(tmp_path, "ann", "ssuu")
    mark(tmp_path, "bob", "sssu")
    mark(tmp_path, "cho", "----s")
    found = label_report(tmp_path, RUN)
    assert found.explained == 6
    assert [(each.labeller, each.alone.value, each.alone.labelled) for each in found.labellers] == [
        ("ann", 0.5, 4),
        ("bob", 0.75, 4),
        ("cho", 1.0, 1),
    ]
    [pair] = found.agreements
    # Same 3 of 4; by chance (2·3 + 2·1)/16 = 1/2.
    assert (pair.first, pair.second, pair.same.count) == ("ann", "bob", 3)
    assert pair.kappa == pytest.approx(0.5)


def test_a_judge_corrected_by_the_marks_and_left_out_where_they_are_too_few(tmp_path: Path) -> None:
    pytest.importorskip("ppi_py", reason="ppi-python is not installed (ragqa[labels])")
    mark(tmp_path, "ann", "ssuu")
    mark(tmp_path, "cho", "----s")
    scores = {"q0": 1.0, "q1": 0.0, "q2": 0.0, "q3": 1.0, "q4": 1.0, "q5": 0.0}
    ann, cho = label_report(tmp_path, RUN, scores).labellers
    # The judge's marks of these four say nothing of ann's (covariance 0), so it is given no weight.
    assert ann.with_judge is not None and ann.with_judge.value == pytest.approx(0.5)
    assert (ann.with_judge.labelled, ann.with_judge.judged, cho.with_judge) == (4, 6, None)


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ('{"query_id": "q1", "score": 1.5}', "line 2: 'q1', 1.5 is not in"),
        ('{"query_id": "declined", "score": 1}', "line 2: 'declined', 1.0 is of no explained question"),
        ('{"query_id": "q1", "mark": "good"}', "line 2: not a judge's score"),
    ],
)
def test_a_score_that_does_not_fit_is_told(tmp_path: Path, line: str, told: str) -> None:
    path = tmp_path / "judge.jsonl"
    path.write_text('{"query_id": "q0", "score": 0.5}\n')
    assert load_judge(path, RUN) == {"q0": 0.5}
    path.write_text('{"query_id": "q0", "score": 0.5}\n' + line)
    with pytest.raises(InvalidInput, match=told):
        load_judge(path, RUN)
    with pytest.raises(InvalidInput, match="cannot be read"):
        load_judge(tmp_path / "none", RUN)
