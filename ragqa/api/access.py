"""Who calls, and what the caller may do: keys with scopes, and what needs no key.

What a handler needs is in its `opt`: `needs(Scope.X)` or `PUBLIC`. A handler that says nothing needs the most that fits
it (`scope_needed`), so that a forgotten word closes a door instead of opening one.
"""

import contextlib
import ipaddress
from typing import Any
from urllib.parse import urlsplit

import msgspec
from anyio import to_thread
from litestar.connection import ASGIConnection
from litestar.datastructures import Headers
from litestar.enums import ScopeType
from litestar.exceptions import NotAuthorizedException, PermissionDeniedException
from litestar.handlers import BaseRouteHandler
from litestar.middleware import ASGIMiddleware
from litestar.types import ASGIApp, Receive, Send
from litestar.types import Scope as Connection

from ragqa.api.opening import Opening
from ragqa.config import Settings
from ragqa.corpus.audit import Author, acting_as
from ragqa.corpus.keys import PREFIX, ApiKey, KeyStore, Scope
from ragqa.errors import Overloaded

_OPT = "scope"
PUBLIC: dict[str, Any] = {_OPT: None}
GRANTS: dict[Scope, frozenset[Scope]] = {
    Scope.ASK: frozenset({Scope.ASK}),
    Scope.MAINTAIN: frozenset({Scope.MAINTAIN, Scope.ASK}),
    Scope.EVALUATE: frozenset({Scope.EVALUATE, Scope.ASK}),
    Scope.ADMIN: frozenset(Scope),
}
_READING = frozenset({"GET", "HEAD", "OPTIONS"})
_FORWARDED = ("forwarded", "x-forwarded-for", "x-real-ip", "via")
_CHALLENGE = {"WWW-Authenticate": 'Bearer realm="ragqa"'}


class Caller(msgspec.Struct, frozen=True, kw_only=True):
    """Who calls: a key, or nobody known; and what is granted. `refusal` says why a key that was sent does not hold."""

    name: str = "anonymous"
    key_id: str | None = None
    scopes: frozenset[Scope] = frozenset()
    refusal: str | None = None


def needs(scope: Scope) -> dict[str, Any]:
    """Return the `opt` of a handler that needs a scope."""
    return {_OPT: scope}


def scope_needed(handler: BaseRouteHandler, path: str) -> Scope | None:
    """Return the scope that a handler needs at its full path, None if it is public.

    One that says nothing is public if it reads outside /v1, needs `ask` if it reads inside, else `maintain`.
    """
    if _OPT in handler.opt:
        said = handler.opt[_OPT]
        return None if said is None else Scope(said)
    if not _READING.issuperset(getattr(handler, "http_methods", ("POST",))):
        return Scope.MAINTAIN
    return Scope.ASK if path.startswith("/v1/") else None


def authorize(connection: ASGIConnection[Any, Any, Any, Any], handler: BaseRouteHandler) -> None:
    """Guard every handler. Raises NotAuthorizedException (no key), PermissionDeniedException (not its scope)."""
    needed = scope_needed(handler, full_path(connection.scope))
    caller: Caller = connection.scope["auth"]
    if needed is None or needed in caller.scopes:
        return
    if caller.refusal is not None:
        raise NotAuthorizedException(caller.refusal, headers=_CHALLENGE)
    if caller.key_id is None:
        raise NotAuthorizedException(
            f"this takes a key of scope {needed}: send Authorization: Bearer {PREFIX}…; whoever runs the service "
            f"makes one with `ragqa keys create NAME --scope {needed}`",
            headers=_CHALLENGE,
        )
    raise PermissionDeniedException(f"key {caller.name!r} has not the scope {needed} that this takes")


class Access(ASGIMiddleware):
    """Finds out who calls, and names them to the audit."""

    scopes = (ScopeType.HTTP,)

    def __init__(self, settings: Settings, opening: Opening) -> None:
        self._settings = settings
        self._opening = opening

    async def handle(self, scope: Connection, receive: Receive, send: Send, next_app: ASGIApp) -> None:
        """Put the caller into the connection as its `auth`."""
        caller = Caller()
        needed = scope_needed(scope["route_handler"], full_path(scope))
        if needed is not None:
            caller = await self._caller(Headers.from_scope(scope), needed)
        scope["auth"] = caller
        author = Author(name=caller.name, key_id=caller.key_id, request_id=scope["state"].get("request_id"))
        with acting_as(author):
            await next_app(scope, receive, send)

    async def _caller(self, headers: Headers, needed: Scope) -> Caller:
        scheme, _, token = headers.get("authorization", "").partition(" ")
        if scheme.lower() == "bearer" and token.strip().startswith(PREFIX):
            key = await to_thread.run_sync(_use_key, self._opening.service().store.keys, token.strip())
            if key is None:
                return Caller(refusal="this key is unknown, revoked or has expired")
            granted = frozenset().union(*(GRANTS[scope] for scope in key.scopes))
            return Caller(name=key.name, key_id=key.key_id, scopes=granted)
        # Another token is not ours: clients that must send one, such as OpenAI's, may ask where asking is open.
        scopes = {Scope.ASK} if self._settings.open_asking else set()
        if needed in (Scope.MAINTAIN, Scope.EVALUATE) and await self._may_write(headers):
            scopes |= {Scope.ASK, Scope.MAINTAIN, Scope.EVALUATE}
        return Caller(scopes=frozenset(scopes))

    async def _may_write(self, headers: Headers) -> bool:
        """Whether this write needs no key: by setting, or from the machine itself before there is any key."""
        if not _same_origin(headers, self._settings.cors_origins):
            return False
        if self._settings.open_writes:
            return True
        if not (is_loopback(self._settings.host) and _direct_and_local(headers)):
            return False
        return not await to_thread.run_sync(self._opening.service().store.keys.any_valid)


def full_path(scope: Connection) -> str:
    """Return the template of a request's path."""
    return scope.get("path_template") or scope["path"]


def is_loopback(host: str) -> bool:
    """Whether a host is this machine, as only itself sees it."""
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _direct_and_local(headers: Headers) -> bool:
    """Whether a request came through no proxy, and was meant for this machine by name (no DNS rebinding)."""
    host = urlsplit(f"//{headers.get('host', '')}").hostname or ""
    return is_loopback(host) and not any(name in headers for name in _FORWARDED)


def _same_origin(headers: Headers, allowed: list[str]) -> bool:
    """Whether no page of another site makes the browser send this; tools send no Origin."""
    origin = headers.get("origin")
    return origin is None or origin in allowed or urlsplit(origin).netloc == headers.get("host")


def _use_key(keys: KeyStore, token: str) -> ApiKey | None:
    key = keys.find(token)
    if key is not None:
        # An import may be writing for minutes; then the next use is noted.
        with contextlib.suppress(Overloaded):
            keys.note_use(key)
    return key
