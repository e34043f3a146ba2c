"""How many questions are answered at once, how many may wait, and for how long."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import anyio

from ragqa.errors import DeadlineExceeded, Overloaded

RETRY_AFTER = 2.0


class Admission:
    """A bounded queue before the answering: what does not fit is refused at once instead of waiting in vain."""

    def __init__(self, *, parallel: int, waiting: int, deadline: float) -> None:
        self._free = asyncio.Semaphore(parallel)
        self.running = 0
        self.waiting = 0
        self._max_waiting = waiting
        self._deadline = deadline

    def check(self) -> None:
        """Raise Overloaded if one more question would not even find room to wait."""
        if self._free.locked() and self.waiting >= self._max_waiting:
            raise Overloaded(f"{self.waiting} questions are waiting already; try again", retry_after=RETRY_AFTER)

    @asynccontextmanager
    async def turn(self) -> AsyncIterator[None]:
        """Wait for a turn, then let the body run until the deadline. Raises Overloaded, DeadlineExceeded."""
        self.check()
        with anyio.move_on_after(self._deadline) as scope:
            self.waiting += 1
            try:
                await self._free.acquire()
            finally:
                self.waiting -= 1
            self.running += 1
            try:
                yield
            finally:
                self.running -= 1
                self._free.release()
        if scope.cancelled_caught:
            raise DeadlineExceeded(f"no answer within {self._deadline:g} s; ask again later, or a shorter question")
