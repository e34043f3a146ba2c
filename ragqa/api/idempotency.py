"""Writes that may be sent again: the answer to an `Idempotency-Key` is kept for a day and given again.

As in draft-ietf-httpapi-idempotency-key-header-07, except that only what succeeded is kept: a refused write has changed
nothing, so that it can be tried again under the same key.
"""

import hashlib
import re

import structlog
from anyio import to_thread
from litestar.datastructures import Headers
from litestar.enums import ScopeType
from litestar.middleware import ASGIMiddleware
from litestar.types import ASGIApp, HTTPReceiveMessage, Message, Receive, Scope, Send, WebSocketReceiveMessage

from ragqa.api.access import Caller, full_path, scope_needed
from ragqa.api.opening import Opening
from ragqa.corpus.answered_writes import AnsweredWrite, AnsweredWrites
from ragqa.corpus.keys import Scope as KeyScope
from ragqa.errors import Conflict, InvalidInput, Overloaded

HEADER = "Idempotency-Key"
PATTERN = r"[!-~]{1,200}"
REPLAYED = "Idempotent-Replayed"
_SOUND = re.compile(PATTERN)
_KEPT_HEADERS = ("content-type", "etag", "location")
# Not what needs `admin`: the answer that a key was made holds its token.
REPEATABLE = (KeyScope.MAINTAIN, KeyScope.EVALUATE)


class Idempotency(ASGIMiddleware):
    """Gives the same answer to the same write of the same caller, and refuses another write under its key."""

    scopes = (ScopeType.HTTP,)

    def __init__(self, opening: Opening) -> None:
        self._opening = opening
        self._under_way: set[tuple[str, str]] = set()

    async def handle(self, scope: Scope, receive: Receive, send: Send, next_app: ASGIApp) -> None:
        """Wrap one request. Raises InvalidInput, Conflict."""
        sent = Headers.from_scope(scope).get(HEADER)
        if sent is None or not _repeatable(scope):
            await next_app(scope, receive, send)
            return
        if not _SOUND.fullmatch(sent):
            raise InvalidInput(f"{HEADER} is 1 to 200 visible ASCII characters, such as a UUID", field=HEADER)
        caller: Caller = scope["auth"]
        place = (caller.key_id or caller.name, sent)
        if place in self._under_way:
            raise Conflict(f"a write with this {HEADER} is under way; wait for its answer")
        self._under_way.add(place)
        try:
            kept = self._opening.service().store.answered_writes
            answered = await to_thread.run_sync(kept.find, *place)
            if answered is None:
                recording = _Recording(scope, receive, send, kept, place)
                await next_app(scope, recording.receive, recording.send)
            else:
                await _replay(answered, _Reading(scope, receive), send)
        finally:
            self._under_way.discard(place)


def _repeatable(scope: Scope) -> bool:
    needed = scope_needed(scope["route_handler"], full_path(scope))
    return scope.get("method") != "GET" and needed in REPEATABLE and needed in scope["auth"].scopes


class _Reading:
    """Reads a request and takes its fingerprint: method, path, query, preconditions and body."""

    def __init__(self, scope: Scope, receive: Receive) -> None:
        self._receive = receive
        headers = Headers.from_scope(scope)
        self._method = scope.get("method")
        about = (str(self._method), scope["path"], scope["query_string"].decode("latin-1"))
        preconditions = (headers.get("if-match", ""), headers.get("if-none-match", ""))
        self._hash = hashlib.sha256("\n".join((*about, *preconditions, "")).encode())
        self._has_body = self._method != "DELETE"

    async def receive(self) -> HTTPReceiveMessage | WebSocketReceiveMessage:
        message = await self._receive()
        if message["type"] == "http.request" and self._has_body:
            self._hash.update(message["body"])
        return message

    async def rest(self) -> None:
        """Read to the end of the body."""
        while (message := await self.receive())["type"] == "http.request" and message["more_body"]:
            pass

    @property
    def fingerprint(self) -> str:
        return self._hash.hexdigest()


class _Recording(_Reading):
    """Keeps the answer if it is a success, before its end is sent."""

    def __init__(
        self, scope: Scope, receive: Receive, send: Send, kept: AnsweredWrites, place: tuple[str, str]
    ) -> None:
        super().__init__(scope, receive)
        self._send = send
        self._kept = kept
        self._place = place
        self._status = 0
        self._headers: dict[str, str] = {}
        self._body = b""

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self._status = message["status"]
            sent = Headers.from_scope(message)  # type: ignore[arg-type]  # it reads `headers` only
            self._headers = {name: sent[name] for name in _KEPT_HEADERS if name in sent}
        elif message["type"] == "http.response.body":
            self._body += message["body"]
            if not message["more_body"] and 200 <= self._status < 300:
                await self._keep()
        await self._send(message)

    async def _keep(self) -> None:
        answer = AnsweredWrite(
            fingerprint=self.fingerprint, status=self._status, headers=self._headers, body=self._body
        )
        try:
            await to_thread.run_sync(self._kept.keep, *self._place, answer)
        except Overloaded:
            structlog.get_logger("ragqa.api").warning("the answer to a write is not kept", idempotency_key=self._place)


async def _replay(answered: AnsweredWrite, request: _Reading, send: Send) -> None:
    await request.rest()
    if request.fingerprint != answered.fingerprint:
        raise InvalidInput(f"this {HEADER} was used for another request; take a new one", field=HEADER)
    headers = {**answered.headers, REPLAYED.lower(): "true", "content-length": str(len(answered.body))}
    encoded = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in headers.items()]
    await send({"type": "http.response.start", "status": answered.status, "headers": encoded})
    await send({"type": "http.response.body", "body": answered.body, "more_body": False})
