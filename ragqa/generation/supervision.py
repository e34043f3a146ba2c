"""When an engine that fails may be started again: a few times within a time, then not until that time is over."""

import time
from collections import deque
from collections.abc import Callable


class Restarts:
    """At most `most` restarts within `seconds`; `clock` is in seconds."""

    def __init__(self, most: int, seconds: float, clock: Callable[[], float] = time.monotonic) -> None:
        self.most = most
        self.seconds = seconds
        self._clock = clock
        self._taken: deque[float] = deque()

    @property
    def wait(self) -> float:
        """Seconds until one more is allowed; 0 if it is now."""
        now = self._clock()
        while self._taken and now - self._taken[0] >= self.seconds:
            self._taken.popleft()
        return 0.0 if len(self._taken) < self.most else self.seconds - (now - self._taken[0])

    def take(self) -> bool:
        """Count a restart; False if it is one too many now."""
        if self.wait > 0:
            return False
        self._taken.append(self._clock())
        return True
