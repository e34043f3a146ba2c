"""How slowly a client may send: a connection that says nothing, or drips its body, does not hold a place for long."""

import asyncio
import time

import anyio
from litestar.enums import ScopeType
from litestar.exceptions import HTTPException
from litestar.middleware import ASGIMiddleware
from litestar.types import ASGIApp, HTTPReceiveMessage, Receive, Scope, Send, WebSocketReceiveMessage
from uvicorn.protocols.http.h11_impl import H11Protocol

LEAST_BYTES_A_SECOND = 10_000


class ImpatientProtocol(H11Protocol):
    """Hangs up on a client that does not finish a request's head in time; uvicorn alone would wait for ever."""

    head_seconds = 20.0
    _hang_up: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as the base class has it
        """Wait for the first request from now on."""
        super().connection_made(transport)
        self._watch()

    def data_received(self, data: bytes) -> None:
        """Wait no more once a head is complete, and again when the next one begins."""
        super().data_received(data)
        self._watch()

    def connection_lost(self, exc: Exception | None) -> None:
        """Wait no more."""
        self._unwatch()
        super().connection_lost(exc)

    def _watch(self) -> None:
        if self.cycle is not None and not self.cycle.response_complete:
            self._unwatch()
        elif self._hang_up is None:
            self._hang_up = self.loop.call_later(self.head_seconds, self.transport.close)

    def _unwatch(self) -> None:
        if self._hang_up is not None:
            self._hang_up.cancel()
            self._hang_up = None


class BodyPace(ASGIMiddleware):
    """Gives a body `grace_seconds`, and a second more for every 10 kB that came; then the answer is 408."""

    scopes = (ScopeType.HTTP,)

    def __init__(self, grace_seconds: float) -> None:
        self._grace = grace_seconds

    async def handle(self, scope: Scope, receive: Receive, send: Send, next_app: ASGIApp) -> None:
        """Wrap one request. Raises HTTPException."""
        received, waited, complete = 0, 0.0, False

        async def receive_in_time() -> HTTPReceiveMessage | WebSocketReceiveMessage:
            nonlocal received, waited, complete
            if complete:
                return await receive()
            begun = time.monotonic()
            with anyio.move_on_after(self._grace + received / LEAST_BYTES_A_SECOND - waited) as patience:
                message = await receive()
            # Only what the client took: the service itself may be busy between two pieces.
            waited += time.monotonic() - begun
            if patience.cancelled_caught:
                raise HTTPException(
                    status_code=408,
                    detail=f"the body came too slowly: {received} bytes in {waited:.0f} s",
                    headers={"Connection": "close"},
                )
            if message["type"] == "http.request":
                received += len(message["body"])
                complete = not message["more_body"]
            return message

        await next_app(scope, receive_in_time, send)
