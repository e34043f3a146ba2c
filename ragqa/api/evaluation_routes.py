"""Starting, watching and cancelling evaluations, and reading what came of them."""

import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Annotated, Any, Literal

import msgspec
from anyio import to_thread
from litestar import MediaType, Response, get, post
from litestar.di import NamedDependency
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import FromPath, JSONBody
from litestar.response import ServerSentEvent, ServerSentEventMessage
from msgspec import Meta

from ragqa.api.access import needs
from ragqa.api.evaluations import Evaluations
from ragqa.api.operations import EVENT_STREAM
from ragqa.api.problems import documented
from ragqa.api.streaming import STILL_WORKING
from ragqa.bootstrap import Service
from ragqa.config import Settings
from ragqa.corpus.keys import Scope
from ragqa.errors import InvalidInput
from ragqa.evaluation.controls import Arm
from ragqa.evaluation.examples import Example, load_testset
from ragqa.evaluation.runs import RunHeader, list_runs, load_header, rows_path, run_folder

REPORT_HEADERS = {
    # The page brings its own script and style and needs nothing else, whatever its questions say.
    "Content-Security-Policy": "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; "
    "img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
}
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


class EvaluationEvent(msgspec.Struct, frozen=True, kw_only=True):
    """One event of a run that is watched."""

    event: Literal["progress", "evaluation"]
    data: Annotated[
        str,
        Meta(description="JSON: of progress run_id, status, ahead, asked, questions, seconds_left; else an Evaluation"),
    ]


EVENTS = ResponseSpec(EvaluationEvent, generate_examples=False, media_type=EVENT_STREAM, description="Events")


@get("/v1/evaluations", tags=["evaluations"], sync_to_thread=True, responses=documented())
def list_evaluations(settings: NamedDependency[Settings]) -> list[RunHeader]:
    """List all runs, newest first."""
    return list_runs(settings.home)


@get("/v1/evaluations/{run_id:str}", tags=["evaluations"], sync_to_thread=True, responses=documented(404))
def read_evaluation(run_id: FromPath[str], settings: NamedDependency[Settings]) -> Evaluation:
    """Return a run with its measures, which are null until it is finished."""
    return evaluation_of(settings.home, run_id)


@get(
    "/v1/evaluations/{run_id:str}/events",
    tags=["evaluations"],
    media_type=EVENT_STREAM,
    responses={200: EVENTS, **documented(404)},
)
async def watch_evaluation(
    run_id: FromPath[str], settings: NamedDependency[Settings], evaluations: NamedDependency[Evaluations]
) -> ServerSentEvent:
    """Follow a run: `progress` whenever it gets further, and at its end the `evaluation` with its measures.

    Of a run that is not under way in this server only the `evaluation` comes.
    """
    await to_thread.run_sync(load_header, settings.home, run_id)
    return ServerSentEvent(_messages(run_id, settings, evaluations))


@post(
    "/v1/evaluations/{run_id:str}/cancel",
    status_code=200,
    tags=["evaluations"],
    opt=needs(Scope.EVALUATE),
    responses=documented(404, 409, 413),
)
async def cancel_evaluation(
    run_id: FromPath[str], settings: NamedDependency[Settings], evaluations: NamedDependency[Evaluations]
) -> Evaluation:
    """Stop a run that waits or runs; what it asked is kept, and `ragqa evaluate --run` goes on with it."""
    await evaluations.cancel(run_id)
    return await to_thread.run_sync(evaluation_of, settings.home, run_id)


@get(
    "/v1/evaluations/{run_id:str}/report",
    tags=["evaluations"],
    media_type=MediaType.HTML,
    sync_to_thread=True,
    responses=documented(404),
)
def read_report(
    run_id: FromPath[str], service: NamedDependency[Service], settings: NamedDependency[Settings]
) -> Response[str]:
    """Return a run as one page for a browser: every measure and every question."""
    load_header(settings.home, run_id)
    # Only for a run that is there: importing what draws its plots takes seconds.
    from ragqa.evaluation.service import current_report

    page = current_report(settings.home, run_id, service.store)
    return Response(page, media_type=MediaType.HTML, headers=REPORT_HEADERS)


@post(
    "/v1/evaluations",
    status_code=202,
    tags=["evaluations"],
    opt=needs(Scope.EVALUATE),
    responses=documented(409, 413, 415),
)
async def start_evaluation(
    data: JSONBody[StartEvaluation],
    complete_service: NamedDependency[Service],
    settings: NamedDependency[Settings],
    evaluations: NamedDependency[Evaluations],
) -> Response[RunHeader]:
    """Start an evaluation beside the other work; one runs at a time, and others wait in the order they came."""
    examples = await to_thread.run_sync(chosen_examples, data, settings)
    test_set = data.test_set if data.split is None else f"{data.test_set}-{data.split}"
    header = await evaluations.start(
        examples, complete_service, test_set=test_set, arm=data.arm, seed=data.seed, parallel=data.parallel
    )
    return Response(header, headers={"Location": f"/v1/evaluations/{header.run_id}"})


def chosen_examples(wanted: StartEvaluation, settings: Settings) -> list[Example]:
    """Return the questions to ask. Raises InvalidInput if there is no such test set or split."""
    path = settings.corpus_dir / f"{wanted.test_set}.jsonl"
    if not _TEST_SET.fullmatch(wanted.test_set) or not path.is_file():
        raise InvalidInput(f"no test set {wanted.test_set!r} in the corpus folder", field="test_set")
    examples = load_testset(path)
    chosen = [example for example in examples if wanted.split in (None, example.split)]
    if not chosen:
        splits = ", ".join(sorted({example.split for example in examples if example.split}))
        raise InvalidInput(f"the test set has no split {wanted.split!r}, only {splits or 'none'}", field="split")
    return chosen


async def _messages(run_id: str, settings: Settings, evaluations: Evaluations) -> AsyncIterator[ServerSentEventMessage]:
    async for progress in evaluations.watch(run_id, settings.heartbeat):
        yield (
            STILL_WORKING
            if progress is None
            else ServerSentEventMessage(data=msgspec.json.encode(progress), event="progress")
        )
    ended = await to_thread.run_sync(evaluation_of, settings.home, run_id)
    yield ServerSentEventMessage(data=msgspec.json.encode(ended), event="evaluation")


def evaluation_of(home: Path, run_id: str) -> Evaluation:
    """Read a run as it is now. Raises NotFound."""
    return Evaluation(run=load_header(home, run_id), asked=_asked(home, run_id), measures=_measures(home, run_id))


def _asked(home: Path, run_id: str) -> int:
    path = rows_path(home, run_id)
    return path.read_bytes().count(b"\n") if path.exists() else 0


def _measures(home: Path, run_id: str) -> dict[str, Any] | None:
    path = run_folder(home, run_id) / "summary.json"
    if not path.exists():
        return None
    measures: dict[str, Any] = msgspec.json.decode(path.read_bytes())["measures"]
    return measures
