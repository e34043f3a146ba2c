"""The same store on a real PostgreSQL: nothing above the engine knows the difference.

Runs where RAGQA_TEST_POSTGRESQL_URL names an empty database; its tables are left there.
"""

import os
import threading
from collections.abc import Iterator

import pytest

from ragqa.corpus.store import SqlCorpusStore, open_store
from ragqa.datatypes import SourceKind
from ragqa.errors import DuplicateSource
from ragqa.maintain import add, import_sources, remove, withdraw
from tests.integration.corpus_parts import HashEmbedder, RowIndex, card, ruling, upsert

URL = os.environ.get("RAGQA_TEST_POSTGRESQL_URL")


@pytest.fixture
def postgresql() -> Iterator[SqlCorpusStore]:
    if not URL:
        pytest.skip("RAGQA_TEST_POSTGRESQL_URL names no database")
    store = open_store(URL)
    yield store
    store.close()


def test_life_of_a_corpus(postgresql: SqlCorpusStore) -> None:
    store, embedder = postgresql, HashEmbedder()
    index = RowIndex(store)
    add(card("1", "Old."), store=store, embedder=embedder, index=index)
    add(card("1", "New."), store=store, embedder=embedder, index=index, expected_version=1)
    items = list(enumerate([card(str(number)) for number in range(2, 700)] + [ruling("q")], start=1))
    assert import_sources(items, store=store, embedder=embedder, index=index).corpus_version == 3
    assert import_sources(items, store=store, embedder=embedder, index=index).corpus_version == 3
    withdraw("q", "2025-06-15", store=store, embedder=embedder, index=index)
    remove(SourceKind.CARD, "2", store=store, index=index)
    with pytest.raises(DuplicateSource):
        add(card("1"), store=store, embedder=embedder, index=index, replace=False)
    assert store.corpus_version() == 5
    assert store.count(SourceKind.CARD) == 698
    assert [version.source for version in store.history(SourceKind.CARD, "1")] == [card("1", "Old."), card("1", "New.")]
    assert len(index.rows) == 699
    assert index.rows == RowIndex.rebuilt(store).rows
    _write_from_many_threads(store)


def _write_from_many_threads(store: SqlCorpusStore) -> None:
    versions: list[int] = []

    def write(number: int) -> None:
        versions.append(store.apply([upsert(card(f"t{number}"))], model_id="hash"))

    threads = [threading.Thread(target=write, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert sorted(versions) == [6, 7, 8, 9]
