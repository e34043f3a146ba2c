"""`ragqa serve` in a real process, on the corpus of tests/e2e/conftest.py."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.e2e.api.server_process import PATIENCE, Server, serving_process


@pytest.fixture(scope="module")
def url(folder: Path) -> Iterator[str]:
    """Where the server listens, once it is ready."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("RAGQA_")}
    with subprocess.Popen(
        [sys.executable, "-m", "ragqa", "serve", "--port", "0"],
        cwd=folder,
        env={**environment, "RAGQA_HOME": "home"},
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            assert process.stderr is not None
            logged = (json.loads(line) for line in process.stderr if line.startswith("{"))
            url: str = next(line["url"] for line in logged if line["event"] == "listening")
            assert httpx.get(f"{url}/livez", timeout=PATIENCE).status_code == 200
            while (ready := httpx.get(f"{url}/readyz", timeout=PATIENCE)).status_code != 200:
                assert "starting" in ready.json()["detail"]
            yield url
        finally:
            process.terminate()


@pytest.fixture
def held_server(tmp_path: Path) -> Iterator[Server]:
    """A server whose answers wait for its end."""
    with serving_process(tmp_path, "held") as server:
        yield server


@pytest.fixture
def free_server(tmp_path: Path) -> Iterator[Server]:
    """A server that answers at once."""
    with serving_process(tmp_path, "free") as server:
        yield server
