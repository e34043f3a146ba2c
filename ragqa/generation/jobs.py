"""Requests to the engine, what comes back, and the state of one request while it runs."""

import asyncio
import time
from dataclasses import dataclass, field

import msgspec

from ragqa.errors import GenerationFailed
from ragqa.generation.constraints import Constraint
from ragqa.generation.places import Range


class GenerationRequest(msgspec.Struct, frozen=True, kw_only=True):
    """A prompt and where to stop.

    If `choices` are given, generation begins with one of these token sequences, the one whose first token is
    likeliest; their first tokens differ. What comes then, the choice included, fits the `constraint`, which belongs to
    this request alone.
    """

    ids: tuple[int, ...]
    max_new_tokens: int
    choices: tuple[tuple[int, ...], ...] = ()
    stop_ids: frozenset[int] = frozenset()
    deadline_seconds: float = 120.0
    constraint: Constraint | None = None


class Tokens(msgspec.Struct, frozen=True, kw_only=True):
    """New tokens of a request; `probabilities` of the choices come once, with the choice made."""

    ids: tuple[int, ...]
    probabilities: tuple[float, ...] | None = None
    finished: bool = False


@dataclass(eq=False)
class Job:
    """A request on its way; `pending` tokens are to be fed to the model next."""

    request: GenerationRequest
    loop: asyncio.AbstractEventLoop
    events: "asyncio.Queue[Tokens | GenerationFailed]"
    deadline: float
    pending: list[int]
    held: Range | None = None
    generated: int = 0
    cancelled: bool = False
    done: bool = False
    chosen: bool = field(init=False)

    def __post_init__(self) -> None:
        """A request without choices has nothing to choose."""
        self.chosen = not self.request.choices

    @classmethod
    def of(cls, request: GenerationRequest) -> "Job":
        """Make a job that reports to the running event loop."""
        deadline = time.monotonic() + request.deadline_seconds
        return cls(request, asyncio.get_running_loop(), asyncio.Queue(), deadline, list(request.ids))

    @property
    def constraint(self) -> Constraint | None:
        """What the text is held to, if anything."""
        return self.request.constraint

    @property
    def size(self) -> int:
        """Places the request may fill in all."""
        longest = max((len(choice) for choice in self.request.choices), default=0)
        return len(self.request.ids) + self.request.max_new_tokens + longest

    def report(self, event: Tokens | GenerationFailed) -> None:
        """Hand an event to the waiting coroutine, from any thread."""
        if isinstance(event, GenerationFailed) or event.finished:
            self.done = True
        try:
            self.loop.call_soon_threadsafe(self.events.put_nowait, event)
        except RuntimeError:
            # The loop is closed: nobody waits for this answer any more.
            self.cancelled = True
