"""The process of scripted_server.py or engine_server.py."""

import queue
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Literal

import httpx

ROOT = Path(__file__).parents[3]
PATIENCE = 180


class Server:
    """The process, its port, and what it tells."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.process = process
        self._lines: queue.Queue[str] = queue.Queue()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()
        self.port = int(self.next_line())
        self.url = f"http://127.0.0.1:{self.port}"

    def next_line(self) -> str:
        return self._lines.get(timeout=PATIENCE)

    def tell(self, line: str) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(f"{line}\n")
        self.process.stdin.flush()

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self._lines.put(line.strip())
        self._lines.put("(gone)")


@contextmanager
def serving_process(
    folder: Path, *arguments: str, script: Literal["scripted_server", "engine_server"] = "scripted_server"
) -> Iterator[Server]:
    """Start the process, wait until it is ready, and end it."""
    command = [sys.executable, "-m", f"tests.e2e.api.{script}", str(folder), *arguments]
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        try:
            server = Server(process)
            with httpx.Client(timeout=PATIENCE) as client:
                while client.get(f"{server.url}/readyz").status_code != 200:
                    pass
            yield server
        finally:
            process.kill()
