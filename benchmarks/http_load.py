"""A closed-loop load generator over HTTP/1.1: each client sends its next request when it has its answer.

Our own, and small, because it has to time the first byte of an event stream and to send another question each time.
"""

import asyncio
import time
from collections import Counter
from collections.abc import Iterator

import msgspec


class Load(msgspec.Struct, kw_only=True):
    """What came back within `seconds`; times are in milliseconds, of answers with status 200 only."""

    clients: int
    seconds: float = 0.0
    statuses: Counter[int] = msgspec.field(default_factory=Counter)
    broken: int = 0
    whole: list[float] = msgspec.field(default_factory=list)
    first_byte: list[float] = msgspec.field(default_factory=list)

    @property
    def rate(self) -> float:
        """Answers a second."""
        return len(self.whole) / self.seconds

    @property
    def faults(self) -> int:
        """Answers other than 200, 429 and 503, and connections that broke."""
        return self.broken + sum(count for status, count in self.statuses.items() if status not in (200, 429, 503))


async def run_load(host: str, port: int, requests: Iterator[bytes], *, clients: int, seconds: float) -> Load:
    """Send requests from so many clients for so long, then wait for the last answers."""
    load = Load(clients=clients)
    begun = time.perf_counter()
    await asyncio.gather(*(_client(host, port, requests, load, begun + seconds) for _ in range(clients)))
    load.seconds = time.perf_counter() - begun
    return load


def post(path: str, body: bytes, accept: str) -> bytes:
    """Return the bytes of a request."""
    lines = (
        f"POST {path} HTTP/1.1",
        "Host: 127.0.0.1",
        f"Accept: {accept}",
        "Content-Type: application/json",
        f"Content-Length: {len(body)}",
    )
    return "\r\n".join((*lines, "", "")).encode() + body


def get(path: str) -> bytes:
    """Return the bytes of a request."""
    return f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nAccept: application/json\r\n\r\n".encode()


async def _client(host: str, port: int, requests: Iterator[bytes], load: Load, until: float) -> None:
    reader, writer = await asyncio.open_connection(host, port, limit=2**20)
    while time.perf_counter() < until:
        sent = time.perf_counter()
        writer.write(next(requests))
        try:
            status, first = await _answer(reader)
        except (asyncio.IncompleteReadError, ConnectionError):
            load.broken += 1
            reader, writer = await asyncio.open_connection(host, port, limit=2**20)
            continue
        load.statuses[status] += 1
        if status == 200:
            load.first_byte.append((first - sent) * 1000)
            load.whole.append((time.perf_counter() - sent) * 1000)
    writer.close()


async def _answer(reader: asyncio.StreamReader) -> tuple[int, float]:
    """Read one answer to its end; return its status and when the first of its body came."""
    head = (await reader.readuntil(b"\r\n\r\n")).lower()
    status = int(head.split(b" ", 2)[1])
    if (length := head.partition(b"content-length: ")[2]) != b"":
        await reader.readexactly(int(length.split(b"\r\n", 1)[0]))
        return status, time.perf_counter()
    first = 0.0
    while size := int(await reader.readuntil(b"\r\n"), 16):
        await reader.readexactly(size + 2)
        first = first or time.perf_counter()
    await reader.readexactly(2)
    return status, first
