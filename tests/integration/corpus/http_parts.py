"""A local HTTP server that answers as it is told, request by request."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

Respond = Callable[["Request"], None]


class Request(BaseHTTPRequestHandler):
    """One request; the server's script says what becomes of it."""

    protocol_version = "HTTP/1.1"
    script: list[Respond]
    seen: list[dict[str, str]]

    def do_GET(self) -> None:
        self.seen.append({key.lower(): value for key, value in self.headers.items()} | {"path": self.path})
        self.close_connection = True
        self.script.pop(0)(self)

    def answer(self, status: int, body: bytes = b"", **headers: str) -> None:
        """Send a complete answer."""
        self.begin(status, len(body), **headers)
        self.wfile.write(body)

    def begin(self, status: int, length: int, **headers: str) -> None:
        """Send the head of an answer that promises `length` bytes."""
        self.send_response(status)
        self.send_header("Content-Length", str(length))
        self.send_header("Connection", "close")
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()

    def log_message(self, *args: object) -> None:
        """Say nothing."""


class Served:
    """A running server: its address, what it was asked, and what it is still to answer."""

    def __init__(self, url: str, seen: list[dict[str, str]], script: list[Respond]) -> None:
        self.url = url
        self.seen = seen
        self.script = script

    def then(self, *responses: Respond) -> None:
        """Answer the next requests so."""
        self.script.extend(responses)


def whole(body: bytes, **headers: str) -> Respond:
    """Send the file."""
    return lambda request: request.answer(200, body, **headers)


def broken_off(body: bytes, after: int, **headers: str) -> Respond:
    """Promise the file, and send only its beginning."""

    def respond(request: Request) -> None:
        request.begin(200, len(body), **headers)
        request.wfile.write(body[:after])

    return respond


def rest(body: bytes, start: int, **headers: str) -> Respond:
    """Send the file from a place on."""
    sent = f"bytes {start}-{len(body) - 1}/{len(body)}"
    return lambda request: request.answer(206, body[start:], Content_Range=sent, **headers)


def status(code: int, **headers: str) -> Respond:
    """Send a status alone."""
    return lambda request: request.answer(code, b"", **headers)


@contextmanager
def serving() -> Iterator[Served]:
    """Run a server on a free port of this machine for as long as the body runs."""
    seen: list[dict[str, str]] = []
    script: list[Respond] = []
    scripted = type("Scripted", (Request,), {"script": script, "seen": seen})
    with ThreadingHTTPServer(("127.0.0.1", 0), scripted) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield Served(f"http://127.0.0.1:{server.server_port}", seen, script)
        finally:
            server.shutdown()
            thread.join()
