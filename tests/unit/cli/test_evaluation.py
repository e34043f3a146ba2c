"""`ragqa evaluate` and `ragqa testset`: what is refused before a model is loaded, drafts, and findings."""

import json
from pathlib import Path

import msgspec
import numpy as np
import pytest

from ragqa.corpus.store import open_store
from ragqa.datatypes import Language, Ruling, Verdict
from ragqa.evaluation.examples import Example
from ragqa.evaluation.runs import Row, RunHeader, rows_path, write_header, write_rows
from tests.unit.cli.conftest import Run
from tests.unit.cli.parts import YES, CannedService

ROW = {"query_id": "q1", "lang": "en", "question": "May I?", "verdict": "yes", "ruling_ids": ["r1"], "split": "dev"}


@pytest.fixture
def corpus(tmp_path: Path) -> None:
    """Two rulings, one of each verdict."""
    store = open_store(f"sqlite:///{tmp_path / 'home' / 'ragqa.db'}")
    for number, verdict in ((1, Verdict.YES), (2, Verdict.NO)):
        ruling = Ruling(
            ruling_id=f"r{number}",
            lang=Language.EN,
            question={Language.EN: f"Is Topic {number} allowed in the Damage Step?"},
            answer={Language.EN: "Answer."},
            verdict=verdict,
        )
        store.apply([(ruling, [], np.empty((0, 2), np.float32))], model_id="none")
    store.close()


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("evaluate",), "corpus/testset.jsonl cannot be read"),
        (("evaluate", "set.jsonl", "--split", "test"), "no question of split 'test'; it has dev"),
        (("evaluate", "set.jsonl", "--arm", "guess"), "arm 'guess' is not known; there are normal,"),
        (("testset", "check", "broken.jsonl"), "broken.jsonl line 2"),
    ],
)
def test_what_cannot_be_evaluated_is_refused_before_a_model_is_loaded(
    run: Run, service: CannedService, tmp_path: Path, arguments: tuple[str, ...], told: str
) -> None:
    (tmp_path / "set.jsonl").write_text(json.dumps(ROW))
    (tmp_path / "broken.jsonl").write_text(json.dumps(ROW) + "\n{}\n")
    result = run(*arguments)
    assert result.exit_code == 2
    assert told in result.stderr.replace("\n", " ")
    assert service.closed == 0


def test_check_ends_by_whether_measures_would_be_right(run: Run, corpus: None, tmp_path: Path) -> None:
    (tmp_path / "set.jsonl").write_text(json.dumps(ROW))
    sound = run("testset", "check", "set.jsonl")
    assert sound.exit_code == 0
    assert "1 questions: yes 1; en 1; dev 1" in sound.stdout
    (tmp_path / "set.jsonl").write_text(json.dumps(ROW | {"ruling_ids": ["r9"]}))
    unsound = run("testset", "check", "set.jsonl", "--json")
    assert unsound.exit_code == 2
    errors = [each for each in json.loads(unsound.stdout)["findings"] if each["severity"] == "error"]
    assert [(each["kind"], each["query_id"]) for each in errors] == [("unknown-id", "q1")]


def test_make_drafts_from_the_rulings_and_never_overwrites(run: Run, corpus: None, tmp_path: Path) -> None:
    target = tmp_path / "draft.jsonl"
    made = run("testset", "make", str(target), "--lang", "en", "--json")
    assert json.loads(made.stdout)["examples"] == 2
    drafts = [json.loads(line) for line in target.read_text().splitlines()]
    assert {draft["verdict"] for draft in drafts} == {"yes", "no"}
    again = run("testset", "make", str(target))
    assert again.exit_code == 2
    assert "exists already" in again.stderr


def test_runs_are_listed_and_compared_and_a_gate_decides_the_exit_code(run: Run, corpus: None, tmp_path: Path) -> None:
    _write_run(tmp_path / "home", "before", [Verdict.YES, Verdict.YES])
    _write_run(tmp_path / "home", "after", [Verdict.YES, Verdict.NO])
    listed = json.loads(run("runs", "--json").stdout)
    assert {header["run_id"] for header in listed} == {"before", "after"}
    assert "before" in run("runs").stdout
    failed = run("compare", "before", "after", "--fail-if-worse", "correct:0.1")
    assert failed.exit_code == 8
    assert "1 verdicts changed, 1 of them for the worse" in failed.stdout
    assert "NOT MET correct: 1.0000 before, 0.5000 now" in failed.stdout
    passed = run("compare", "before", "after", "--fail-if-worse", "correct:0.5", "--json")
    assert passed.exit_code == 0
    assert json.loads(passed.stdout)["comparisons"][0]["changed"][0]["query_id"] == "q2"
    assert run("compare", "before").exit_code == 2
    assert run("compare", "before", "absent").exit_code == 4


def _write_run(home: Path, run_id: str, verdicts: list[Verdict]) -> None:
    """Write a finished run whose gold is always yes."""
    header = RunHeader(
        run_id=run_id,
        test_set="set",
        test_set_id="1",
        questions=len(verdicts),
        arm="normal",
        seed=0,
        configuration={},
        configuration_id="1",
        corpus_version=2,
        model="rulings",
        prompt_version="answer-1",
        git_revision=None,
        versions={},
        machine={},
        started="2026-01-01T00:00:00",
        status="finished",
    )
    examples = [
        Example(query_id=f"q{number}", lang=Language.EN, question=f"May I {number}?", verdict=Verdict.YES)
        for number in range(1, len(verdicts) + 1)
    ]
    rows = [
        Row(
            run_id=run_id,
            configuration_id="1",
            example=example,
            answer=msgspec.structs.replace(YES, verdict=verdict, citations=(), linked_cards=()),
        )
        for example, verdict in zip(examples, verdicts, strict=True)
    ]
    write_header(home, header)
    write_rows(rows_path(home, run_id), rows)
