"""Server processes: those of scripted_server.py and engine_server.py, and `ragqa serve` itself."""

import json
import os
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
    folder: Path,
    generator: Literal["held", "free", "engine"],
    **settings: object,
) -> Iterator[Server]:
    """Start the process, wait until it is ready, and end it."""
    script = "engine_server" if generator == "engine" else "scripted_server"
    command = [sys.executable, "-m", f"tests.e2e.api.{script}", str(folder), generator, json.dumps(settings)]
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        try:
            server = Server(process)
            with httpx.Client(timeout=PATIENCE) as client:
                while client.get(f"{server.url}/readyz").status_code != 200:
                    pass
            yield server
        finally:
            process.kill()


@contextmanager
def ragqa_serve(folder: Path, until: str = "ready", **variables: str) -> Iterator[str]:
    """Start `ragqa serve` in a folder with its home in `home`; give its URL once it has logged the event `until`."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("RAGQA_")}
    environment |= {"RAGQA_HOME": "home", "RAGQA_DRAIN_SECONDS": "0", **variables}
    command = [sys.executable, "-m", "ragqa", "serve", "--port", "0"]
    with subprocess.Popen(command, cwd=folder, env=environment, stderr=subprocess.PIPE, text=True) as process:
        try:
            assert process.stderr is not None
            logged = (json.loads(line) for line in process.stderr if line.startswith("{"))
            url = next(line["url"] for line in logged if line["event"] == "listening")
            assert httpx.get(f"{url}/livez", timeout=PATIENCE).status_code == 200
            assert next(line["event"] for line in logged if line["event"] in ("ready", "not ready")) == until
            # Read on, or the server would wait for room in the pipe.
            threading.Thread(target=lambda: [None for _ in logged], daemon=True).start()
            yield url
        finally:
            process.terminate()
            process.wait()
