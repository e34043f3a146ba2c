"""Comparing runs, as JSON and as a page."""

from collections.abc import Sequence
from typing import Annotated

import msgspec
from anyio import to_thread
from litestar import MediaType, Response, get
from litestar.di import NamedDependency
from litestar.params import QueryParameter

from ragqa.api.evaluation_routes import REPORT_HEADERS
from ragqa.api.evaluations import Evaluations
from ragqa.api.problems import documented
from ragqa.bootstrap import Service
from ragqa.config import Settings
from ragqa.evaluation.comparison import Comparison
from ragqa.evaluation.runs import Run, load_run

RunIds = Annotated[list[str], QueryParameter(min_items=2, max_items=10, description="runs; the first is compared with")]


class Comparisons(msgspec.Struct, frozen=True, kw_only=True):
    """Each further run against the first; p values are adjusted over all of them together."""

    comparisons: list[Comparison]


@get("/v1/comparisons", tags=["evaluations"], responses=documented(404))
async def compare_evaluations(
    run: RunIds, settings: NamedDependency[Settings], evaluations: NamedDependency[Evaluations]
) -> Comparisons:
    """Compare runs of one test set with the first of them, question by question."""
    async with evaluations.comparing:
        _, comparisons = await to_thread.run_sync(compared, settings, run)
    return Comparisons(comparisons=comparisons)


@get("/v1/comparisons/report", tags=["evaluations"], media_type=MediaType.HTML, responses=documented(404))
async def read_comparison(
    run: RunIds,
    service: NamedDependency[Service],
    settings: NamedDependency[Settings],
    evaluations: NamedDependency[Evaluations],
) -> Response[str]:
    """Return the same as one page for a browser, with every question that changed."""
    async with evaluations.comparing:
        page = await to_thread.run_sync(_page, settings, run, service)
    return Response(page, media_type=MediaType.HTML, headers=REPORT_HEADERS)


def compared(settings: Settings, run_ids: Sequence[str]) -> tuple[list[Run], list[Comparison]]:
    """Compare runs with the first of them; blocks for seconds. Raises NotFound, InvalidInput."""
    runs = [load_run(settings.home, run_id) for run_id in run_ids]
    # Only once the runs are found: importing the statistics takes seconds.
    from ragqa.evaluation.compare import compare_all

    return runs, compare_all(runs)


def _page(settings: Settings, run_ids: Sequence[str], service: Service) -> str:
    runs, comparisons = compared(settings, run_ids)
    from ragqa.evaluation.report import comparison_html

    return comparison_html(comparisons, runs, service.store)
