"""The running requests of one model and the step that they share; used by the engine's one thread.

Prompts are fed in chunks beside the running requests' next tokens, so that a long prompt delays nobody for long. What
a prompt shares with an earlier one is copied instead of computed again.
"""

from collections.abc import Sequence
from typing import Protocol

import torch

from ragqa.errors import GenerationFailed
from ragqa.generation.arena import Arena, Segment
from ragqa.generation.constraints import Constraint, TokenMasks
from ragqa.generation.jobs import Job, Tokens
from ragqa.generation.places import Places


class Runner(Protocol):
    """A model over an arena."""

    arena: Arena
    first_place: int
    context: int

    def forward(self, segments: Sequence[Segment]) -> torch.Tensor:
        """Return float32 logits (segments, vocabulary) for the token after each segment's last."""
        ...

    def reset(self) -> None:
        """Empty the arena, and make anew what was captured over it."""
        ...


class Batch:
    """Requests that hold places of the KV cache, and their next tokens."""

    def __init__(self, runner: Runner, *, rows: int, prompt_chunk: int) -> None:
        self.runner = runner
        self.rows = rows
        self.prompt_chunk = prompt_chunk
        self.places = Places(runner.first_place, runner.arena.places - runner.first_place)
        self.running: list[Job] = []
        self._masks = TokenMasks()

    def admit(self, job: Job) -> bool:
        """Take a request in if there is a row and room for its longest answer."""
        if len(self.running) >= self.rows or not self._place(job):
            return False
        self.running.append(job)
        return True

    def step(self) -> None:
        """Compute one token more of every request, or a chunk more of its prompt."""
        jobs, segments = self._compose()
        if not jobs:
            return
        logits = self.runner.forward(segments)
        best = self._masks.apply(logits, list(map(_holding, jobs, segments))).argmax(-1).tolist()
        for row, (job, segment) in enumerate(zip(jobs, segments, strict=True)):
            assert job.held is not None
            job.held.ids.extend(segment.ids)
            del job.pending[: len(segment.ids)]
            if not job.pending:
                self._advance(job, best[row], logits[row])

    def drop_ended(self) -> None:
        """Let go of requests that are done or whose reader is gone."""
        for job in [job for job in self.running if job.cancelled or job.done]:
            self._leave(job)

    def fail(self, error: GenerationFailed) -> None:
        """End every request with an error; what the failed step wrote is unknown, so nothing of it is shared."""
        for job in self.running:
            job.report(error)
        self.running.clear()
        self.places.ranges.clear()

    def _leave(self, job: Job) -> None:
        self.running.remove(job)
        if job.held is not None:
            self.places.give_back(job.held)

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
        jobs, segments, budget = [], [], self.prompt_chunk
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
        if not job.chosen:
            self._choose(job, logits)
            return
        request, constraint = job.request, job.constraint
        job.generated += 1
        # A constraint that refuses what its own mask allowed is broken: the text ends there, and the parser judges it.
        stop = best in request.stop_ids or (constraint is not None and not constraint.accept((best,)))
        ended = stop or (constraint is not None and constraint.finished)
        finished = ended or job.generated >= request.max_new_tokens
        job.pending = [best]
        if finished:
            self._leave(job)  # before the asker hears of the end, who may look at once whether the places are free
        job.report(Tokens(ids=() if stop else (best,), finished=finished))

    def _choose(self, job: Job, logits: torch.Tensor) -> None:
        """Begin with the likeliest of the request's choices."""
        choices, constraint = job.request.choices, job.constraint
        probabilities = logits[[choice[0] for choice in choices]].softmax(-1).tolist()
        choice = choices[probabilities.index(max(probabilities))]
        job.chosen, job.pending = True, list(choice)
        finished = constraint is not None and not (constraint.accept(choice) and not constraint.finished)
        if finished:
            self._leave(job)
        job.report(Tokens(ids=choice, probabilities=tuple(probabilities), finished=finished))


def _holding(job: Job, segment: Segment) -> Constraint | None:
    """Return what the token after this segment is held to: nothing inside a prompt, and where a choice is made."""
    return job.constraint if job.chosen and len(job.pending) == len(segment.ids) else None
