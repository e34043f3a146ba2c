"""Each committed write leaves one row that says who, what, and from which version to which."""

import threading

import pytest

from ragqa.corpus.answered_writes import AnsweredWrite
from ragqa.corpus.audit import Author, acting_as
from ragqa.corpus.store import SqlCorpusStore
from ragqa.datatypes import SourceKind
from ragqa.errors import StaleWrite
from tests.integration.corpus_parts import card, ruling, upsert

MOMO = Author(name="momo", key_id="abc", request_id="r1")


def test_add_replace_and_remove_tell_the_source_and_its_versions(store: SqlCorpusStore) -> None:
    store.apply([upsert(card("2"))], model_id="hash", summary="import")
    with acting_as(MOMO):
        store.apply([upsert(card("1"))], model_id="hash", summary="add card 1")
        store.apply([upsert(card("1", "It hops."))], model_id="hash", summary="add card 1")
        store.apply([], [(SourceKind.CARD, "1")], model_id=None, summary="remove card 1")
    rows = [
        (row.author, row.key_id, row.request_id, row.action, row.source_id, row.version_before, row.version_after)
        for row in store.audit.page()
    ]
    assert rows == [
        ("momo", "abc", "r1", "remove card 1", "1", 3, 4),
        ("momo", "abc", "r1", "add card 1", "1", 2, 3),
        ("momo", "abc", "r1", "add card 1", "1", None, 2),
        ("ragqa", None, None, "import", "2", None, 1),
    ]


def test_a_write_of_many_sources_tells_how_many_and_the_corpus_versions(store: SqlCorpusStore) -> None:
    store.apply([upsert(card("1")), upsert(card("2")), upsert(ruling("r"))], model_id="hash", summary="import")
    [row] = store.audit.page()
    assert (row.action, row.kind, row.source_id, row.sources, row.version_before, row.version_after) == (
        "import",
        None,
        None,
        3,
        0,
        1,
    )


def test_what_was_not_written_is_not_told(store: SqlCorpusStore) -> None:
    store.apply([upsert(card("1"))], model_id="hash")
    store.apply([upsert(card("1"))], model_id="hash")
    with pytest.raises(StaleWrite):
        store.apply([upsert(card("1", "It hops."))], model_id="hash", expected={(SourceKind.CARD, "1"): 9})
    assert len(store.audit.page()) == 1


def test_the_author_reaches_neither_another_thread_nor_what_comes_after(store: SqlCorpusStore) -> None:
    with acting_as(MOMO):
        other = threading.Thread(target=lambda: store.apply([upsert(card("1"))], model_id="hash"))
        other.start()
        other.join()
    store.apply([upsert(card("2"))], model_id="hash")
    assert [row.author for row in store.audit.page()] == ["ragqa", "ragqa"]


def test_pages_go_back_in_time(store: SqlCorpusStore) -> None:
    for number in range(1, 6):
        store.apply([upsert(card(str(number)))], model_id="hash")
    first = store.audit.page(limit=2)
    assert [row.source_id for row in first] == ["5", "4"]
    assert [row.source_id for row in store.audit.page(before=first[-1].number, limit=9)] == ["3", "2", "1"]


def test_sources_come_in_pages_by_id(store: SqlCorpusStore) -> None:
    store.apply([upsert(card(card_id)) for card_id in ("b", "a", "d", "c")], model_id="hash")
    store.apply([], [(SourceKind.CARD, "c")], model_id=None)
    assert store.page(SourceKind.CARD, limit=2) == [card("a"), card("b")]
    assert store.page(SourceKind.CARD, after="b", limit=2) == [card("d")]
    assert store.page(SourceKind.RULING) == []


def test_an_answered_write_is_kept_for_its_caller(store: SqlCorpusStore) -> None:
    answer = AnsweredWrite(fingerprint="f", status=201, headers={"ETag": '"1"'}, body=b"{}")
    store.answered_writes.keep("momo", "k1", answer)
    assert store.answered_writes.find("momo", "k1") == answer
    assert store.answered_writes.find("else", "k1") is None
    assert store.answered_writes.find("momo", "k2") is None
