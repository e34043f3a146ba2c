"""Runs as they are stored: `<home>/runs/<run_id>/run.json` and one row a question in `rows.jsonl`.

These files are the truth of a run; nothing else holds it, so a run can be copied, read and deleted as a folder.
"""

import os
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Literal

import msgspec
from filelock import FileLock, Timeout

from ragqa.datatypes import Answer, Verdict
from ragqa.errors import Conflict, InvalidInput, NotFound
from ragqa.evaluation.examples import Example

_RUN_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")


class Row(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One question of a run. `seconds` is wall time; `error` is set where asking failed and there is no answer.

    `rulings` and `cards` are source ids in the order of their best passage, as the retriever ranked them. `shown` are
    the passages that reached the prompt; `invalid_citations` are numbers of citations that were not among them or whose
    quote is not in the passage. `pieces` counts the pieces of text that the generator wrote.
    """

    run_id: str
    configuration_id: str
    example: Example
    answer: Answer | None = None
    error: str = ""
    rulings: tuple[str, ...] = ()
    cards: tuple[str, ...] = ()
    shown: tuple[str, ...] = ()
    invalid_citations: tuple[int, ...] = ()
    pieces: int = 0
    seconds: float = 0.0

    @property
    def query_id(self) -> str:
        """Id of the question."""
        return self.example.query_id

    @property
    def verdict(self) -> Verdict:
        """The answer's verdict; a question that could not be asked counts as declined."""
        return self.answer.verdict if self.answer else Verdict.UNKNOWN


class RunHeader(msgspec.Struct, frozen=True, kw_only=True):
    """What a run measured: test set × configuration. `versions` are of packages, times are ISO 8601 in UTC.

    A run that waits for its turn takes corpus version and time anew when it begins.
    """

    run_id: str
    test_set: str
    test_set_id: str
    questions: int
    arm: str
    seed: int
    configuration: dict[str, Any]
    configuration_id: str
    corpus_version: int
    model: str
    prompt_version: str
    git_revision: str | None
    versions: dict[str, str]
    machine: dict[str, str | int]
    started: str
    finished: str | None = None
    status: Literal["waiting", "running", "stopped", "finished"] = "running"


class Run(msgspec.Struct, frozen=True):
    """A header with its rows, in the order of the test set."""

    header: RunHeader
    rows: Sequence[Row]


def runs_folder(home: Path) -> Path:
    """Return the folder that holds every run."""
    return home / "runs"


def run_folder(home: Path, run_id: str) -> Path:
    """Return the folder of a run. Raises InvalidInput if the id could point elsewhere."""
    if not _RUN_ID.fullmatch(run_id):
        raise InvalidInput(f"run id {run_id!r} is not a run's; use letters, digits, '.', '_' and '-'", field="run_id")
    return runs_folder(home) / run_id


def list_runs(home: Path) -> list[RunHeader]:
    """Return the headers of all runs, newest first."""
    headers = [_read_header(path) for path in runs_folder(home).glob("*/run.json")]
    return sorted(headers, key=lambda header: (header.started, header.run_id), reverse=True)


def load_header(home: Path, run_id: str) -> RunHeader:
    """Read what a run measured. Raises NotFound."""
    path = run_folder(home, run_id) / "run.json"
    if not path.exists():
        raise NotFound(f"no run {run_id!r} in {runs_folder(home)}; the runs there can be listed")
    return _read_header(path)


def load_run(home: Path, run_id: str) -> Run:
    """Read a run, finished or not. Raises NotFound."""
    header = load_header(home, run_id)
    return Run(header, read_rows(rows_path(home, run_id)))


@contextmanager
def sole_writer(home: Path, run_id: str) -> Iterator[None]:
    """Let nobody else write a run meanwhile, in any process. Raises Conflict, InvalidInput."""
    folder = run_folder(home, run_id)
    folder.mkdir(parents=True, exist_ok=True)
    try:
        with FileLock(folder / ".lock", timeout=0):
            yield
    except Timeout:
        raise Conflict(
            f"run {run_id!r} is being written by another evaluation; wait for it or start a new run"
        ) from None


def stop_orphans(home: Path) -> None:
    """Mark as stopped every run that says it goes on and that nobody writes: its process was killed."""
    for header in list_runs(home):
        if header.status in ("waiting", "running"):
            with suppress(Conflict), sole_writer(home, header.run_id):
                write_header(home, msgspec.structs.replace(header, status="stopped"))


def rows_path(home: Path, run_id: str) -> Path:
    """Return where the rows of a run are."""
    return run_folder(home, run_id) / "rows.jsonl"


def read_rows(path: Path) -> list[Row]:
    """Read rows, without a last line that was cut off by a kill. Raises InvalidInput on any other damage."""
    if not path.exists():
        return []
    lines = path.read_bytes().split(b"\n")
    rows = []
    for number, raw in enumerate(lines[:-1], 1):
        try:
            rows.append(msgspec.json.decode(raw, type=Row))
        except msgspec.MsgspecError as error:
            raise InvalidInput(f"{path} line {number} is damaged: {error}; delete the run", line=number) from None
    return rows


def write_rows(path: Path, rows: Sequence[Row]) -> None:
    """Replace all rows at once."""
    replace_file(path, b"".join(msgspec.json.encode(row) + b"\n" for row in rows))


def write_header(home: Path, header: RunHeader) -> None:
    """Write `run.json`."""
    path = run_folder(home, header.run_id) / "run.json"
    replace_file(path, msgspec.json.format(msgspec.json.encode(header), indent=2) + b"\n")


def replace_file(path: Path, content: bytes) -> None:
    """Write a file so that a reader sees the old content or the new, never half of it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(path.name + ".partial")
    partial.write_bytes(content)
    os.replace(partial, path)


def _read_header(path: Path) -> RunHeader:
    try:
        return msgspec.json.decode(path.read_bytes(), type=RunHeader)
    except msgspec.MsgspecError as error:
        raise InvalidInput(f"{path} is damaged: {error}; delete the run's folder") from None
