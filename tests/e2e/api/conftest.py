"""`ragqa serve` in a real process, on the corpus of tests/e2e/conftest.py."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from ragqa.corpus.keys import Scope
from ragqa.corpus.store import open_store
from tests.e2e.api.server_process import Server, ragqa_serve, serving_process
from tests.integration.api_parts import api_settings


@pytest.fixture(scope="module")
def url(folder: Path) -> Iterator[str]:
    """Where the server listens, once it is ready."""
    with ragqa_serve(folder) as url:
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


@pytest.fixture
def admin_key(tmp_path: Path) -> str:
    """A key for everything, in the database of the servers above."""
    store = open_store(api_settings(tmp_path).resolved_database_url)
    try:
        return store.keys.create("tester", [Scope.ADMIN])[1]
    finally:
        store.close()
