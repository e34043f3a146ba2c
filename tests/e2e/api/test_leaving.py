"""A real server process: clients that leave, and a server that is told to stop."""

import json
import signal
import socket
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from tests.e2e.api.server_process import PATIENCE, Server

QUESTION = {"question": "May Glimmerwick Moth jump?"}
STREAMS = 50


@pytest.mark.parametrize("accept", ["application/json", "text/event-stream"])
def test_a_client_that_leaves_ends_its_generation(held_server: Server, accept: str) -> None:
    body = json.dumps(QUESTION).encode()
    head = f"POST /v1/ask HTTP/1.1\r\nHost: localhost\r\nAccept: {accept}\r\nContent-Type: application/json\r\n"
    with socket.create_connection(("127.0.0.1", held_server.port), timeout=PATIENCE) as connection:
        connection.sendall(f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body)
        assert held_server.next_line() == "generating"
    assert held_server.next_line() == "ended"


def test_answers_under_way_are_finished_when_the_server_is_told_to_stop(held_server: Server) -> None:
    def ask(number: int) -> str:
        headers = {"Accept": "text/event-stream" if number % 2 else "application/json"}
        return httpx.post(f"{held_server.url}/v1/ask", json=QUESTION, headers=headers, timeout=PATIENCE).text

    with ThreadPoolExecutor(STREAMS) as pool:
        asking = [pool.submit(ask, number) for number in range(STREAMS)]
        for _ in range(STREAMS):
            assert held_server.next_line() == "generating"
        held_server.process.send_signal(signal.SIGTERM)
        answers = [each.result() for each in asking]
    assert [answer for answer in answers if '"verdict":"yes"' not in answer] == []
    assert held_server.process.wait(PATIENCE) in (0, -signal.SIGTERM)
