"""Putting every question of a test set to the service; a killed run goes on where it stopped."""

import datetime
import secrets
import time
from collections.abc import Sequence
from typing import Protocol

import anyio
import msgspec

from ragqa.ask import Answered, PassageFound, Token, ask_events
from ragqa.config import Settings
from ragqa.datatypes import Answer, Linking, Passage, Question, ScoredPassage, SourceKind
from ragqa.errors import Conflict, InvalidInput, RagqaError
from ragqa.evaluation import runs, stamp
from ragqa.evaluation.controls import Arm, Trial, trial_maker
from ragqa.evaluation.examples import Example, fingerprint
from ragqa.evaluation.runs import Row, Run, RunHeader
from ragqa.evaluation.summary import write_summary
from ragqa.generation.prompt import prompt_version
from ragqa.parts import Parts, Retriever
from ragqa.protocols import CorpusStore, Progress

RANKING_DEPTH = 100


class AskedService(Protocol):
    """What evaluation needs of the running program; `ragqa.bootstrap.Service` is one."""

    @property
    def settings(self) -> Settings:
        """The settings in force."""
        ...

    @property
    def store(self) -> CorpusStore:
        """The corpus."""
        ...

    @property
    def parts(self) -> Parts:
        """What `ask` is made of."""
        ...


async def run_evaluation(
    examples: Sequence[Example],
    service: AskedService,
    *,
    test_set: str,
    arm: Arm = Arm.NORMAL,
    parallel: int = 2,
    run_id: str | None = None,
    seed: int = 0,
    progress: Progress | None = None,
) -> Run:
    """Ask every question through the same `ask` that users reach, `parallel` at a time, and store the run.

    Given the `run_id` of a run that was stopped, it asks only what is missing and ends with the rows that an
    uninterrupted run has. Cancelling it leaves a run that can be resumed. Raises InvalidInput for an empty set and
    Conflict if the run was made of another test set, arm, configuration or corpus version, or is running elsewhere.
    """
    if not examples:
        raise InvalidInput("the test set has no questions; check the split and the file")
    home = service.settings.home
    header = _new_header(examples, service, test_set=test_set, arm=arm, seed=seed, run_id=run_id)
    with runs.sole_writer(home, header.run_id):
        header, done = _resume(service, header)
        try:
            await _ask_missing(examples, service, header, done, parallel, progress)
        except BaseException:
            runs.write_header(home, msgspec.structs.replace(header, status="stopped"))
            raise
        rows = [done[example.query_id] for example in examples if example.query_id in done]
        runs.write_rows(runs.rows_path(home, header.run_id), rows)
        header = msgspec.structs.replace(header, status="finished", finished=_now())
        runs.write_header(home, header)
        run = Run(header, rows)
        await anyio.to_thread.run_sync(write_summary, home, run)
    return run


def announce(
    examples: Sequence[Example], service: AskedService, *, test_set: str, arm: Arm, seed: int, run_id: str
) -> RunHeader:
    """Store the header of a run that waits for its turn, so that it can be seen; `run_evaluation` begins it."""
    header = _new_header(examples, service, test_set=test_set, arm=arm, seed=seed, run_id=run_id)
    header = msgspec.structs.replace(header, status="waiting")
    runs.write_header(service.settings.home, header)
    return header


def _new_header(
    examples: Sequence[Example], service: AskedService, *, test_set: str, arm: Arm, seed: int, run_id: str | None
) -> RunHeader:
    configuration = stamp.configuration(service.settings)
    started = _now()
    if run_id is None:
        run_id = f"{started[:19].replace(':', '').replace('-', '')}-{arm}-{secrets.token_hex(2)}"
    runs.run_folder(service.settings.home, run_id)
    return RunHeader(
        run_id=run_id,
        test_set=test_set,
        test_set_id=fingerprint(examples),
        questions=len(examples),
        arm=arm.value,
        seed=seed,
        configuration=configuration,
        configuration_id=stamp.configuration_id(configuration),
        corpus_version=service.store.corpus_version(),
        model=service.parts.generator.name,
        prompt_version=prompt_version(),
        git_revision=stamp.git_revision(),
        versions=stamp.versions(),
        machine=stamp.machine(),
        started=started,
    )


def _resume(service: AskedService, header: RunHeader) -> tuple[RunHeader, dict[str, Row]]:
    """Return the header in force and the rows there are; a torn last line is cut from the file."""
    home = service.settings.home
    path = runs.rows_path(home, header.run_id)
    stored = runs.load_header(home, header.run_id) if (path.parent / "run.json").exists() else None
    if stored is None or stored.status == "waiting":
        runs.write_header(home, header)
        return header, {}
    for field in ("test_set_id", "arm", "seed", "configuration_id", "corpus_version", "model", "prompt_version"):
        before, now = getattr(stored, field), getattr(header, field)
        if before != now:
            raise Conflict(
                f"run {header.run_id!r} was started with {field} {before!r}, now it is {now!r}; start a new run"
            )
    rows = runs.read_rows(path)
    runs.write_rows(path, rows)
    stored = msgspec.structs.replace(stored, status="running", finished=None)
    runs.write_header(home, stored)
    return stored, {row.query_id: row for row in rows}


async def _ask_missing(
    examples: Sequence[Example],
    service: AskedService,
    header: RunHeader,
    done: dict[str, Row],
    parallel: int,
    progress: Progress | None,
) -> None:
    """Ask what `done` lacks and put it there; every row is in the file before it is counted."""
    make_trial = await anyio.to_thread.run_sync(trial_maker, Arm(header.arm), service.store, header.seed)
    waiting = iter([example for example in examples if example.query_id not in done])
    asked = len(done)
    with runs.rows_path(service.settings.home, header.run_id).open("ab") as file:

        async def work() -> None:
            nonlocal asked
            for example in waiting:
                trial = await anyio.to_thread.run_sync(make_trial, example, service.parts)
                if trial is not None:
                    row = await ask_one(trial, header)
                    file.write(msgspec.json.encode(row) + b"\n")
                    file.flush()
                    done[row.query_id] = row
                asked += 1
                if progress:
                    progress(asked, len(examples))

        async with anyio.create_task_group() as group:
            for _ in range(parallel):
                group.start_soon(work)


async def ask_one(trial: Trial, header: RunHeader) -> Row:
    """Ask one question and note what was retrieved and shown on the way."""
    tap = _Tap(trial.parts.retriever)
    parts = msgspec.structs.replace(trial.parts, retriever=tap)
    shown: dict[str, Passage] = {}
    answer: Answer | None = None
    error, pieces = "", 0
    started = time.perf_counter()
    try:
        async for event in ask_events(trial.question, parts):
            match event:
                case PassageFound():
                    shown[event.passage.passage_id] = event.passage
                case Token():
                    pieces += 1
                case Answered():
                    answer = event.answer
    except RagqaError as failure:
        error = f"{type(failure).__name__}: {failure}"
    return Row(
        run_id=header.run_id,
        configuration_id=header.configuration_id,
        example=trial.example,
        answer=answer,
        error=error,
        rulings=_ranked_sources(tap.found, SourceKind.RULING),
        cards=_ranked_sources(tap.found, SourceKind.CARD),
        shown=tuple(shown),
        invalid_citations=_invalid(answer, shown) if answer else (),
        pieces=pieces,
        seconds=round(time.perf_counter() - started, 6),
    )


class _Tap:
    """Lets a retriever's ranking through and keeps it, so that it is measured without retrieving twice."""

    def __init__(self, retriever: Retriever) -> None:
        self._retriever = retriever
        self.found: Sequence[ScoredPassage] = ()

    def retrieve(self, question: Question, linking: Linking) -> list[ScoredPassage]:
        """Return what the tapped retriever returns."""
        found = self._retriever.retrieve(question, linking)
        self.found = found
        return found


def _ranked_sources(found: Sequence[ScoredPassage], kind: SourceKind) -> tuple[str, ...]:
    ids = dict.fromkeys(scored.passage.source_id for scored in found if scored.passage.kind is kind)
    return tuple(ids)[:RANKING_DEPTH]


def _invalid(answer: Answer, shown: dict[str, Passage]) -> tuple[int, ...]:
    return tuple(
        citation.number
        for citation in answer.citations
        if citation.passage_id not in shown or citation.quote not in shown[citation.passage_id].text
    )


def _now() -> str:
    return datetime.datetime.now(datetime.UTC).isoformat(timespec="milliseconds")
