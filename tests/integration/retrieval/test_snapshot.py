"""The index on disk: taken over, caught up, or built anew with a word in the log."""

import subprocess
import sys
from pathlib import Path
from types import ModuleType

import msgspec
import pytest

from ragqa.corpus.passages import passages_of
from ragqa.corpus.store import SqlCorpusStore, open_store
from ragqa.datatypes import Language, Question, SourceKind
from ragqa.maintain import add, embed_missing, remove
from ragqa.retrieval import dense, lexical, rows
from ragqa.retrieval.dense import FaissIndex
from ragqa.retrieval.index import CorpusIndex
from ragqa.retrieval.lexical import TantivyIndex
from ragqa.retrieval.retriever import HybridRetriever, ruling_ids
from ragqa.retrieval.snapshot import Snapshots
from tests.integration.corpus_parts import HashEmbedder, card, ruling, upsert


@pytest.fixture(autouse=True)
def every_corpus_is_worth_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ragqa.retrieval.snapshot.WORTH_PASSAGES", 1)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "index"


@pytest.fixture
def written(store: SqlCorpusStore, folder: Path) -> SqlCorpusStore:
    """A corpus of which a snapshot was saved."""
    store.apply([upsert(card("c1", name="Amber Otter")), upsert(ruling("q1")), upsert(ruling("q2"))], model_id="hash")
    Snapshots(folder).fill(empty(store))
    return store


def empty(store: SqlCorpusStore, model_id: str = "hash") -> CorpusIndex:
    embedder = HashEmbedder(model_id)
    return CorpusIndex(store, embedder, FaissIndex(embedder.dimension), TantivyIndex())


def filled(store: SqlCorpusStore, folder: Path) -> CorpusIndex:
    index = empty(store)
    Snapshots(folder).fill(index)
    return index


def found(index: CorpusIndex, text: str) -> list[str]:
    question = Question(text=text, lang=Language.EN)
    return ruling_ids(HybridRetriever(index, candidates=5).retrieve(question, index.link(question)))


def contents(index: CorpusIndex) -> tuple[object, ...]:
    """Everything that decides what is found."""
    vectors = [index.dense.search(index.question_vector(f"May I {ruling_id}?"), 9) for ruling_id in ("q1", "q2")]
    state = msgspec.msgpack.encode(index.state())
    # In single precision once tantivy has the words, in double before.
    words = [(row, round(score, 5)) for row, score in index.lexical.search("jumps may yes", 9)]
    return (index.version, state, index.names_of("c1"), vectors, words)


def test_a_matching_snapshot_is_the_index_that_was_saved(
    written: SqlCorpusStore, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    built = empty(written)
    built.build()

    def no_reading(*_: object) -> None:
        raise AssertionError("the passages were read from the store")

    monkeypatch.setattr(written, "all_passages", no_reading)
    assert contents(filled(written, folder)) == contents(built)


def test_a_stale_snapshot_is_caught_up_from_the_store(written: SqlCorpusStore, folder: Path) -> None:
    following = empty(written)
    following.build()
    add(ruling("q3"), store=written, embedder=following.embedder, index=following)
    add(card("c1", "It digs.", name="Amber Otter"), store=written, embedder=following.embedder, index=following)
    remove(SourceKind.RULING, "q1", store=written, index=following)
    index = filled(written, folder)
    assert contents(index)[:4] == contents(following)[:4]
    assert [row for row, _ in index.lexical.search("digs", 5)] == [5]
    assert index.rows_of(SourceKind.RULING, "q1") == []
    assert "q3" in found(index, "May I q3?")


def test_the_words_of_a_snapshot_stay_as_they_were_saved(written: SqlCorpusStore, folder: Path) -> None:
    index = filled(written, folder)
    add(card("c2", "It glitters."), store=written, embedder=index.embedder, index=index)
    assert len(index.lexical) == 4
    # The saved files still have the SHA-256 of the sidecar.
    assert len(filled(written, folder).lexical) == 4


def test_vectors_made_since_are_taken(store: SqlCorpusStore, folder: Path) -> None:
    store.apply([(each, passages_of(each), None) for each in (ruling("q1"), ruling("q2"))], model_id=None)
    index = filled(store, folder)
    assert (index.unembedded, len(index.dense)) == (2, 0)
    embed_missing(store, index.embedder)
    caught_up = filled(store, folder)
    assert (caught_up.unembedded, len(caught_up.dense)) == (0, 2)


@pytest.mark.parametrize("part", ["vectors.faiss", "state.msgpack", "words/*.idx", "words/meta.json"])
def test_a_single_flipped_bit_is_noticed_and_the_index_built_anew(
    part: str, written: SqlCorpusStore, folder: Path, caplog: pytest.LogCaptureFixture
) -> None:
    built = empty(written)
    built.build()
    (path,) = folder.glob(f"*-*/{part}")
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.unlink()  # the running index has the same file under another name
    path.write_bytes(content)
    assert contents(filled(written, folder)) == contents(built)
    assert "does not have the SHA-256" in caplog.text
    caplog.clear()
    filled(written, folder)
    assert caplog.text == ""


@pytest.mark.parametrize("content", [b"", b"{", b'{"folder": "x"}'])
def test_a_broken_sidecar_is_told_of(
    content: bytes, written: SqlCorpusStore, folder: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (folder / "snapshot.json").write_bytes(content)
    assert len(filled(written, folder).rows) == 3
    assert "will be made anew" in caplog.text


def test_a_truncated_file_is_noticed(written: SqlCorpusStore, folder: Path, caplog: pytest.LogCaptureFixture) -> None:
    (path,) = folder.glob("*-*/vectors.faiss")
    path.write_bytes(path.read_bytes()[:-5])
    assert len(filled(written, folder).dense) == 3
    assert "vectors.faiss does not have the SHA-256" in caplog.text


def test_a_missing_file_is_noticed(written: SqlCorpusStore, folder: Path, caplog: pytest.LogCaptureFixture) -> None:
    (path,) = folder.glob("*-*/vectors.faiss")
    path.unlink()
    assert len(filled(written, folder).dense) == 3
    assert "files are missing" in caplog.text


def test_a_snapshot_of_another_corpus_at_the_same_version_is_not_taken(
    written: SqlCorpusStore, folder: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    other = open_store(f"sqlite:///{tmp_path / 'other.db'}")
    other.apply([upsert(card("c9", name="Basalt Heron"))], model_id="hash", summary="another")
    assert other.corpus_version() == written.corpus_version()
    assert list(filled(other, folder).names_of("c9")) == ["Basalt Heron"]
    assert "another corpus" in caplog.text
    other.close()


def test_a_snapshot_of_another_model_is_not_taken(
    written: SqlCorpusStore, folder: Path, caplog: pytest.LogCaptureFixture
) -> None:
    index = empty(written, "other")
    Snapshots(folder).fill(index)
    assert (index.unembedded, len(index.dense)) == (3, 0)
    assert "'hash'" in caplog.text


@pytest.mark.parametrize("module", [dense, lexical, rows])
def test_a_snapshot_that_other_code_made_is_not_taken(
    module: ModuleType,
    written: SqlCorpusStore,
    folder: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    changed = tmp_path / "changed.py"
    changed.write_text("other code")
    monkeypatch.setattr(module, "__file__", str(changed))
    assert contents(filled(written, folder)) == contents(filled(written, tmp_path / "new"))
    assert "another version of ragqa made it" in caplog.text


def test_nothing_is_written_where_nothing_changed_and_old_snapshots_go(written: SqlCorpusStore, folder: Path) -> None:
    index = empty(written)
    snapshots = Snapshots(folder)
    snapshots.fill(index)
    before = (folder / "snapshot.json").read_bytes()
    snapshots.save(index)
    assert (folder / "snapshot.json").read_bytes() == before
    add(ruling("q3"), store=written, embedder=index.embedder, index=index)
    snapshots.save(index)
    assert (folder / "snapshot.json").read_bytes() != before
    assert len(list(folder.glob("[0-9]*-*"))) == 1


def test_a_small_corpus_has_no_snapshot(store: SqlCorpusStore, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ragqa.retrieval.snapshot.WORTH_PASSAGES", 2)
    store.apply([upsert(ruling("q1"))], model_id="hash")
    assert len(filled(store, folder).rows) == 1
    assert not folder.exists()


def test_what_a_killed_process_left_is_removed_and_a_running_one_keeps_its_words(
    written: SqlCorpusStore, folder: Path
) -> None:
    killed = """
import sys, os, signal
from pathlib import Path
from ragqa.retrieval.index_folder import live_folder
from ragqa.retrieval.lexical import TantivyIndex
home = Path(sys.argv[1])
index = TantivyIndex(live_folder(home))
(home / "unfinished-x").mkdir()
(home / "7-x").mkdir()
print(index.folder.name, flush=True)
os.kill(os.getpid(), signal.SIGKILL)
"""
    running = filled(written, folder)
    told = subprocess.run([sys.executable, "-c", killed, str(folder)], stdout=subprocess.PIPE, text=True, check=False)
    assert (folder / told.stdout.strip()).is_dir()
    filled(written, folder)
    assert not (folder / told.stdout.strip()).exists()
    assert not (folder / "unfinished-x").exists()
    assert not (folder / "7-x").exists()
    add(ruling("q3"), store=written, embedder=running.embedder, index=running)
    Snapshots(folder).save(running)
    assert len(filled(written, folder).lexical) == 4


def test_a_snapshot_has_the_words_that_tantivy_did_not_have_yet(written: SqlCorpusStore, folder: Path) -> None:
    index = filled(written, folder)
    add(card("c1", "It digs.", name="Amber Otter"), store=written, embedder=index.embedder, index=index)
    Snapshots(folder).save(index)
    assert [row for row, _ in filled(written, folder).lexical.search("digs", 5)] == [4]
    assert filled(written, folder).lexical.search("jumps", 5) == []
