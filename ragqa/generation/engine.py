"""Continuous batching: one thread owns the model, requests join and leave between its steps.

Admission is by places of the KV cache, the queue is bounded, every request has a deadline, a request whose reader is
gone ends at the next step, and an error in a step fails the requests in it and leaves the engine running. After several
failing steps, or when its thread has ended, the engine starts itself again with an empty cache and new graphs; one that
needs this too often says that it is not healthy, and why.
"""

import asyncio
import logging
import threading
import time
from collections import deque
from collections.abc import AsyncGenerator

import msgspec

from ragqa.devices import use_all_cores
from ragqa.errors import GenerationFailed, InvalidInput, Overloaded
from ragqa.generation.batch import Batch, Runner
from ragqa.generation.jobs import GenerationRequest, Job, Tokens
from ragqa.generation.places import Places
from ragqa.generation.supervision import Restarts

logger = logging.getLogger(__name__)
CHECK_SECONDS = 1.0


class EngineLimits(msgspec.Struct, frozen=True, kw_only=True):
    """What the engine takes on at once; `prompt_chunk` counts tokens, `stall_seconds` the longest believable step.

    After `failures` failing steps in a row it restarts, at most `restarts` times within `restart_seconds`.
    """

    rows: int = 32
    queue: int = 64
    prompt_chunk: int = 512
    stall_seconds: float = 60.0
    failures: int = 3
    restarts: int = 3
    restart_seconds: float = 600.0


class Engine:
    """Streams tokens to many callers from one model."""

    def __init__(self, runner: Runner, limits: EngineLimits | None = None) -> None:
        self.runner = runner
        self.limits = limits or EngineLimits()
        self.batch = Batch(runner, rows=self.limits.rows, prompt_chunk=self.limits.prompt_chunk)
        self.waiting: deque[Job] = deque()
        self.failures = 0
        self.reason = ""
        self._restarts = Restarts(self.limits.restarts, self.limits.restart_seconds)
        self._beat = time.monotonic()
        self._wake = threading.Condition()
        self._thread: threading.Thread | None = None
        self._closed = False

    @property
    def running(self) -> list[Job]:
        """The requests in the batch."""
        return self.batch.running

    @property
    def places(self) -> Places:
        """The KV cache's places."""
        return self.batch.places

    @property
    def stalled(self) -> bool:
        """Whether the current step has taken longer than any step should."""
        busy = bool(self.running or self.waiting)
        return busy and time.monotonic() - self._beat > self.limits.stall_seconds

    @property
    def broken(self) -> bool:
        """Whether it has failed too often in a row and is not restarted yet; `reason` says more."""
        return self.failures >= self.limits.failures

    @property
    def healthy(self) -> bool:
        """Whether the engine answers; one that stays unhealthy calls for a restart of the service."""
        return not (self._closed or self.stalled or self.broken)

    async def stream(self, request: GenerationRequest) -> AsyncGenerator[Tokens, None]:
        """Yield tokens until the request is finished. Raises InvalidInput, Overloaded, GenerationFailed."""
        job = Job.of(request)
        self._submit(job)
        try:
            while True:
                event = await self._next_event(job)
                if isinstance(event, GenerationFailed):
                    raise event
                yield event
                if event.finished:
                    return
        finally:
            with self._wake:
                job.cancelled = True
                self._wake.notify()

    def close(self) -> None:
        """Stop the thread after its current step; waiting and running requests fail."""
        with self._wake:
            self._closed = True
            self._wake.notify()
        if self._thread is not None:
            self._thread.join(self.limits.stall_seconds)

    async def _next_event(self, job: Job) -> Tokens | GenerationFailed:
        """Wait for the job's next event, looking up now and then whether the engine still lives."""
        while True:
            left = job.deadline - time.monotonic()
            if left <= 0:
                return GenerationFailed(f"no answer within {job.request.deadline_seconds:g} s; ask again")
            try:
                return await asyncio.wait_for(job.events.get(), min(left, CHECK_SECONDS))
            except TimeoutError:
                if self.stalled:
                    return GenerationFailed(f"the model has not answered for {self.limits.stall_seconds:g} s")
                with self._wake:
                    self._keep_thread()

    def _submit(self, job: Job) -> None:
        self._refuse_oversize(job)
        with self._wake:
            if self.broken:
                told = f"the generator is not answering: {self.reason}"
                raise Overloaded(told, retry_after=max(5.0, self._restarts.wait))
            if not self.healthy:
                raise Overloaded("the generator is not answering", retry_after=30.0)
            if len(self.waiting) >= self.limits.queue:
                raise Overloaded(f"{len(self.waiting)} questions are waiting already", retry_after=5.0)
            if not (self.running or self.waiting):
                self._beat = time.monotonic()
            self.waiting.append(job)
            self._keep_thread()
            self._wake.notify()

    def _refuse_oversize(self, job: Job) -> None:
        fitting = min(self.places.total, self.runner.context)
        if job.size > fitting:
            raise InvalidInput(
                f"the question and its passages make {len(job.request.ids)} tokens, which with "
                f"{job.request.max_new_tokens} of an answer exceed the {fitting} that fit: ask a shorter question, or "
                "lower RAGQA_CONTEXT_PASSAGES or RAGQA_MAX_NEW_TOKENS, or raise RAGQA_KV_TOKENS",
                field="question",
            )

    def _keep_thread(self) -> None:
        """Start the thread, or start it again if it has ended by itself; the caller holds the lock."""
        if self._closed or (self._thread is not None and self._thread.is_alive()):
            return
        if self._thread is not None:
            logger.error("the engine's thread has ended; it is started again")
            self.failures, self.reason = self.limits.failures, "its thread ended"
            self.batch.fail(GenerationFailed("the engine's thread ended before the answer did; ask again"))
        self._beat = time.monotonic()
        self._thread = threading.Thread(target=self._run, name="ragqa-engine", daemon=True)
        self._thread.start()

    def _run(self) -> None:
        use_all_cores()
        while self._wait_for_work():
            if not self.broken or self._restart():
                self._try_step()
        self._fail_all(GenerationFailed("the generator was closed"))

    def _wait_for_work(self) -> bool:
        """Wait until there is something to do, a restart that is due included; False if the engine was closed."""
        with self._wake:
            while not self._closed and not self.waiting and not self.running:
                pause = self._restarts.wait if self.broken else None
                if pause == 0:
                    break
                self._wake.wait(pause)
            self._beat = time.monotonic()
            return not self._closed

    def _restart(self) -> bool:
        """Empty the cache and make the graphs anew; if that fails, or is one time too many, fail what waits."""
        if not self._restarts.take():
            most, seconds = self._restarts.most, self._restarts.seconds
            self.reason = f"{self.reason}; it was restarted {most} times within {seconds:g} s already"
        else:
            try:
                self.runner.reset()
                logger.warning("the engine was restarted: %s", self.reason)
                self.failures, self.reason = 0, ""
                return True
            except Exception as error:
                logger.exception("the engine could not be restarted")
                self.reason = f"it could not be restarted: {error}"
        self._fail_all(GenerationFailed(f"the generator failed: {self.reason}"))
        return False

    def _try_step(self) -> None:
        try:
            self._step()
            self.failures = 0
        except Exception as error:
            # Whatever a step raises belongs to the requests in it: the next ones get a fresh start.
            logger.exception("a generation step failed")
            self.failures += 1
            self.reason = f"{self.failures} steps failed in a row, the last with: {error}"
            self.batch.fail(GenerationFailed(f"the model failed: {error}"))

    def _step(self) -> None:
        self._drop_ended()
        while self.waiting and self.batch.admit(self.waiting[0]):
            with self._wake:
                self.waiting.popleft()
        self.batch.step()
        self._drop_ended()

    def _drop_ended(self) -> None:
        self.batch.drop_ended()
        with self._wake:
            self.waiting = deque(job for job in self.waiting if not job.cancelled)

    def _fail_all(self, error: GenerationFailed) -> None:
        self.batch.fail(error)
        while self.waiting:
            self.waiting.popleft().report(error)
