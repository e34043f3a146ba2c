"""Who owns which places of the arena: contiguous ranges, first fit, finished ones kept until their room is needed.

A new request that begins like an older one copies what the older one computed; the fixed part of the prompt is
computed once and then copied.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

SHARE_AT_LEAST = 16


@dataclass
class Range:
    """`size` places from `start`; `ids` are the tokens whose keys and values are there already."""

    start: int
    size: int
    ids: list[int] = field(default_factory=list)
    busy: bool = True
    used: int = 0


class Places:
    """Hands out ranges; not safe for use from several threads."""

    def __init__(self, first: int, total: int) -> None:
        self.first = first
        self.end = first + total
        self.ranges: list[Range] = []
        self._clock = 0

    @property
    def total(self) -> int:
        """Places there are in all."""
        return self.end - self.first

    @property
    def busy(self) -> int:
        """Places that running requests hold."""
        return sum(held.size for held in self.ranges if held.busy)

    def take(self, size: int) -> Range | None:
        """Return a new range, giving up finished ones, oldest first, if it must be; None if there is no room."""
        while (start := self._gap(size)) is None:
            idle = [held for held in self.ranges if not held.busy]
            if not idle:
                return None
            self.ranges.remove(min(idle, key=lambda held: held.used))
        taken = Range(start, size, used=self._tick())
        self.ranges.append(taken)
        self.ranges.sort(key=lambda held: held.start)
        return taken

    def give_back(self, held: Range) -> None:
        """Mark a range finished; what was computed stays for others to copy while nobody needs the room."""
        held.busy = False
        held.size = len(held.ids)
        held.used = self._tick()
        if not held.ids:
            self.ranges.remove(held)

    def longest_shared(self, ids: Sequence[int]) -> tuple[Range, int] | None:
        """Return the range that begins most like `ids`, and how many tokens agree; None below 16."""
        agreements = [(_agreeing(held.ids, ids), held) for held in self.ranges]
        if not agreements:
            return None
        count, held = max(agreements, key=lambda pair: pair[0])
        if count < SHARE_AT_LEAST:
            return None
        held.used = self._tick()
        return held, count

    def _gap(self, size: int) -> int | None:
        start = self.first
        for held in self.ranges:
            if held.start - start >= size:
                return start
            start = held.start + held.size
        return start if self.end - start >= size else None

    def _tick(self) -> int:
        self._clock += 1
        return self._clock


def _agreeing(one: Sequence[int], other: Sequence[int]) -> int:
    count = 0
    for mine, theirs in zip(one, other, strict=False):
        if mine != theirs:
            break
        count += 1
    return count
