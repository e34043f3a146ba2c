"""How much one caller may ask for in a minute: by key, and by address where there is none."""

import ipaddress
import math
import time

from limits import RateLimitItemPerMinute
from limits.aio.strategies import FixedWindowRateLimiter
from limits.storage import storage_from_string
from litestar.enums import ScopeType
from litestar.exceptions import TooManyRequestsException
from litestar.middleware import ASGIMiddleware
from litestar.types import ASGIApp, Receive, Scope, Send

from ragqa.api.access import Caller, full_path, scope_needed
from ragqa.config import Settings
from ragqa.corpus.keys import Scope as KeyScope
from ragqa.errors import ConfigurationError

_IPV6_NETWORK = 64
"""A household or a server gets at least this much of IPv6, so single addresses say nothing."""


class Limits(ASGIMiddleware):
    """Refuses what is over the limit of its minute with 429 and the seconds until the next.

    Questions and other requests are counted apart; what is public is not counted. Litestar's own limiter tells no
    Retry-After and keeps its counts in each process; `limits_storage` may name a Redis for several.
    """

    scopes = (ScopeType.HTTP,)

    def __init__(self, settings: Settings) -> None:
        try:
            self._limiter = FixedWindowRateLimiter(storage_from_string(settings.limits_storage))
        except Exception as error:  # the library raises what the storage's own client raises
            raise ConfigurationError(
                f"RAGQA_LIMITS_STORAGE {settings.limits_storage!r} cannot be used: {error}"
            ) from error
        self._limits = {
            ("key", "questions"): settings.questions_a_minute_by_key,
            ("key", "requests"): settings.requests_a_minute_by_key,
            ("address", "questions"): settings.questions_a_minute_by_address,
            ("address", "requests"): settings.requests_a_minute_by_address,
        }

    async def handle(self, scope: Scope, receive: Receive, send: Send, next_app: ASGIApp) -> None:
        """Count one request. Raises TooManyRequestsException."""
        needed = scope_needed(scope["route_handler"], full_path(scope))
        if needed is not None:
            asks = needed is KeyScope.ASK and scope.get("method") == "POST"
            host = scope["client"][0] if scope["client"] else "unknown"
            await self._count(scope["auth"], counted_address(host), "questions" if asks else "requests")
        await next_app(scope, receive, send)

    async def _count(self, caller: Caller, address: str, what: str) -> None:
        by, who = ("address", address) if caller.key_id is None else ("key", caller.key_id)
        if not (amount := self._limits[by, what]):
            return
        limit = RateLimitItemPerMinute(amount)
        if not await self._limiter.hit(limit, by, who, what):
            ends, _ = await self._limiter.get_window_stats(limit, by, who, what)
            seconds = max(1, math.ceil(ends - time.time()))
            raise TooManyRequestsException(
                f"{amount} {what} a minute are answered by {by}; try again in {seconds} s",
                headers={"Retry-After": str(seconds)},
            )


def counted_address(host: str) -> str:
    """Return who is counted as one: an IPv4 address, an IPv6 network, or whatever else the server says."""
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return host
    if isinstance(address, ipaddress.IPv4Address):
        return str(address)
    return str(ipaddress.ip_network((address, _IPV6_NETWORK), strict=False))
