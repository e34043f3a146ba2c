"""What the command line and the API call, in one place. Imports scipy and scikit-learn: import it when it is needed."""

from collections.abc import Sequence

import anyio

from ragqa.evaluation.controls import Arm
from ragqa.evaluation.examples import Example, load_testset, write_testset
from ragqa.evaluation.measures import Measures, measure
from ragqa.evaluation.running import AskedService, run_evaluation
from ragqa.evaluation.runs import Run, RunHeader, list_runs, load_header, load_run
from ragqa.evaluation.summary import Line, summary_lines, write_summary
from ragqa.protocols import Progress

__all__ = [
    "Arm",
    "Example",
    "Line",
    "Measures",
    "Run",
    "RunHeader",
    "evaluate",
    "list_runs",
    "load_header",
    "load_run",
    "load_testset",
    "measure",
    "run_evaluation",
    "summary_lines",
    "write_summary",
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
