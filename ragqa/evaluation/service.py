"""What the command line and the API call, in one place. It imports matplotlib and scipy: import it when needed."""

from collections.abc import Sequence
from pathlib import Path

import anyio
import msgspec

from ragqa.evaluation.checks import CheckReport, Finding, check_testset
from ragqa.evaluation.compare import compare_all, compare_runs
from ragqa.evaluation.comparison import Comparison
from ragqa.evaluation.controls import Arm
from ragqa.evaluation.drafts import make_drafts
from ragqa.evaluation.example_importers import read_csv, read_official
from ragqa.evaluation.examples import Example, load_testset, row_schema, write_testset
from ragqa.evaluation.gates import GateResult, fail_if_worse, max_wrong
from ragqa.evaluation.labels import (
    Agreement,
    Label,
    SupportedShare,
    add_label,
    agreement,
    import_labels,
    labellers,
    load_labels,
    supported_share,
    supported_share_with_judge,
    to_label,
)
from ragqa.evaluation.measures import Measures, measure
from ragqa.evaluation.report import comparison_html, run_html
from ragqa.evaluation.report_markdown import comparison_markdown, run_markdown
from ragqa.evaluation.running import AskedService, run_evaluation
from ragqa.evaluation.runs import Row, Run, RunHeader, list_runs, load_header, load_run, replace_file, run_folder
from ragqa.evaluation.summary import Line, summary_lines
from ragqa.protocols import CorpusStore, Progress

__all__ = [
    "Agreement",
    "Arm",
    "AskedService",
    "CheckReport",
    "Comparison",
    "Example",
    "Finding",
    "GateResult",
    "Label",
    "Line",
    "Measures",
    "Row",
    "Run",
    "RunHeader",
    "SupportedShare",
    "add_label",
    "agreement",
    "check_testset",
    "compare_all",
    "compare_runs",
    "comparison_html",
    "comparison_markdown",
    "current_report",
    "evaluate",
    "fail_if_worse",
    "import_labels",
    "labellers",
    "list_runs",
    "load_header",
    "load_labels",
    "load_run",
    "load_testset",
    "make_drafts",
    "max_wrong",
    "measure",
    "read_csv",
    "read_official",
    "row_schema",
    "run_evaluation",
    "run_html",
    "run_markdown",
    "summary_lines",
    "supported_share",
    "supported_share_with_judge",
    "to_label",
    "write_comparison",
    "write_report",
    "write_testset",
]


def evaluate(
    service: AskedService,
    examples: Sequence[Example],
    *,
    test_set: str,
    arm: Arm = Arm.NORMAL,
    parallel: int = 2,
    run_id: str | None = None,
    seed: int = 0,
    progress: Progress | None = None,
) -> Run:
    """Run an evaluation to its end from code without an event loop; see `run_evaluation`."""

    async def run() -> Run:
        return await run_evaluation(
            examples,
            service,
            test_set=test_set,
            arm=arm,
            parallel=parallel,
            run_id=run_id,
            seed=seed,
            progress=progress,
        )

    return anyio.run(run)


def write_report(home: Path, run_id: str, store: CorpusStore | None = None) -> Path:
    """Write report.html and report.md into a run's folder, beside summary.json; return the page. Raises NotFound."""
    run = load_run(home, run_id)
    page = run_folder(home, run_id) / "report.html"
    replace_file(page, run_html(run, store).encode())
    replace_file(page.with_suffix(".md"), run_markdown(run).encode())
    return page


def current_report(home: Path, run_id: str, store: CorpusStore | None = None) -> str:
    """Return a run's page; of a finished run it is written once, of another as far as it has come. Raises NotFound."""
    header, folder = load_header(home, run_id), run_folder(home, run_id)
    if header.status != "finished":
        return run_html(load_run(home, run_id), store)
    page = folder / "report.html"
    if not page.exists() or page.stat().st_mtime_ns < (folder / "run.json").stat().st_mtime_ns:
        write_report(home, run_id, store)
    return page.read_text("utf-8")


def write_comparison(
    home: Path, run_ids: Sequence[str], folder: Path, store: CorpusStore | None = None
) -> list[Comparison]:
    """Compare runs with the first; write each comparison as HTML, Markdown, JSON. Raises NotFound, InvalidInput."""
    runs = [load_run(home, run_id) for run_id in run_ids]
    comparisons = compare_all(runs)
    for comparison, second in zip(comparisons, runs[1:], strict=True):
        page = folder / f"{second.header.run_id}-against-{runs[0].header.run_id}.html"
        replace_file(page, comparison_html([comparison], [runs[0], second], store).encode())
        replace_file(page.with_suffix(".md"), comparison_markdown(comparison).encode())
        replace_file(page.with_suffix(".json"), msgspec.json.format(msgspec.json.encode(comparison), indent=2) + b"\n")
    return comparisons
