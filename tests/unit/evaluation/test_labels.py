"""Labels: stored, compared, and used to estimate."""

from pathlib import Path

import numpy as np
import pytest

from ragqa.errors import InvalidInput
from ragqa.evaluation.labels import (
    Label,
    Mark,
    add_label,
    agreement,
    import_labels,
    labellers,
    load_labels,
    supported_share,
    supported_share_with_judge,
    to_label,
)
from tests.unit.evaluation.row_parts import row, run

ROWS = [row(f"q{i}", "yes", "yes") for i in range(8)] + [row("declined", "yes", "unknown")]


def labels(marks: str, labeller: str = "ann") -> dict[str, Label]:
    """One mark a character, s or u, - for none."""
    words: dict[str, Mark] = {"s": "supported", "u": "unsupported"}
    return {
        f"q{i}": Label(run_id="run", query_id=f"q{i}", labeller=labeller, label=words[mark], at="now")
        for i, mark in enumerate(marks)
        if mark != "-"
    }


def test_marks_are_stored_replaced_and_leave_the_queue(tmp_path: Path) -> None:
    add_label(tmp_path, "run", "q1", "ann", "supported")
    add_label(tmp_path, "run", "q2", "ann", "supported")
    add_label(tmp_path, "run", "q1", "ann", "unsupported")
    add_label(tmp_path, "run", "q1", "bob", "supported")

    stored = load_labels(tmp_path, "run", "ann")
    assert {query_id: each.label for query_id, each in stored.items()} == {"q1": "unsupported", "q2": "supported"}
    assert labellers(tmp_path, "run") == ["ann", "bob"]
    waiting = [each.query_id for each in to_label(run(ROWS), stored)]
    assert sorted(waiting) == ["q0", "q3", "q4", "q5", "q6", "q7"]
    assert waiting != sorted(waiting) and waiting == [each.query_id for each in to_label(run(ROWS), stored)]
    assert len(to_label(run(ROWS), stored, limit=2)) == 2


def test_kappa_is_agreement_beyond_chance() -> None:
    # Of 8: both s 4, both u 2, one each way. Agreement 6/8; by chance (5·5 + 3·3)/64.
    found = agreement(labels("sssssuuu"), labels("ssssusuu", "bob"))
    chance = (5 * 5 + 3 * 3) / 64
    assert (found.first, found.second, found.both, found.same.count) == ("ann", "bob", 8, 6)
    assert found.kappa == pytest.approx((6 / 8 - chance) / (1 - chance))


def test_agreement_is_over_rows_both_marked_and_one_mark_only_has_no_kappa() -> None:
    found = agreement(labels("ss-s"), labels("-sss", "bob"))
    assert (found.both, found.same.value, found.kappa) == (2, 1.0, None)
    with pytest.raises(InvalidInput, match="no question in common"):
        agreement(labels("s-"), labels("-s"))


def test_labels_of_the_page_are_taken_all_or_none(tmp_path: Path) -> None:
    path = tmp_path / "labels-ann.jsonl"
    good = '{"run_id":"run","query_id":"q1","labeller":"ann","label":"supported","at":"now"}\n'
    path.write_text(good, "utf-8")
    assert import_labels(tmp_path, run(ROWS), path) == 1
    assert load_labels(tmp_path, "run", "ann")["q1"].label == "supported"

    path.write_text(good.replace("q1", "q2") + good.replace("q1", "elsewhere"), "utf-8")
    with pytest.raises(InvalidInput, match="line 2: 'elsewhere' of run 'run' is not in run"):
        import_labels(tmp_path, run(ROWS), path)
    assert "q2" not in load_labels(tmp_path, "run", "ann")
    path.write_text(good.replace("supported", "perhaps"), "utf-8")
    with pytest.raises(InvalidInput, match="line 1: not a label"):
        import_labels(tmp_path, run(ROWS), path)


def test_a_labeller_names_no_other_file(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="cannot name a labeller"):
        add_label(tmp_path, "run", "q1", "../ann", "supported")


def test_the_share_from_labels_alone_is_wilsons() -> None:
    found = supported_share(labels("ssssssssuu"))
    assert (found.value, found.labelled) == (0.8, 10)
    assert (found.low, found.high) == pytest.approx((0.4901625, 0.9433178))
    with pytest.raises(InvalidInput, match="no explanation is labelled"):
        supported_share({})


def test_a_judge_narrows_the_interval_and_its_bias_is_corrected() -> None:
    pytest.importorskip("ppi_py", reason="ppi-python is not installed (ragqa[labels])")
    rng = np.random.default_rng(5)
    truth = rng.random(1000) < 0.7
    # The judge calls one in five unsupported explanations supported, and is never wrong the other way.
    says = truth | (rng.random(1000) < 0.2)
    judged = {f"q{i}": float(mark) for i, mark in enumerate(says)}
    few = labels("".join("s" if mark else "u" for mark in truth[:100]))

    alone, found = supported_share(few), supported_share_with_judge(few, judged)

    assert found.high - found.low < 0.75 * (alone.high - alone.low)
    assert found.low < float(truth.mean()) < found.high
    assert float(says.mean()) > found.value
    with pytest.raises(InvalidInput, match="two or more labelled rows"):
        supported_share_with_judge(labels("s"), judged)
