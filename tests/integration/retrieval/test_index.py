"""The index in memory over a real store."""

from ragqa.corpus.store import SqlCorpusStore
from ragqa.datatypes import SourceKind
from ragqa.maintain import add
from ragqa.retrieval.dense import FaissIndex
from ragqa.retrieval.index import CorpusIndex
from ragqa.retrieval.lexical import TantivyIndex
from tests.integration.corpus_parts import HashEmbedder, card


def test_what_was_written_before_the_index_was_built_can_be_replaced(store: SqlCorpusStore) -> None:
    embedder = HashEmbedder()
    index = CorpusIndex(store, embedder, FaissIndex(embedder.dimension), TantivyIndex())
    add(card("c1", "It jumps."), store=store, embedder=embedder, index=index)
    index.build()
    add(card("c1", "It digs."), store=store, embedder=embedder, index=index)
    rows = index.rows_of(SourceKind.CARD, "c1")
    assert [stored.passage.text for stored in store.passages(rows)] == ["It digs."]
    assert set(rows) == set(index.rows)
    assert len(index.dense) == len(index.lexical) == 1
