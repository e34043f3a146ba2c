"""Runs over a real store: what a row holds, resuming after a kill, what may not be resumed."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest
from filelock import FileLock

from ragqa.corpus.store import SqlCorpusStore, open_store
from ragqa.datatypes import Basis, Verdict
from ragqa.errors import Conflict, InvalidInput, NotFound
from ragqa.evaluation.controls import Arm
from ragqa.evaluation.runs import Row, Run, list_runs, load_header, load_run, rows_path
from ragqa.evaluation.service import evaluate
from tests.integration.evaluation_parts import EXAMPLES, FakeService, WordRetriever, example, fake_service


@pytest.fixture
def service(store: SqlCorpusStore, tmp_path: Path) -> FakeService:
    return fake_service(store, tmp_path)


def timeless(run: Run) -> list[Row]:
    """The rows without what a clock wrote."""
    return [
        msgspec.structs.replace(
            row, seconds=0.0, answer=msgspec.structs.replace(row.answer, timings={}) if row.answer else None
        )
        for row in run.rows
    ]


def test_a_row_holds_the_answer_the_rankings_and_the_stamp(service: FakeService) -> None:
    run = evaluate(service, EXAMPLES, test_set="small")
    by_id = {row.query_id: row for row in run.rows}

    assert [row.query_id for row in run.rows] == [each.query_id for each in EXAMPLES]
    first = by_id["q1"]
    assert first.answer is not None
    assert (first.verdict, first.answer.basis) == (Verdict.YES, Basis.OFFICIAL)
    assert first.rulings[:2] == ("r1", "r3") and set(first.cards) == {"c1", "c2", "c3"}
    assert first.shown[0] == "r1#en1" and len(first.shown) == 3
    assert [citation.source_id for citation in first.answer.citations] == ["r1"] and first.invalid_citations == ()
    assert {row.run_id for row in run.rows} == {run.header.run_id}
    assert run.header.status == "finished" and run.header.model == "rulings" and run.header.corpus_version == 1
    assert run.header.configuration["generator"] == "rulings"


def test_a_question_that_fails_is_a_row_with_its_error_and_counts_as_declined(service: FakeService) -> None:
    run = evaluate(service, [EXAMPLES[5]], test_set="small")
    assert run.rows[0].answer is None and run.rows[0].verdict is Verdict.UNKNOWN
    assert run.rows[0].error == "GenerationFailed: the model stopped"


def test_each_question_is_retrieved_once_and_progress_counts_to_the_end(service: FakeService) -> None:
    seen: list[tuple[int, int]] = []
    evaluate(service, EXAMPLES, test_set="small", progress=lambda done, total: seen.append((done, total)))
    retriever = service.parts.retriever
    assert isinstance(retriever, WordRetriever) and retriever.calls == len(EXAMPLES)
    assert seen == [(done, 6) for done in range(1, 7)]


def test_a_stored_run_reads_back_equal_and_is_listed_newest_first(service: FakeService) -> None:
    run = evaluate(service, EXAMPLES, test_set="small", run_id="one")
    evaluate(service, EXAMPLES, test_set="small", run_id="two", arm=Arm.CLOSED_BOOK)

    again = load_run(service.settings.home, "one")
    assert again.header == run.header and list(again.rows) == list(run.rows)
    assert [header.run_id for header in list_runs(service.settings.home)] == ["two", "one"]


class Stop(Exception):
    """Stands for whatever ends a run early."""


@pytest.mark.parametrize("after", [1, 3, 5])
def test_a_run_stopped_at_any_point_resumes_to_the_identical_rows(service: FakeService, after: int) -> None:
    whole = evaluate(service, EXAMPLES, test_set="small", run_id="same")
    path = rows_path(service.settings.home, "same")
    whole_bytes = path.read_bytes().splitlines(keepends=True)
    # A kill leaves whole lines in the order of completion and perhaps half a line.
    path.write_bytes(b"".join(reversed(whole_bytes[:after])) + whole_bytes[after][:-7])

    resumed = evaluate(service, EXAMPLES, test_set="small", run_id="same")

    assert timeless(resumed) == timeless(whole)
    assert list(resumed.rows[:after]) == list(whole.rows[:after])
    assert list(load_run(service.settings.home, "same").rows) == list(resumed.rows)


def test_a_run_stopped_by_an_error_says_so_and_keeps_its_rows(service: FakeService) -> None:
    def stop(done: int, total: int) -> None:
        if done == 2:
            raise Stop

    with pytest.raises(ExceptionGroup):
        evaluate(service, EXAMPLES, test_set="small", run_id="stopped", progress=stop, parallel=1)
    assert load_header(service.settings.home, "stopped").status == "stopped"
    assert [row.query_id for row in load_run(service.settings.home, "stopped").rows] == ["q1", "q2"]


KILLED = """
import os, signal, sys
from pathlib import Path
from ragqa.corpus.store import open_store
from ragqa.evaluation.service import evaluate
from tests.integration.evaluation_parts import EXAMPLES, fake_service

home = Path(sys.argv[1])
service = fake_service(open_store(sys.argv[2]), home)
stop = lambda done, total: os.kill(os.getpid(), signal.SIGKILL) if done == int(sys.argv[3]) else None
evaluate(service, EXAMPLES, test_set="small", run_id="killed", progress=stop, parallel=1)
"""


@pytest.mark.parametrize("after", [1, 3, 5])
def test_a_process_killed_by_the_system_resumes_to_the_identical_rows(
    service: FakeService, database_url: str, tmp_path: Path, after: int
) -> None:
    whole = evaluate(service, EXAMPLES, test_set="small", run_id="whole")
    service.store.close()
    root = Path(__file__).parents[3]
    command = [sys.executable, "-c", KILLED, str(tmp_path), database_url, str(after)]
    killed = subprocess.run(command, cwd=root, env=os.environ | {"PYTHONPATH": str(root)}, check=False)
    assert killed.returncode == -signal.SIGKILL
    store = open_store(database_url)
    again = fake_service(store, tmp_path)
    assert len(load_run(tmp_path, "killed").rows) == after

    resumed = evaluate(again, EXAMPLES, test_set="small", run_id="killed")

    store.close()
    assert [msgspec.structs.replace(row, run_id="") for row in timeless(resumed)] == [
        msgspec.structs.replace(row, run_id="") for row in timeless(whole)
    ]
    retriever = again.parts.retriever
    assert isinstance(retriever, WordRetriever) and retriever.calls == len(EXAMPLES) - after


def test_a_run_is_not_resumed_as_something_else(service: FakeService) -> None:
    evaluate(service, EXAMPLES, test_set="small", run_id="one")
    with pytest.raises(Conflict, match="arm 'normal', now it is 'oracle'"):
        evaluate(service, EXAMPLES, test_set="small", run_id="one", arm=Arm.ORACLE)
    with pytest.raises(Conflict, match="test_set_id"):
        evaluate(service, EXAMPLES[:2], test_set="small", run_id="one")


def test_a_second_writer_of_a_run_is_refused(service: FakeService) -> None:
    folder = rows_path(service.settings.home, "one").parent
    folder.mkdir(parents=True)
    with FileLock(folder / ".lock"), pytest.raises(Conflict, match="being written by another evaluation"):
        evaluate(service, EXAMPLES, test_set="small", run_id="one")


def test_what_cannot_be_run_is_refused(service: FakeService) -> None:
    with pytest.raises(InvalidInput, match="has no questions"):
        evaluate(service, [], test_set="empty")
    with pytest.raises(InvalidInput, match="is not a run's"):
        evaluate(service, EXAMPLES, test_set="small", run_id="../elsewhere")
    with pytest.raises(NotFound, match="no run 'none'"):
        load_run(service.settings.home, "none")


def test_secrets_are_not_stamped(store: SqlCorpusStore, tmp_path: Path) -> None:
    service = fake_service(store, tmp_path)
    settings = service.settings.model_copy(
        update={"openai_api_key": "sk-secret", "database_url": "postgresql://ann:hidden@db/ragqa"}
    )
    run = evaluate(service._replace(settings=settings), [example("q", "Red Fox?", Verdict.YES)], test_set="one")
    assert run.header.configuration["database_url"] == "postgresql://ann:***@db/ragqa"
    assert run.header.configuration["max_new_tokens"] == 400
    assert b"sk-secret" not in (rows_path(tmp_path, run.header.run_id).parent / "run.json").read_bytes()
