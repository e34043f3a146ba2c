"""One log line, one count and one span a request, and an id by which a client's complaint finds it.

Questions are logged only where that is configured.
"""

import re
import time
import uuid
from collections.abc import Callable
from contextlib import AbstractContextManager

import structlog
from litestar.datastructures import MutableScopeHeaders
from litestar.enums import ScopeType
from litestar.middleware import ASGIMiddleware
from litestar.types import ASGIApp, Message, Receive, Scope, Send
from opentelemetry import propagate, trace

from ragqa.api.metrics import Metrics
from ragqa.datatypes import Answer, Question

_SOUND_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")
HEADER = "X-Request-ID"


class RequestLog(ASGIMiddleware):
    """Gives each request an id (the client's own if it is a sound one) and logs it when its response is complete.

    The path's template is logged without the query string, which may hold a question.
    """

    scopes = (ScopeType.HTTP,)

    def __init__(self, metrics: Metrics) -> None:
        self._metrics = metrics

    async def handle(self, scope: Scope, receive: Receive, send: Send, next_app: ASGIApp) -> None:
        """Wrap one request."""
        given = next((value.decode("latin-1") for name, value in scope["headers"] if name == b"x-request-id"), "")
        request_id = given if _SOUND_ID.fullmatch(given) else uuid.uuid4().hex
        scope["state"]["request_id"] = request_id
        status = 0

        async def send_with_id(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                MutableScopeHeaders.from_message(message)[HEADER] = request_id
            await send(message)

        started = time.perf_counter()
        with structlog.contextvars.bound_contextvars(request_id=request_id), _span(scope, request_id) as span:
            try:
                await next_app(scope, receive, send_with_id)
            finally:
                span.set_attribute("http.response.status_code", status)
                self._tell(scope, status, time.perf_counter() - started)

    def _tell(self, scope: Scope, status: int, seconds: float) -> None:
        method, path = str(scope.get("method", "")), str(scope.get("path_template") or "(unknown)")
        problem = scope["state"].get("problem")
        self._metrics.requested(method=method, path=path, status=status, seconds=seconds, problem=problem)
        more = {"problem": problem} if problem else {}
        structlog.get_logger("ragqa.api").info(
            "request", method=method, path=path, status=status, ms=round(seconds * 1000, 1), **more
        )


def answer_log(*, questions_too: bool) -> Callable[[Question, Answer], None]:
    """Return what logs each answer in a line, with the question in it only where that is configured."""

    def log(question: Question, answer: Answer) -> None:
        more = {"question": question.text} if questions_too else {}
        structlog.get_logger("ragqa.api").info(
            "answered",
            verdict=answer.verdict,
            basis=answer.basis,
            lang=answer.lang,
            cards=[card.card_id for card in answer.linked_cards],
            corpus_version=answer.corpus_version,
            overruled=answer.overruled,
            ms=answer.timings.get("total"),
            **more,
        )

    return log


def _span(scope: Scope, request_id: str) -> AbstractContextManager[trace.Span]:
    """Begin a span below the caller's, if its headers name one; it costs nothing while no traces are configured."""
    caller = propagate.extract({name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]})
    method, path = str(scope.get("method", "")), str(scope.get("path_template") or "(unknown)")
    return trace.get_tracer("ragqa").start_as_current_span(
        f"{method} {path}",
        context=caller,
        kind=trace.SpanKind.SERVER,
        attributes={"http.request.method": method, "http.route": path, "ragqa.request_id": request_id},
    )
