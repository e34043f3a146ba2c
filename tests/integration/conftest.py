"""A real store in a temporary folder."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from ragqa.corpus.store import SqlCorpusStore, open_store


@pytest.fixture
def database_url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'home' / 'ragqa.db'}"


@pytest.fixture
def store(database_url: str) -> Iterator[SqlCorpusStore]:
    opened = open_store(database_url)
    yield opened
    opened.close()
