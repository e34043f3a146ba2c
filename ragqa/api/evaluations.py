"""The evaluations that run beside the server's other work, one at a time; runs are files that outlive it."""

import asyncio
import datetime
import secrets
import time
from collections.abc import AsyncIterator, Callable, Coroutine, Sequence
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Any, Literal

import anyio
import msgspec
import structlog
from anyio import to_thread
from litestar import Litestar

from ragqa.bootstrap import Service
from ragqa.errors import Conflict, Overloaded
from ragqa.evaluation.controls import Arm
from ragqa.evaluation.examples import Example
from ragqa.evaluation.runs import Run, RunHeader, load_header, stop_orphans, write_header

MAX_WAITING = 20
RETRY_AFTER = 60.0


class EvaluationProgress(msgspec.Struct, frozen=True, kw_only=True):
    """How far a run is; `ahead` counts the runs before it, `seconds_left` is null until it can be told."""

    run_id: str
    status: Literal["waiting", "running"]
    ahead: int
    asked: int
    questions: int
    seconds_left: float | None


class _Underway:
    """One run that waits or runs; `changed` is replaced whenever it is set, so that each watcher misses nothing."""

    def __init__(self, questions: int) -> None:
        self.questions = questions
        self.asked = 0
        self.began: float | None = None
        self.changed = asyncio.Event()
        self.task: asyncio.Task[None] | None = None

    def tell(self, asked: int, questions: int) -> None:
        """Note that so many are asked, and wake the watchers."""
        self.asked, self.questions = asked, questions
        self.changed.set()
        self.changed = asyncio.Event()

    def seconds_left(self) -> float | None:
        """Return the time that the rest takes at the pace so far."""
        if self.began is None or not self.asked:
            return None
        return round((time.monotonic() - self.began) / self.asked * (self.questions - self.asked), 1)


class Evaluations:
    """One evaluation at a time, as they share the generator and its GPU; the others wait in the order they came."""

    def __init__(self, home: Path) -> None:
        self._home = home
        self._underway: dict[str, _Underway] = {}
        self._turn = asyncio.Lock()
        self.comparing = asyncio.Lock()
        """Held while runs are compared, which takes a processor for seconds."""

    @asynccontextmanager
    async def lifespan(self, _: Litestar) -> AsyncIterator[None]:
        """Tell which runs a killed server left; stop those under way when this one stops."""
        await to_thread.run_sync(stop_orphans, self._home)
        yield
        for run_id in list(self._underway):
            await self._end(run_id)

    async def start(
        self, examples: Sequence[Example], service: Service, *, test_set: str, arm: Arm, seed: int, parallel: int
    ) -> RunHeader:
        """Queue a run and return its header as it is stored then. Raises Overloaded if too many wait."""
        if len(self._underway) > MAX_WAITING:
            raise Overloaded(f"{MAX_WAITING} evaluations wait already; cancel some, or wait", retry_after=RETRY_AFTER)
        moment = datetime.datetime.now(datetime.UTC).strftime("%Y%m%dT%H%M%S")
        run_id = f"{moment}-{arm}-{secrets.token_hex(2)}"
        underway = self._underway[run_id] = _Underway(len(examples))
        asked = {"test_set": test_set, "arm": arm, "seed": seed, "run_id": run_id}
        try:
            header, run = await to_thread.run_sync(partial(_announced, examples, service, asked))
        except BaseException:
            del self._underway[run_id]
            raise
        underway.task = asyncio.create_task(self._run(run_id, partial(run, parallel=parallel, progress=underway.tell)))
        return header

    async def cancel(self, run_id: str) -> None:
        """Stop a run, or take it out of the queue; what it asked is kept. Raises NotFound, Conflict if it is over."""
        header = await to_thread.run_sync(load_header, self._home, run_id)
        if run_id not in self._underway:
            raise Conflict(f"run {run_id!r} is {header.status} and not under way here; nothing is left to cancel")
        await self._end(run_id)

    async def watch(self, run_id: str, heartbeat: float) -> AsyncIterator[EvaluationProgress | None]:
        """Yield how far a run is whenever that changes, None after silence, until it is no longer under way here."""
        told = None
        while (underway := self._underway.get(run_id)) is not None:
            changed = underway.changed
            if (now := self._progress(run_id, underway)) != told:
                told = now
                yield now
            with anyio.move_on_after(heartbeat) as silence:
                await changed.wait()
            if silence.cancelled_caught:
                yield None

    async def _run(self, run_id: str, run: Callable[[], Coroutine[Any, Any, Run]]) -> None:
        log = structlog.get_logger("ragqa.api").bind(run_id=run_id)
        try:
            async with self._turn:
                self._underway[run_id].began = time.monotonic()
                self._wake()
                await run()
            log.info("evaluation finished")
        except asyncio.CancelledError:
            log.warning("evaluation stopped")
            raise
        except Exception as error:
            log.error("evaluation failed", exc_info=error)
        finally:
            self._stop_if_waiting(run_id)
            ended = self._underway.pop(run_id)
            ended.changed.set()
            self._wake()

    async def _end(self, run_id: str) -> None:
        underway = self._underway.get(run_id)
        if underway is not None and underway.task is not None:
            underway.task.cancel()
            await asyncio.wait([underway.task])

    def _stop_if_waiting(self, run_id: str) -> None:
        header = load_header(self._home, run_id)
        if header.status == "waiting":
            write_header(self._home, msgspec.structs.replace(header, status="stopped"))

    def _progress(self, run_id: str, underway: _Underway) -> EvaluationProgress:
        return EvaluationProgress(
            run_id=run_id,
            status="waiting" if underway.began is None else "running",
            ahead=0 if underway.began is not None else list(self._underway).index(run_id),
            asked=underway.asked,
            questions=underway.questions,
            seconds_left=underway.seconds_left(),
        )

    def _wake(self) -> None:
        """Tell all watchers: the queue moved."""
        for underway in self._underway.values():
            underway.tell(underway.asked, underway.questions)


def _announced(
    examples: Sequence[Example], service: Service, asked: dict[str, Any]
) -> tuple[RunHeader, Callable[..., Coroutine[Any, Any, Run]]]:
    """Store a waiting run, and return with it what will run it; importing the measures takes seconds."""
    from ragqa.evaluation.running import announce, run_evaluation

    return announce(examples, service, **asked), partial(run_evaluation, examples, service, **asked)
