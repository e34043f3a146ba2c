"""The store on a real SQLite file: reading, history, no-ops, atomicity, concurrency."""

import datetime
import signal
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import msgspec
import numpy as np
import pytest

from ragqa.corpus.store import SqlCorpusStore, open_store
from ragqa.corpus.store_engine import open_engine
from ragqa.corpus.store_write import Upsert
from ragqa.datatypes import CardAliases, Rule, SourceKind
from ragqa.errors import Conflict, DuplicateSource, InvalidInput, NotFound, StaleWrite
from tests.integration.corpus_parts import EN, HashEmbedder, card, ruling, upsert


class InjectedFailure(Exception):
    pass


def test_empty_store(store: SqlCorpusStore) -> None:
    assert store.corpus_version() == 0
    assert list(store.cards()) == []
    assert store.history(SourceKind.CARD, "1") == []
    with pytest.raises(NotFound, match="no card '1'"):
        store.card("1")


def test_written_sources_read_back_by_kind(store: SqlCorpusStore) -> None:
    rule = Rule(rule_id="r", heading={EN: "Chains"}, text={EN: "A chain."})
    nicknames = CardAliases(card_id="1", aliases={EN: ["Foxy"]})
    written = [upsert(card("2")), upsert(card("1")), upsert(ruling("q")), upsert(rule), (nicknames, [], None)]
    assert store.apply(written, model_id="hash", summary="first") == 1
    assert store.corpus_version() == 1
    assert list(store.cards()) == [card("1"), card("2")]
    assert (store.card("1"), store.ruling("q"), store.rule("r")) == (card("1"), ruling("q"), rule)
    assert list(store.rulings()) == [ruling("q")]
    assert list(store.aliases()) == [nicknames]
    assert [store.count(kind) for kind in SourceKind] == [2, 1, 1, 1]
    assert store.ids(SourceKind.CARD) == {"1", "2"}
    found = store.get_many(SourceKind.CARD, ["9", "2"])
    assert {source_id: version.corpus_version for source_id, version in found.items()} == {"2": 1}


def test_passages_come_in_the_order_asked_and_gone_ones_are_left_out(store: SqlCorpusStore) -> None:
    store.apply([upsert(card("1")), upsert(card("2")), upsert(card("3"))], model_id="hash")
    store.apply([], [(SourceKind.CARD, "2")], model_id=None)
    assert [(stored.row, stored.passage.passage_id) for stored in store.passages([3, 99, 2, 1])] == [
        (3, "3#en1"),
        (1, "1#en1"),
    ]


def test_identical_source_is_a_no_op(store: SqlCorpusStore) -> None:
    store.apply([upsert(card("1"))], model_id="hash")
    assert store.apply([upsert(card("1"))], model_id="hash") == 1
    assert store.apply([upsert(card("1")), upsert(card("2"))], model_id="hash") == 2
    assert [version.corpus_version for version in store.history(SourceKind.CARD, "1")] == [1]
    assert [stored.row for stored in store.changes_since(1, "hash").added] == [2]


def test_history_keeps_every_version_and_the_tombstone(store: SqlCorpusStore) -> None:
    store.apply([upsert(card("1", "Old."))], model_id="hash")
    store.apply([upsert(card("1", "New."))], model_id="hash")
    store.apply([], [(SourceKind.CARD, "1"), (SourceKind.CARD, "never")], model_id=None)
    history = store.history(SourceKind.CARD, "1")
    assert [(v.corpus_version, v.source, v.deleted) for v in history] == [
        (1, card("1", "Old."), False),
        (2, card("1", "New."), False),
        (3, card("1", "New."), True),
    ]
    assert store.count(SourceKind.CARD) == 0
    store.apply([upsert(card("1", "New."))], model_id="hash")
    assert store.card("1") == card("1", "New.")
    assert [stored.row for stored in store.changes_since(0, "hash").added] == [3]


def test_deleting_what_is_not_there_is_a_no_op(store: SqlCorpusStore) -> None:
    assert store.apply([], [(SourceKind.RULE, "r")], model_id=None) == 0


def test_unchanged_passage_keeps_its_row_and_vector(store: SqlCorpusStore) -> None:
    store.apply([upsert(ruling("q"))], model_id="hash")
    before = store.source_passages(SourceKind.RULING, ["q"], "hash")["q"]
    store.apply([upsert(ruling("q", withdrawn="2025-06-15"))], model_id="hash")
    after = store.source_passages(SourceKind.RULING, ["q"], "hash")["q"]
    assert [(s.row, s.passage) for s in after] == [(s.row, s.passage) for s in before] == [(1, before[0].passage)]
    assert store.ruling("q").withdrawn == "2025-06-15"
    changes = store.changes_since(1, "hash")
    assert (changes.corpus_version, list(changes.removed_rows), list(changes.added)) == (2, [], [])


def test_changed_passage_gets_a_new_row_and_the_old_is_removed(store: SqlCorpusStore) -> None:
    store.apply([upsert(card("1", "Old."))], model_id="hash")
    store.apply([upsert(card("1", "New."))], model_id="hash")
    changes = store.changes_since(1, "hash")
    assert list(changes.removed_rows) == [1]
    assert [(stored.row, stored.passage.text) for stored in changes.added] == [(2, "New.")]
    vector = changes.added[0].vector
    assert vector is not None
    np.testing.assert_array_equal(vector, HashEmbedder().encode_passages(["New."])[0])


def test_text_of_a_removed_passage_is_kept_and_its_vector_is_not(store: SqlCorpusStore, tmp_path: Path) -> None:
    store.apply([upsert(card("1", "Old."))], model_id="hash")
    store.apply([upsert(card("1", "New."))], model_id="hash")
    with closing(sqlite3.connect(tmp_path / "home" / "ragqa.db")) as database:
        kept = database.execute("SELECT row, text, added_in, removed_in FROM passages ORDER BY row").fetchall()
        assert kept == [(1, "Old.", 1, 2), (2, "New.", 2, None)]
        assert database.execute("SELECT row FROM vectors").fetchall() == [(2,)]


def test_changed_cut_of_an_equal_source_is_written(store: SqlCorpusStore) -> None:
    source, passages, matrix = upsert(card("1"))
    store.apply([(source, passages, matrix)], model_id="hash")
    recut = [msgspec.structs.replace(passages[0], text="It hops.")]
    assert store.apply([(source, recut, matrix)], model_id="hash") == 2
    assert [stored.passage.text for stored in store.changes_since(0, "hash").added] == ["It hops."]
    assert len(store.history(SourceKind.CARD, "1")) == 1


def test_failure_in_the_middle_leaves_nothing(store: SqlCorpusStore) -> None:
    store.apply([upsert(card("1", "Old."))], model_id="hash")

    def failing() -> Iterator[Upsert]:
        yield upsert(card("1", "New."))
        yield from (upsert(card(str(number))) for number in range(2, 700))
        raise InjectedFailure

    with pytest.raises(InjectedFailure):
        store.apply(failing(), [], model_id="hash")
    assert store.corpus_version() == 1
    assert list(store.cards()) == [card("1", "Old.")]
    assert [[stored.row for stored in batch] for batch in store.all_passages("hash")] == [[1]]
    assert store.apply([upsert(card("2"))], model_id="hash") == 2


def test_process_killed_inside_the_transaction_leaves_nothing(database_url: str) -> None:
    open_store(database_url).close()
    script = """
import os, signal, sys
from ragqa.corpus.store import open_store
from tests.integration.corpus_parts import card, upsert
def dying():
    yield from (upsert(card(str(number))) for number in range(1200))
    os.kill(os.getpid(), signal.SIGKILL)
open_store(sys.argv[1]).apply(dying(), model_id="hash")
"""
    killed = subprocess.run([sys.executable, "-c", script, database_url], cwd=Path(__file__).parents[3], check=False)
    assert killed.returncode == -signal.SIGKILL
    store = open_store(database_url)
    assert store.corpus_version() == 0
    assert store.apply([upsert(card("1"))], model_id="hash") == 1
    store.close()


def test_readers_see_the_old_state_until_the_commit_and_are_not_blocked(store: SqlCorpusStore) -> None:
    store.apply([upsert(card("1", "Old."))], model_id="hash")
    written, read = threading.Event(), threading.Event()

    def slow() -> Iterator[Upsert]:
        yield upsert(card("1", "New."))
        yield from (upsert(card(str(number))) for number in range(2, 600))
        written.set()
        assert read.wait(30)

    writer = threading.Thread(target=lambda: store.apply(slow(), model_id="hash"))
    writer.start()
    try:
        assert written.wait(30)
        assert (store.corpus_version(), store.card("1"), store.count(SourceKind.CARD)) == (1, card("1", "Old."), 1)
    finally:
        read.set()
        writer.join(30)
    assert (store.corpus_version(), store.card("1"), store.count(SourceKind.CARD)) == (2, card("1", "New."), 599)


def test_stream_is_of_one_moment(store: SqlCorpusStore) -> None:
    store.apply([upsert(card(str(number))) for number in range(1, 6)], model_id="hash")
    batches = store.all_passages("hash", batch=2)
    rows = [stored.row for stored in next(batches)]
    store.apply([upsert(card("9"))], [(SourceKind.CARD, "5")], model_id="hash")
    rows += [stored.row for batch in batches for stored in batch]
    assert rows == [1, 2, 3, 4, 5]


def test_writers_from_many_threads_all_get_their_own_version(store: SqlCorpusStore) -> None:
    versions: list[int] = []

    def write(number: int) -> None:
        versions.append(store.apply([upsert(card(str(number)))], model_id="hash"))

    threads = [threading.Thread(target=write, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert sorted(versions) == [1, 2, 3, 4, 5, 6, 7, 8]


def test_writers_in_two_processes_wait_for_one_another(database_url: str, store: SqlCorpusStore) -> None:
    script = """
import sys
from ragqa.corpus.store import open_store
from tests.integration.corpus_parts import card, upsert
store = open_store(sys.argv[1])
for number in range(20):
    store.apply([upsert(card(f"{sys.argv[2]}{number}"))], model_id="hash")
"""
    root = Path(__file__).parents[3]
    writers = [subprocess.Popen([sys.executable, "-c", script, database_url, name], cwd=root) for name in "ab"]
    assert [writer.wait(60) for writer in writers] == [0, 0]
    assert store.corpus_version() == store.count(SourceKind.CARD) == 40
    assert [stored.row for stored in store.changes_since(0, "hash").added] == list(range(1, 41))


def test_expected_versions_are_checked_inside_the_transaction(store: SqlCorpusStore) -> None:
    key = (SourceKind.CARD, "1")
    store.apply([upsert(card("1", "Old."))], model_id="hash", expected={key: 0})
    with pytest.raises(DuplicateSource):
        store.apply([upsert(card("1", "New."))], model_id="hash", expected={key: 0})
    with pytest.raises(StaleWrite, match="now at version 1, not 7"):
        store.apply([upsert(card("1", "New."))], model_id="hash", expected={key: 7})
    assert store.apply([upsert(card("1", "New."))], model_id="hash", expected={key: 1}) == 2


def test_one_source_twice_in_a_change_is_refused(store: SqlCorpusStore) -> None:
    with pytest.raises(DuplicateSource, match="card '1' appears twice"):
        store.apply([upsert(card("1", "A.")), upsert(card("1", "B."))], model_id="hash")
    assert store.corpus_version() == 0


def test_two_kinds_with_one_passage_id_conflict(store: SqlCorpusStore) -> None:
    store.apply([upsert(card("x"))], model_id="hash")
    with pytest.raises(Conflict, match="same passage id"):
        store.apply([upsert(ruling("x"))], model_id="hash")
    assert store.corpus_version() == 1


def test_vectors_must_fit_the_passages_and_name_their_model(store: SqlCorpusStore) -> None:
    source, passages, matrix = upsert(card("1"))
    assert matrix is not None
    with pytest.raises(InvalidInput, match="2 vectors for 1 passages"):
        store.apply([(source, passages, np.vstack([matrix, matrix]))], model_id="hash")
    with pytest.raises(InvalidInput, match="model_id"):
        store.apply([(source, passages, matrix)], model_id=None)
    with pytest.raises(InvalidInput, match="1 vectors for 2 rows"):
        store.vectors.put("hash", [1, 2], matrix)


def test_vectors_of_a_second_model_stand_beside_the_first(store: SqlCorpusStore) -> None:
    store.apply([upsert(card("1")), upsert(card("2")), upsert(card("3"))], model_id="hash")
    store.apply([], [(SourceKind.CARD, "2")], model_id=None)
    assert store.vectors.missing("hash") == []
    assert store.vectors.missing("other") == [1, 3]
    matrix = np.array([[1, 0], [0, 1], [1, 1]], dtype=np.float32)
    store.vectors.put("other", [1, 2, 3], matrix)
    store.vectors.put("other", [1], np.array([[9, 9]], dtype=np.float32))
    vectors = {s.row: s.vector for batch in store.all_passages("other") for s in batch}
    assert {row: None if vector is None else vector.tolist() for row, vector in vectors.items()} == {
        1: [1, 0],
        3: [1, 1],
    }
    assert store.corpus_version() == 2


def test_card_as_of_follows_valid_from_then_the_day_of_writing(database_url: str) -> None:
    days = iter(["2026-08-01", "2026-08-02", "2026-09-10", "2026-10-01"])
    store = SqlCorpusStore(
        open_engine(database_url), now=lambda: datetime.datetime.fromisoformat(next(days) + "T12:00:00+00:00")
    )
    store.apply([upsert(card("1", "First."))], model_id="hash")
    store.apply([upsert(card("1", "Erratum.", valid_from="2024-05-01"))], model_id="hash")
    store.apply([upsert(card("1", "Corrected."))], model_id="hash")
    store.apply([], [(SourceKind.CARD, "1")], model_id=None)
    read = {
        day: store.card_as_of("1", day).texts[EN] for day in ("2000-01-01", "2024-04-30", "2024-05-01", "2026-09-10")
    }
    assert read == {
        "2000-01-01": "First.",
        "2024-04-30": "First.",
        "2024-05-01": "Erratum.",
        "2026-09-10": "Corrected.",
    }
    with pytest.raises(NotFound):
        store.card_as_of("1", "2026-10-01")
    with pytest.raises(NotFound):
        store.card_as_of("unknown", "2026-01-01")
    store.close()


def test_card_with_valid_from_did_not_exist_before(store: SqlCorpusStore) -> None:
    store.apply([upsert(card("1", valid_from="2024-05-01"))], model_id="hash")
    with pytest.raises(NotFound, match="2024-04-30"):
        store.card_as_of("1", "2024-04-30")
