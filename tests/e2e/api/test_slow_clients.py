"""A real server process and clients that do not get on with it."""

import socket
from pathlib import Path

from tests.e2e.api.server_process import PATIENCE, serving_process

HEAD = b"POST /v1/ask HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 100\r\n"


def _answer_to(part: bytes, port: int) -> bytes:
    """Send a part of a request, and read until the server hangs up."""
    with socket.create_connection(("127.0.0.1", port), timeout=PATIENCE) as connection:
        connection.sendall(part)
        answer = b""
        while piece := connection.recv(65536):
            answer += piece
        return answer


def test_a_client_that_stops_sending_is_told_or_hung_up_on(tmp_path: Path) -> None:
    with serving_process(tmp_path, "free", body_seconds=0.2) as server:
        answer = _answer_to(HEAD + b'\r\n{"question": "', server.port)
        assert answer.startswith(b"HTTP/1.1 408 ")
        assert b"/problems/too-slow" in answer
        assert _answer_to(HEAD, server.port) == b""
        assert _answer_to(b"", server.port) == b""
