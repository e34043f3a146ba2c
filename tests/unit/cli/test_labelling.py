"""`ragqa label`: keys, going on where one stopped, figures, and what is refused."""

import json
from pathlib import Path

import msgspec
import pytest

from ragqa.datatypes import Language, Verdict
from ragqa.evaluation.examples import Example
from ragqa.evaluation.labels import add_label, load_labels, to_label
from ragqa.evaluation.runs import Row, load_run, rows_path, write_header, write_rows
from tests.unit.cli.conftest import Run
from tests.unit.cli.parts import DECLINED, YES
from tests.unit.evaluation.row_parts import run as small_run


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A run of four explained answers and one that was declined."""
    answers = {f"q{number}": msgspec.structs.replace(YES, explanation=f"Reason {number}. [1]") for number in range(4)}
    rows = [
        Row(
            run_id="run",
            configuration_id="c",
            example=Example(query_id=query_id, lang=Language.KO, question=f"May {query_id}?", verdict=Verdict.NO),
            answer=answer,
        )
        for query_id, answer in (answers | {"declined": DECLINED}).items()
    ]
    home = tmp_path / "home"
    write_header(home, small_run(rows).header)
    write_rows(rows_path(home, "run"), rows)
    return home


def order(home: Path) -> list[str]:
    """The questions in the order of labelling."""
    return [row.query_id for row in to_label(load_run(home, "run"), {})]


def test_one_explanation_a_key_and_the_next_sitting_goes_on(run: Run, home: Path) -> None:
    first, second, third, fourth = order(home)
    sitting = run("label", "run", "--labeller", "ann", stdin=b"s\nk\nU\nq\n")
    assert sitting.exit_code == 0
    assert {id_: each.label for id_, each in load_labels(home, "run", "ann").items()} == {
        first: "supported",
        third: "unsupported",
    }
    shown = sitting.stdout
    assert [shown.index(f"May {query_id}?") for query_id in (first, second, third, fourth)] == sorted(
        shown.index(f"May {query_id}?") for query_id in (first, second, third, fourth)
    )
    assert f"Reason {first[1:]}. [1]" in shown and "[1] [하루 우라라]와 [개기일식의 서]" in shown
    # A labeller judges the citations alone: neither gold nor confidence is shown.
    assert "97%" not in shown and "gold" not in shown
    assert "50.0 %" in shown and "2 of 4" in shown

    again = run("label", "run", "--labeller", "ann", "--limit", "1", stdin=b"s")
    assert f"May {first}?" not in again.stdout and "1 of 1" in again.stdout
    assert len(load_labels(home, "run", "ann")) == 3


def test_a_slip_is_taken_back_and_the_end_of_input_keeps_what_is_marked(run: Run, home: Path) -> None:
    first = order(home)[0]
    assert run("label", "run", "-l", "ann", stdin=b"sbu").exit_code == 0
    assert {id_: each.label for id_, each in load_labels(home, "run", "ann").items()} == {first: "unsupported"}


def test_figures_of_two_labellers_a_page_and_a_judge(run: Run, home: Path, tmp_path: Path) -> None:
    assert "4 explanations of run, none labelled" in run("label", "run").stdout
    for query_id in ("q0", "q1", "q2"):
        add_label(home, "run", query_id, "ann", "supported" if query_id != "q2" else "unsupported")
        line = {"run_id": "run", "query_id": query_id, "labeller": "bob", "label": "supported", "at": "now"}
        with (tmp_path / "labels-bob.jsonl").open("a") as file:
            file.write(json.dumps(line) + "\n")
    found = json.loads(run("label", "run", "--import", "labels-bob.jsonl", "--json").stdout)
    assert [(each["labeller"], each["alone"]["labelled"]) for each in found["labellers"]] == [("ann", 3), ("bob", 3)]
    assert found["agreements"][0]["same"]["count"] == 2
    pytest.importorskip("ppi_py", reason="ppi-python is not installed (ragqa[labels])")
    scores = [{"query_id": f"q{number}", "score": float(number < 2)} for number in range(4)]
    (tmp_path / "judge.jsonl").write_text("\n".join(map(json.dumps, scores)))
    shown = run("label", "run", "--judge", "judge.jsonl").stdout
    assert "prediction-powered" in shown and "ann, bob" in shown


@pytest.mark.parametrize(
    ("arguments", "code", "told"),
    [
        (("none",), 4, "no run 'none'"),
        (("run", "-l", "../ann"), 2, "cannot name a labeller"),
        (("run", "-l", "ann", "--json"), 2, "leave one out"),
        (("run", "--import", "absent.jsonl"), 2, "absent.jsonl cannot be read"),
        (("run", "--judge", "absent.jsonl"), 2, "absent.jsonl cannot be read"),
    ],
)
def test_what_does_not_fit_is_refused(run: Run, home: Path, arguments: tuple[str, ...], code: int, told: str) -> None:
    refused = run("label", *arguments)
    assert (refused.exit_code, told in refused.stderr.replace("\n", " ")) == (code, True), refused.stderr
