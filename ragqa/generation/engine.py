"""Continuous batching: one thread owns the model, requests join and leave between its steps.

Prompts are fed in chunks beside the running requests' next tokens, so that a long prompt delays nobody for long.
Admission is by places of the KV cache, the queue is bounded, every request has a deadline, a request whose reader is
gone ends at the next step, and an error in a step fails the requests in it and leaves the engine running.
"""

import asyncio
import logging
import threading
import time
from collections import deque
from collections.abc import AsyncGenerator, Sequence
from typing import Protocol

import msgspec
import torch

from ragqa.errors import GenerationFailed, Overloaded
from ragqa.generation.arena import Arena, Segment
from ragqa.generation.jobs import GenerationRequest, Job, Tokens
from ragqa.generation.places import Places

logger = logging.getLogger(__name__)
CHECK_SECONDS = 1.0


class Runner(Protocol):
    """A model over an arena."""

    arena: Arena
    first_place: int
    context: int

    def forward(self, segments: Sequence[Segment]) -> torch.Tensor:
        """Return float32 logits (segments, vocabulary) for the token after each segment's last."""
        ...


class EngineLimits(msgspec.Struct, frozen=True, kw_only=True):
    """What the engine takes on at once; `prompt_chunk` counts tokens, `stall_seconds` the longest believable step."""

    rows: int = 32
    queue: int = 64
    prompt_chunk: int = 512
    stall_seconds: float = 60.0
    failures: int = 3


class Engine:
    """Streams tokens to many callers from one model."""

    def __init__(self, runner: Runner, limits: EngineLimits | None = None) -> None:
        self.runner = runner
        self.limits = limits or EngineLimits()
        self.places = Places(runner.first_place, runner.arena.places - runner.first_place)
        self.waiting: deque[Job] = deque()
        self.running: list[Job] = []
        self.failures = 0
        self._beat = time.monotonic()
        self._wake = threading.Condition()
        self._thread: threading.Thread | None = None
        self._closed = False

    @property
    def stalled(self) -> bool:
        """Whether the current step has taken longer than any step should."""
        return bool(self.running) and time.monotonic() - self._beat > self.limits.stall_seconds

    @property
    def healthy(self) -> bool:
        """Whether the engine answers; False calls for a restart of the service."""
        return not self._closed and not self.stalled and self.failures < self.limits.failures

    async def stream(self, request: GenerationRequest) -> AsyncGenerator[Tokens, None]:
        """Yield tokens until the request is finished. Raises Overloaded, GenerationFailed."""
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

    def _submit(self, job: Job) -> None:
        request = job.request
        if job.size > min(self.places.total, self.runner.context):
            raise GenerationFailed(
                f"{len(request.ids)} prompt tokens and {request.max_new_tokens} new ones exceed the "
                f"{min(self.places.total, self.runner.context)} that fit: send fewer passages or raise the KV cache"
            )
        if not self.healthy:
            raise Overloaded("the generator is not answering", retry_after=30.0)
        with self._wake:
            if len(self.waiting) >= self.limits.queue:
                raise Overloaded(f"{len(self.waiting)} questions are waiting already", retry_after=5.0)
            self.waiting.append(job)
            if self._thread is None or not self._thread.is_alive():
                self._beat = time.monotonic()
                self._thread = threading.Thread(target=self._run, name="ragqa-engine", daemon=True)
                self._thread.start()
            self._wake.notify()

    def _run(self) -> None:
        while self._wait_for_work():
            try:
                self._step()
                self.failures = 0
            except Exception as error:
                # Whatever a step raises belongs to the requests in it: the next ones get a fresh start.
                logger.exception("a generation step failed")
                self.failures += 1
                self._fail_running(GenerationFailed(f"the model failed: {error}"))
        self._fail_running(GenerationFailed("the generator was closed"))
        while self.waiting:
            self.waiting.popleft().report(GenerationFailed("the generator was closed"))

    def _wait_for_work(self) -> bool:
        with self._wake:
            while not self._closed and not self.waiting and not self.running:
                self._wake.wait()
            self._beat = time.monotonic()
            return not self._closed

    def _step(self) -> None:
        self._drop_cancelled()
        self._admit()
        jobs, segments = self._compose()
        if not jobs:
            return
        logits = self.runner.forward(segments)
        best = logits.argmax(-1).tolist()
        for row, (job, segment) in enumerate(zip(jobs, segments, strict=True)):
            assert job.held is not None
            job.held.ids.extend(segment.ids)
            del job.pending[: len(segment.ids)]
            if not job.pending:
                self._advance(job, best[row], logits[row])
        self._drop_cancelled()

    def _drop_cancelled(self) -> None:
        for job in [job for job in self.running if job.cancelled or job.done]:
            self._leave(job)
        with self._wake:
            self.waiting = deque(job for job in self.waiting if not job.cancelled)

    def _leave(self, job: Job) -> None:
        self.running.remove(job)
        if job.held is not None:
            self.places.give_back(job.held)

    def _admit(self) -> None:
        while self.waiting and len(self.running) < self.limits.rows:
            job = self.waiting[0]
            if not self._place(job):
                return
            with self._wake:
                self.waiting.popleft()
            self.running.append(job)

    def _place(self, job: Job) -> bool:
        """Give the job its range, with what an older request already computed of its beginning."""
        # The last token is always fed again: its logits are wanted.
        shared = self.places.longest_shared(job.request.ids[:-1])
        was_busy = shared[0].busy if shared else False
        if shared:
            shared[0].busy = True
        job.held = self.places.take(job.size)
        if shared:
            shared[0].busy = was_busy
        if job.held is None:
            if not shared or was_busy:
                return False
            job.held, shared = self.places.take(job.size), None
            if job.held is None:
                return False
        if shared:
            source, count = shared
            self.runner.arena.copy(source.start, job.held.start, count)
            job.held.ids = list(job.request.ids[:count])
            del job.pending[:count]
        return True

    def _compose(self) -> tuple[list[Job], list[Segment]]:
        """Take every running request's next token, and of prompts as much as a chunk allows."""
        jobs, segments, budget = [], [], self.limits.prompt_chunk
        for job in self.running:
            assert job.held is not None
            count = len(job.pending) if len(job.pending) == 1 else min(len(job.pending), budget)
            if count:
                budget -= count if len(job.pending) > 1 else 0
                jobs.append(job)
                segments.append(Segment(job.held.start, len(job.held.ids), tuple(job.pending[:count])))
        return jobs, segments

    def _advance(self, job: Job, best: int, logits: torch.Tensor) -> None:
        """Take the next token, report it, and say what is fed next."""
        request = job.request
        if not job.chosen:
            firsts = [choice[0] for choice in request.choices]
            probabilities = logits[firsts].softmax(-1).tolist()
            choice = request.choices[probabilities.index(max(probabilities))]
            job.chosen, job.pending = True, list(choice)
            job.report(Tokens(ids=choice, probabilities=tuple(probabilities)))
            return
        job.generated += 1
        stop = best in request.stop_ids
        finished = stop or job.generated >= request.max_new_tokens
        job.pending = [best]
        if finished:
            self._leave(job)  # before the asker hears of the end, who may look at once whether the places are free
        job.report(Tokens(ids=() if stop else (best,), finished=finished))

    def _fail_running(self, error: GenerationFailed) -> None:
        for job in self.running:
            job.report(error)
        # What the failed step wrote is unknown: nothing of it is shared.
        self.running.clear()
        self.places.ranges.clear()
