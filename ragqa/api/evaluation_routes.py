"""Starting evaluations and reading what came of them."""

import re
from pathlib import Path
from typing import Annotated, Any

import msgspec
from anyio import to_thread
from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody
from msgspec import Meta

from ragqa.api.evaluations import Evaluations
from ragqa.api.problems import documented
from ragqa.bootstrap import Service
from ragqa.config import Settings
from ragqa.errors import InvalidInput
from ragqa.evaluation.controls import Arm
from ragqa.evaluation.examples import Example, load_testset
from ragqa.evaluation.runs import RunHeader, list_runs, load_header, rows_path, run_folder

_TEST_SET = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,99}")


class StartEvaluation(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which questions to ask, and what the arm changes about the service."""

    test_set: Annotated[str, Meta(description="name of a JSONL file of the corpus folder, without .jsonl")] = "testset"
    split: Annotated[str | None, Meta(description="only this split, such as dev; default: all")] = None
    arm: Annotated[Arm, Meta(description="normal, or a control")] = Arm.NORMAL
    seed: int = 0
    parallel: Annotated[int, Meta(ge=1, le=16, description="questions asked at once")] = 2


class Evaluation(msgspec.Struct, frozen=True, kw_only=True):
    """A run: what it measures, how many of its questions are asked, and once it is finished every measure."""

    run: RunHeader
    asked: int
    measures: dict[str, Any] | None


@get("/v1/evaluations", tags=["evaluations"], sync_to_thread=True, responses=documented())
def list_evaluations(settings: NamedDependency[Settings]) -> list[RunHeader]:
    """List all runs, newest first."""
    return list_runs(settings.home)


@get("/v1/evaluations/{run_id:str}", tags=["evaluations"], sync_to_thread=True, responses=documented(404))
def read_evaluation(run_id: FromPath[str], settings: NamedDependency[Settings]) -> Evaluation:
    """Return a run with its measures, which are null until it is finished."""
    header = load_header(settings.home, run_id)
    return Evaluation(run=header, asked=_asked(settings.home, run_id), measures=_measures(settings.home, run_id))


@post("/v1/evaluations", status_code=202, tags=["evaluations"], responses=documented(404, 409, 413, 415))
async def start_evaluation(
    data: JSONBody[StartEvaluation],
    service: NamedDependency[Service],
    settings: NamedDependency[Settings],
    evaluations: NamedDependency[Evaluations],
) -> Response[RunHeader]:
    """Start an evaluation, which goes on beside the other work; one at a time."""
    examples = await to_thread.run_sync(_examples, data, settings)
    test_set = data.test_set if data.split is None else f"{data.test_set}-{data.split}"
    run_id = await evaluations.start(
        examples, service, test_set=test_set, arm=data.arm, seed=data.seed, parallel=data.parallel
    )
    header = await to_thread.run_sync(load_header, settings.home, run_id)
    return Response(header, headers={"Location": f"/v1/evaluations/{run_id}"})


def _examples(wanted: StartEvaluation, settings: Settings) -> list[Example]:
    path = settings.corpus_dir / f"{wanted.test_set}.jsonl"
    if not _TEST_SET.fullmatch(wanted.test_set) or not path.is_file():
        raise InvalidInput(f"no test set {wanted.test_set!r} in the corpus folder", field="test_set")
    examples = load_testset(path)
    chosen = [example for example in examples if wanted.split in (None, example.split)]
    if not chosen:
        splits = ", ".join(sorted({example.split for example in examples if example.split}))
        raise InvalidInput(f"the test set has no split {wanted.split!r}, only {splits or 'none'}", field="split")
    return chosen


def _asked(home: Path, run_id: str) -> int:
    path = rows_path(home, run_id)
    return path.read_bytes().count(b"\n") if path.exists() else 0


def _measures(home: Path, run_id: str) -> dict[str, Any] | None:
    path = run_folder(home, run_id) / "summary.json"
    if not path.exists():
        return None
    measures: dict[str, Any] = msgspec.json.decode(path.read_bytes())["measures"]
    return measures
