"""`ragqa serve` in a real process, on the corpus of tests/e2e/conftest.py."""

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.e2e.api.server_process import Server, ragqa_serve, serving_process


@pytest.fixture(scope="module")
def url(folder: Path) -> Iterator[str]:
    """Where the server listens, once it is ready."""
    with ragqa_serve(folder) as url:
        assert httpx.get(f"{url}/livez").status_code == 200
        while (ready := httpx.get(f"{url}/readyz")).status_code != 200:
            assert "starting" in ready.json()["detail"]
        yield url


@pytest.fixture
def held_server(tmp_path: Path) -> Iterator[Server]:
    """A server whose answers wait for its end."""
    with serving_process(tmp_path, "held", drain_seconds=0) as server:
        yield server


@pytest.fixture
def free_server(tmp_path: Path) -> Iterator[Server]:
    """A server that answers at once."""
    with serving_process(tmp_path, "free") as server:
        yield server
