"""The evaluation that runs beside the server's other work; runs themselves are files that outlive it."""

import asyncio
import datetime
import secrets
from collections.abc import AsyncIterator, Callable, Coroutine, Sequence
from contextlib import asynccontextmanager
from typing import Any

import structlog
from anyio import to_thread
from litestar import Litestar

from ragqa.bootstrap import Service
from ragqa.errors import Conflict
from ragqa.evaluation.controls import Arm
from ragqa.evaluation.examples import Example
from ragqa.evaluation.runs import Run


class Evaluations:
    """At most one evaluation at a time; one that the server's end interrupts can be resumed from its run."""

    def __init__(self) -> None:
        self._task: asyncio.Task[Run] | None = None

    @asynccontextmanager
    async def lifespan(self, _: Litestar) -> AsyncIterator[None]:
        """Stop the evaluation under way when the server stops."""
        yield
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait([self._task])

    async def start(
        self, examples: Sequence[Example], service: Service, *, test_set: str, arm: Arm, seed: int, parallel: int
    ) -> str:
        """Start a run and return its id; its header is stored then. Raises Conflict while another is under way."""
        # In a thread, because it takes seconds: the measures import scipy and scikit-learn.
        run_evaluation = await to_thread.run_sync(_load)
        if self._task is not None and not self._task.done():
            raise Conflict("an evaluation is under way already; wait for it to finish")
        moment = datetime.datetime.now(datetime.UTC).strftime("%Y%m%dT%H%M%S")
        run_id = f"{moment}-{arm}-{secrets.token_hex(2)}"
        self._task = asyncio.create_task(
            run_evaluation(examples, service, test_set=test_set, arm=arm, seed=seed, parallel=parallel, run_id=run_id)
        )
        # It stores the header, or refuses, before it waits for anything.
        await asyncio.sleep(0)
        if self._task.done():
            self._task.result()
        self._task.add_done_callback(_tell)
        return run_id


def _load() -> Callable[..., Coroutine[Any, Any, Run]]:
    from ragqa.evaluation.running import run_evaluation

    return run_evaluation


def _tell(task: asyncio.Task[Run]) -> None:
    log = structlog.get_logger("ragqa.api")
    if task.cancelled():
        log.warning("evaluation stopped")
    elif (error := task.exception()) is not None:
        log.error("evaluation failed", exc_info=error)
    else:
        log.info("evaluation finished", run_id=task.result().header.run_id)
