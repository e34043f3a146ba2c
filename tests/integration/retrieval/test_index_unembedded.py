"""Passages in the index whose vectors are still to come."""

import msgspec
import numpy as np
import pytest

from ragqa.corpus.passages import passages_of
from ragqa.corpus.store import SqlCorpusStore
from ragqa.datatypes import Language, Question, Ruling, Source
from ragqa.maintain import add, embed_missing
from ragqa.retrieval.dense import FaissIndex
from ragqa.retrieval.index import CorpusIndex
from ragqa.retrieval.lexical import TantivyIndex
from ragqa.retrieval.retriever import HybridRetriever, ruling_ids
from tests.integration.corpus_parts import EN, HashEmbedder, card


def about(ruling_id: str, question: str, *card_ids: str) -> Ruling:
    return Ruling(
        ruling_id=ruling_id, lang=EN, question={EN: question}, answer={EN: "Yes."}, card_ids=list(card_ids), source="qa"
    )


def write_without_vectors(store: SqlCorpusStore, *sources: Source) -> None:
    store.apply([(source, passages_of(source), None) for source in sources], model_id=None)


@pytest.fixture
def index(store: SqlCorpusStore) -> CorpusIndex:
    embedder = HashEmbedder()
    return CorpusIndex(store, embedder, FaissIndex(embedder.dimension), TantivyIndex())


def found(index: CorpusIndex, text: str) -> list[str]:
    question = Question(text=text, lang=Language.EN)
    return ruling_ids(HybridRetriever(index, candidates=5).retrieve(question, index.link(question)))


def test_rulings_without_vectors_are_found_by_cards_and_words(store: SqlCorpusStore, index: CorpusIndex) -> None:
    write_without_vectors(
        store,
        card("c1", name="Glimmerwick Moth"),
        card("c2", name="Quarry Lantern"),
        about("both", "Can one be chained to the other?", "c1", "c2"),
        about("one", "Does the first destroy itself?", "c1"),
        about("words", "Is the vermilion gate open?"),
    )
    index.build()
    assert (index.unembedded, len(index.dense), len(index.lexical)) == (5, 0, 5)
    assert found(index, "Glimmerwick Moth against Quarry Lantern")[:2] == ["both", "one"]
    assert found(index, "the vermilion gate")[0] == "words"


def test_each_batch_of_vectors_serves_the_next_question(store: SqlCorpusStore, index: CorpusIndex) -> None:
    write_without_vectors(store, about("q1", "May I draw?"), about("q2", "May I pass?"))
    index.build()
    embed_missing(store, index.embedder, take=index.take_vectors)
    assert (index.unembedded, len(index.dense)) == (0, 2)
    vector = index.question_vector("May I pass?")
    (row, cosine), *_ = index.dense.search(vector, 1)
    assert index.rows[row].source_id == "q2"
    assert cosine == pytest.approx(1.0, abs=1e-6)


def test_vectors_of_passages_that_are_gone_are_left_out(store: SqlCorpusStore, index: CorpusIndex) -> None:
    write_without_vectors(store, about("q1", "May I draw?"))
    index.build()
    index.take_vectors([1, 99], np.eye(2, 4, dtype=np.float32))
    assert len(index.dense) == 1


def test_vector_that_a_correction_brings_is_taken(store: SqlCorpusStore, index: CorpusIndex) -> None:
    write_without_vectors(store, about("q1", "May I draw?"))
    index.build()
    # The passages stay as they are, and so do their rows.
    dated = msgspec.structs.replace(about("q1", "May I draw?"), published="2024-01-01")
    add(dated, store=store, embedder=index.embedder, index=index)
    assert (index.unembedded, len(index.dense), list(index.rows)) == (0, 1, [1])


def test_a_large_import_is_taken_over_while_questions_are_asked(
    store: SqlCorpusStore, index: CorpusIndex, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ragqa.retrieval.index._PASSAGES_AT_ONCE", 2)
    monkeypatch.setattr("ragqa.retrieval.index._CARDS_AT_ONCE", 3)
    index.build()
    names = ("Amber Otter", "Basalt Heron", "Cobalt Newt", "Dune Lynx", "Ember Shrew")
    write_without_vectors(store, *(card(f"c{n}", name=name) for n, name in enumerate(names)))
    index.catch_up()
    assert (index.version, len(index.rows), len(index.lexical)) == (1, 5, 5)
    linking = index.link(Question(text="does Dune Lynx draw?", lang=Language.EN))
    assert linking.card_ids == ("c3",)
