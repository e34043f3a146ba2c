"""Another embedder: the vectors of the one before serve until the new ones are complete."""

from collections.abc import Callable, Sequence

import numpy as np
import pytest

from ragqa.corpus.store import SqlCorpusStore
from ragqa.datatypes import Language, Question
from ragqa.errors import ModelError
from ragqa.maintain import ModelChange, add, embedder_before
from ragqa.protocols import Embedder, Progress, Vectors
from ragqa.retrieval.dense import FaissIndex
from ragqa.retrieval.index import CorpusIndex
from ragqa.retrieval.lexical import TantivyIndex
from ragqa.retrieval.retriever import HybridRetriever, ruling_ids
from tests.integration.corpus_parts import HashEmbedder, ruling, upsert


class LetterEmbedder:
    """Another model, of another dimension: texts are near where they have the same letters."""

    model_id = "letters"
    dimension = 26

    def encode_questions(self, texts: Sequence[str]) -> Vectors:
        counts = [[1.0 + text.lower().count(chr(letter)) for letter in range(97, 123)] for text in texts]
        raw = np.array(counts, np.float32)
        matrix: Vectors = raw / np.linalg.norm(raw, axis=1, keepdims=True)
        return matrix

    def encode_passages(self, texts: Sequence[str], progress: Progress | None = None) -> Vectors:
        return self.encode_questions(texts)


@pytest.fixture
def written(store: SqlCorpusStore) -> SqlCorpusStore:
    """A corpus that the embedder `hash` has embedded."""
    store.apply([upsert(ruling(f"q{number}")) for number in range(300)], model_id="hash")
    return store


def index_of(store: SqlCorpusStore, embedder: Embedder) -> CorpusIndex:
    index = CorpusIndex(store, embedder, FaissIndex(embedder.dimension), TantivyIndex())
    index.build()
    return index


def found(index: CorpusIndex, text: str) -> list[str]:
    question = Question(text=text, lang=Language.EN)
    return ruling_ids(HybridRetriever(index, candidates=5).retrieve(question, index.link(question)))


def never() -> bool:
    return False


def after(batches: int) -> Callable[[], bool]:
    """Stop after some batches: it is asked before each."""
    left = iter(range(batches))
    return lambda: next(left, None) is None


def test_the_vectors_before_serve_until_the_new_ones_are_complete(written: SqlCorpusStore) -> None:
    before, coming = HashEmbedder(), LetterEmbedder()
    index = index_of(written, before)
    change = ModelChange(written, index, coming)
    assert change.unembedded == 300

    assert change.go_on(None, after(2)) == (256, False)
    assert (change.unembedded, written.vectors.counts()) == (44, {"hash": 300, "letters": 256})
    assert (index.embedder, index.unembedded, len(index.dense)) == (before, 0, 300)
    before.embedded.clear()
    assert "q7" in found(index, "May I q7?")
    assert before.embedded == ["May I q7?"]  # asked of the model before
    # What is added meanwhile is embedded by the model that serves, and found at once.
    add(ruling("late"), store=written, embedder=index.embedder, index=index)
    assert index.unembedded == 0
    assert "late" in found(index, "May I late?")

    assert change.go_on(None, never) == (45, True)
    assert (index.embedder, index.unembedded, len(index.dense), change.unembedded) == (coming, 0, 301, 0)
    before.embedded.clear()
    assert found(index, "May I late?")[0] == "late"
    assert before.embedded == []
    assert change.go_on(None, never) == (0, False)
    add(ruling("later"), store=written, embedder=index.embedder, index=index)
    assert found(index, "May I later?")[0] == "later"


def test_what_was_written_while_the_last_vectors_were_made_is_embedded_afterwards(written: SqlCorpusStore) -> None:
    index = index_of(written, HashEmbedder())

    def write(done: int, total: int) -> None:
        if done == total:
            add(ruling("late"), store=written, embedder=HashEmbedder(), index=index)

    ModelChange(written, index, LetterEmbedder()).go_on(write, never)
    assert (index.unembedded, len(index.dense), len(index.rows)) == (1, 300, 301)
    assert written.vectors.missing("letters") == [301]


def test_a_question_embedded_by_the_model_before_is_embedded_again_by_the_one_that_took_over(
    written: SqlCorpusStore,
) -> None:
    coming = LetterEmbedder()

    class Slow(HashEmbedder):
        """The other model takes over while this one embeds a question."""

        def encode_questions(self, texts: Sequence[str]) -> Vectors:
            ModelChange(written, index, coming).go_on(None, never)
            return super().encode_questions(texts)

    index = index_of(written, Slow())
    with index.asked("May I q7?") as vector:
        assert vector.shape == (coming.dimension,)
        assert index.dense.search(vector, 1)[0][1] == pytest.approx(1, abs=0.02)


def test_which_model_serves_at_the_start(written: SqlCorpusStore, caplog: pytest.LogCaptureFixture) -> None:
    def load(model_id: str) -> Embedder:
        return HashEmbedder(model_id)

    def fail(model_id: str) -> Embedder:
        raise ModelError(f"{model_id} is gone")

    before = embedder_before(written, "letters", load)
    assert before is not None
    assert before.model_id == "hash"
    assert embedder_before(written, "hash", fail) is None
    assert caplog.text == ""
    assert embedder_before(written, "letters", fail) is None
    assert "300 of 300 passages have no vector of letters" in caplog.text
    # Complete: the model before has no more vectors than it.
    written.vectors.put("letters", list(range(1, 301)), LetterEmbedder().encode_passages(["x"] * 300))
    assert embedder_before(written, "letters", fail) is None


def test_an_empty_corpus_has_no_model_before(store: SqlCorpusStore) -> None:
    assert embedder_before(store, "letters", HashEmbedder) is None
