"""A real server process: clients that leave, and a server that is told to stop."""

import json
import signal
import socket
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest

from tests.e2e.api.server_process import PATIENCE, Server, serving_process
from tests.integration.api_parts import problem

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
    with ThreadPoolExecutor(STREAMS) as pool:
        asking = _ask_held(held_server, pool)
        held_server.process.send_signal(signal.SIGTERM)
        assert [answer.result() for answer in asking if '"verdict":"yes"' not in answer.result()] == []
    assert held_server.process.wait(PATIENCE) in (0, -signal.SIGTERM)


def test_a_server_told_to_stop_says_not_ready_and_refuses_before_it_closes(tmp_path: Path) -> None:
    with serving_process(tmp_path, "held", drain_seconds=PATIENCE) as server, ThreadPoolExecutor(STREAMS) as pool:
        asking = _ask_held(server, pool)
        server.process.send_signal(signal.SIGTERM)
        while (ready := httpx.get(f"{server.url}/readyz")).status_code == 200:
            pass
        assert "stopping" in problem(ready, 503, "not-ready")["detail"]
        refused = httpx.post(f"{server.url}/v1/ask", json=QUESTION)
        problem(refused, 503, "not-ready")
        assert int(refused.headers["retry-after"]) >= 1
        assert httpx.get(f"{server.url}/livez").status_code == 200
        assert [answer.result() for answer in asking if '"verdict":"yes"' not in answer.result()] == []
        # A second signal ends the wait for a load balancer.
        server.process.send_signal(signal.SIGTERM)
        assert server.process.wait(PATIENCE) in (0, -signal.SIGTERM)


def _ask_held(server: Server, pool: ThreadPoolExecutor) -> list[Future[str]]:
    """Ask many times, every other time as a stream, and return once all are being answered."""

    def ask(number: int) -> str:
        headers = {"Accept": "text/event-stream" if number % 2 else "application/json"}
        return httpx.post(f"{server.url}/v1/ask", json=QUESTION, headers=headers, timeout=PATIENCE).text

    asking = [pool.submit(ask, number) for number in range(STREAMS)]
    assert [server.next_line() for _ in range(STREAMS)] == ["generating"] * STREAMS
    return asking
