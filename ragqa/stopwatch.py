"""How long each stage of an answer takes, told with the answer and as OpenTelemetry spans.

Spans cost nothing while no traces are configured.
"""

import time

from opentelemetry import trace


class Stopwatch:
    """Milliseconds by stage, and a span for each below one span of the whole."""

    def __init__(self) -> None:
        self._start = self._last = time.perf_counter()
        # Spans are made by hand: the current one cannot be set across the yields of a generator.
        self._span_start = time.time_ns()
        self._tracer = trace.get_tracer("ragqa")
        self._span = self._tracer.start_span("ask", start_time=self._span_start)
        self._laps: dict[str, float] = {}

    def lap(self, stage: str) -> None:
        """End a stage that began where the one before it ended."""
        now = time.perf_counter()
        self._laps[stage] = round((now - self._last) * 1000, 3)
        within = trace.set_span_in_context(self._span)
        self._tracer.start_span(stage, within, start_time=self._at(self._last)).end(self._at(now))
        self._last = now

    def finish(self, stage: str, **attributes: str) -> dict[str, float]:
        """End the last stage and the whole, whose span gets the attributes; return milliseconds by stage and in all."""
        self.lap(stage)
        self._laps["total"] = round((self._last - self._start) * 1000, 3)
        self._span.set_attributes({f"ragqa.{name}": value for name, value in attributes.items()})
        self._span.end(self._at(self._last))
        return dict(self._laps)

    def _at(self, moment: float) -> int:
        """Return a moment of the stopwatch as nanoseconds since the epoch."""
        return self._span_start + int((moment - self._start) * 1e9)
