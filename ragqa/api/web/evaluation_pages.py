"""The evaluations page: runs and their figures, starting and watching one, comparing two."""

from collections.abc import AsyncIterator

from anyio import to_thread
from litestar import Response, Router, get, post
from litestar.di import NamedDependency
from litestar.exceptions import HTTPException
from litestar.params import FromPath, FromQuery
from litestar.response import Redirect, ServerSentEvent, ServerSentEventMessage

from ragqa.api.access import needs
from ragqa.api.comparison_routes import compared
from ragqa.api.evaluation_routes import StartEvaluation, chosen_examples
from ragqa.api.evaluations import Evaluations
from ragqa.api.streaming import STILL_WORKING
from ragqa.api.web.contents import AnyRequest, content, page_language, work_problem
from ragqa.api.web.evaluation_views import ARMS, STATUSES, choices, difference_lines, run_view, run_views
from ragqa.api.web.pages import SECURITY_HEADERS, render
from ragqa.bootstrap import Service
from ragqa.config import Settings
from ragqa.corpus.keys import Scope
from ragqa.datatypes import Language
from ragqa.errors import InvalidInput
from ragqa.evaluation.controls import Arm
from ragqa.evaluation.runs import load_header


@get("/evaluations", sync_to_thread=True, opt=needs(Scope.ASK))
def evaluations_page(request: AnyRequest, settings: NamedDependency[Settings]) -> Response[str]:
    """List the runs, with the form that starts one."""
    sets = choices(settings.corpus_dir)
    return content(
        request, "_evaluations.html.j2", runs=run_views(settings.home), sets=sets, arms=ARMS, statuses=STATUSES
    )


@post("/evaluations", status_code=202, opt=needs(Scope.EVALUATE))
async def start_page(
    request: AnyRequest,
    complete_service: NamedDependency[Service],
    settings: NamedDependency[Settings],
    evaluations: NamedDependency[Evaluations],
) -> Redirect:
    """Start a run and show it."""
    sent = await request.form()
    test_set, _, split = str(sent.get("questions") or "").partition("/")
    arm = str(sent.get("arm") or Arm.NORMAL)
    if arm not in tuple(Arm):
        raise InvalidInput(f"arm {arm!r} is none of {', '.join(Arm)}", field="arm")
    wanted = StartEvaluation(test_set=test_set, split=split or None, arm=Arm(arm))
    examples = await to_thread.run_sync(chosen_examples, wanted, settings)
    header = await evaluations.start(
        examples,
        complete_service,
        test_set=f"{test_set}-{split}" if split else test_set,
        arm=wanted.arm,
        seed=wanted.seed,
        parallel=wanted.parallel,
    )
    return Redirect(f"/evaluations/runs/{header.run_id}", status_code=303)


@get("/evaluations/runs/{run_id:str}", sync_to_thread=True, opt=needs(Scope.ASK))
def run_page(request: AnyRequest, run_id: FromPath[str], settings: NamedDependency[Settings]) -> Response[str]:
    """Show a run: how far it is, or what it shows."""
    return content(request, "_run.html.j2", view=run_view(settings.home, run_id), arms=ARMS, statuses=STATUSES)


@get("/evaluations/runs/{run_id:str}/events", opt=needs(Scope.ASK))
async def watch_page(
    request: AnyRequest,
    run_id: FromPath[str],
    settings: NamedDependency[Settings],
    evaluations: NamedDependency[Evaluations],
) -> ServerSentEvent:
    """Follow a run: how far it is, as HTML, and `over` at its end."""
    await to_thread.run_sync(load_header, settings.home, run_id)
    messages = _messages(run_id, page_language(request), settings, evaluations)
    return ServerSentEvent(messages, headers=SECURITY_HEADERS)


@post("/evaluations/runs/{run_id:str}/cancel", status_code=200, opt=needs(Scope.EVALUATE))
async def cancel_page(run_id: FromPath[str], evaluations: NamedDependency[Evaluations]) -> Redirect:
    """Stop a run and show what it asked."""
    await evaluations.cancel(run_id)
    return Redirect(f"/evaluations/runs/{run_id}", status_code=303)


@get("/evaluations/compare", opt=needs(Scope.ASK))
async def comparison_page(
    request: AnyRequest,
    settings: NamedDependency[Settings],
    evaluations: NamedDependency[Evaluations],
    run: FromQuery[list[str] | None] = None,
) -> Response[str]:
    """Show what differs between the older of the chosen runs and each newer one."""
    run_ids = sorted(run or [])
    if not 2 <= len(run_ids) <= 10:
        raise InvalidInput("choose two runs, or up to ten", field="run")
    async with evaluations.comparing:
        _, comparisons = await to_thread.run_sync(compared, settings, run_ids)
    lines = [(each, difference_lines(each)) for each in comparisons]
    return content(request, "_comparison.html.j2", comparisons=lines, run_ids=run_ids, arms=ARMS, statuses=STATUSES)


def evaluations_router() -> Router:
    """Return the evaluations page."""
    return Router(
        "/",
        route_handlers=[evaluations_page, start_page, run_page, watch_page, cancel_page, comparison_page],
        exception_handlers={HTTPException: work_problem, Exception: work_problem},
        include_in_schema=False,
    )


async def _messages(
    run_id: str, lang: Language, settings: Settings, evaluations: Evaluations
) -> AsyncIterator[ServerSentEventMessage]:
    async for progress in evaluations.watch(run_id, settings.heartbeat):
        if progress is None:
            yield STILL_WORKING
        else:
            html = render("_progress.html.j2", lang, progress=progress)
            yield ServerSentEventMessage(data=html, event="piece")
    yield ServerSentEventMessage(data=run_id, event="over")
