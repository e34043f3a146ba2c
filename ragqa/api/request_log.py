"""One log line a request, and an id by which a client's complaint finds it; questions are not logged."""

import re
import time
import uuid

import structlog
from litestar.datastructures import MutableScopeHeaders
from litestar.enums import ScopeType
from litestar.middleware import ASGIMiddleware
from litestar.types import ASGIApp, Message, Receive, Scope, Send

_SOUND_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")
HEADER = "X-Request-ID"


class RequestLog(ASGIMiddleware):
    """Gives each request an id (the client's own if it is a sound one) and logs it when its response is complete.

    The path's template is logged without the query string, which may hold a question.
    """

    scopes = (ScopeType.HTTP,)

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
        with structlog.contextvars.bound_contextvars(request_id=request_id):
            try:
                await next_app(scope, receive, send_with_id)
            finally:
                structlog.get_logger("ragqa.api").info(
                    "request",
                    method=scope.get("method"),
                    path=scope.get("path_template") or "(unknown)",
                    status=status,
                    ms=round((time.perf_counter() - started) * 1000, 1),
                )
