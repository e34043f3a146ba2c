"""A real server process: clients that leave, and a server that is told to stop."""

import json
import queue
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest

ROOT = Path(__file__).parents[3]
QUESTION = {"question": "May Glimmerwick Moth jump?"}
STREAMS = 50
PATIENCE = 60


class Server:
    """The process of held_server.py, its port, and what it tells."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.process = process
        self._lines: queue.Queue[str] = queue.Queue()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()
        self.port = int(self.next_line())
        self.url = f"http://127.0.0.1:{self.port}"

    def next_line(self) -> str:
        return self._lines.get(timeout=PATIENCE)

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self._lines.put(line.strip())
        self._lines.put("(gone)")


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    command = [sys.executable, "-m", "tests.e2e.api.held_server", str(tmp_path)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        try:
            server = Server(process)
            with httpx.Client(timeout=PATIENCE) as client:
                while client.get(f"{server.url}/readyz").status_code != 200:
                    pass
            yield server
        finally:
            process.kill()


@pytest.mark.parametrize("accept", ["application/json", "text/event-stream"])
def test_a_client_that_leaves_ends_its_generation(server: Server, accept: str) -> None:
    body = json.dumps(QUESTION).encode()
    head = f"POST /v1/ask HTTP/1.1\r\nHost: localhost\r\nAccept: {accept}\r\nContent-Type: application/json\r\n"
    with socket.create_connection(("127.0.0.1", server.port), timeout=PATIENCE) as connection:
        connection.sendall(f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body)
        assert server.next_line() == "generating"
    assert server.next_line() == "ended"


def test_answers_under_way_are_finished_when_the_server_is_told_to_stop(server: Server) -> None:
    def ask(number: int) -> str:
        headers = {"Accept": "text/event-stream" if number % 2 else "application/json"}
        return httpx.post(f"{server.url}/v1/ask", json=QUESTION, headers=headers, timeout=PATIENCE).text

    with ThreadPoolExecutor(STREAMS) as pool:
        asking = [pool.submit(ask, number) for number in range(STREAMS)]
        for _ in range(STREAMS):
            assert server.next_line() == "generating"
        server.process.send_signal(signal.SIGTERM)
        answers = [each.result() for each in asking]
    assert [answer for answer in answers if '"verdict":"yes"' not in answer] == []
    assert server.process.wait(PATIENCE) in (0, -signal.SIGTERM)
