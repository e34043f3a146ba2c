"""Ask the same questions of ragqa, txtai and LlamaIndex, over the same passages with the same vectors.

    python -m venv /tmp/others
    /tmp/others/bin/pip install -c constraints.txt '.[bundled]' txtai llama-index-core llama-index-retrievers-bm25
    /tmp/others/bin/python -m benchmarks.against_others --home HOME FILE…

HOME holds the whole game with its vectors (`make import-shared`). The others index the passages of all current rulings;
ragqa searches its whole corpus, withdrawn rulings and card texts beside. Nothing is embedded but the questions, once
and before the clock starts. Both others are set up as their documentation shows for hybrid search, with their defaults.
"""

import argparse
import asyncio
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from importlib.metadata import version
from pathlib import Path

import msgspec
import numpy as np

from benchmarks.questions import DevQuestion, read_questions
from benchmarks.remembered import RememberedQuestions
from benchmarks.run import quantile
from ragqa.config import Settings
from ragqa.corpus.passages import embedding_text
from ragqa.corpus.store import SqlCorpusStore, open_store
from ragqa.datatypes import Language, Question, SourceKind
from ragqa.protocols import Vectors
from ragqa.retrieval.dense import FaissIndex
from ragqa.retrieval.embedder import load_embedder
from ragqa.retrieval.index import CorpusIndex
from ragqa.retrieval.lexical import TantivyIndex
from ragqa.retrieval.retriever import HybridRetriever, ruling_ids
from ragqa.retrieval.snapshot import Snapshots

_RETRIEVED = 40
"""Passages asked for: some rulings have several, and each counts once."""
Search = Callable[[Question], list[str]]
"""From a question to ruling ids, best first."""


class Known(msgspec.Struct, frozen=True):
    """A passage of a current ruling: its ruling, text and vector, (dimension,)."""

    ruling_id: str
    text: str
    vector: Vectors


def current_passages(store: SqlCorpusStore, model_id: str) -> Iterator[Known]:
    """Yield the passages of the rulings that hold today."""
    current = {ruling.ruling_id for ruling in store.rulings() if not ruling.withdrawn and not ruling.superseded_by}
    for batch in store.all_passages(model_id):
        for stored in batch:
            passage = stored.passage
            if passage.kind is SourceKind.RULING and passage.source_id in current and stored.vector is not None:
                yield Known(passage.source_id, embedding_text(passage), stored.vector)


def with_ragqa(settings: Settings, store: SqlCorpusStore, embedder: RememberedQuestions) -> Search:
    """Link and rank as `ragqa ask` does."""
    index = CorpusIndex(store, embedder, FaissIndex(embedder.dimension), TantivyIndex())
    Snapshots(settings.home / "index").fill(index)
    retriever = HybridRetriever(index, candidates=settings.candidate_passages)
    return lambda question: ruling_ids(retriever.retrieve(question, index.link(question)))


def with_txtai(passages: Sequence[Known], vectors: Mapping[str, Vectors]) -> Search:
    """txtai's hybrid of dense vectors and BM25."""
    from txtai import Embeddings

    embeddings = Embeddings(
        method="external", transform=lambda texts: np.stack([vectors[text] for text in texts]), hybrid=True
    )
    embeddings.index([(number, passage.text, None) for number, passage in enumerate(passages)])
    return lambda question: [passages[number].ruling_id for number, _ in embeddings.search(question.text, _RETRIEVED)]


def with_llama_index(passages: Sequence[Known], vectors: Mapping[str, Vectors]) -> Search:
    """LlamaIndex's vector index and BM25 retriever, fused by reciprocal rank."""
    from llama_index.core import VectorStoreIndex
    from llama_index.core.base.embeddings.base import BaseEmbedding
    from llama_index.core.llms import MockLLM
    from llama_index.core.retrievers import QueryFusionRetriever
    from llama_index.core.schema import TextNode
    from llama_index.retrievers.bm25 import BM25Retriever

    class Remembered(BaseEmbedding):
        def _get_text_embedding(self, text: str) -> list[float]:
            found: list[float] = vectors[text].tolist()
            return found

        _get_query_embedding = _get_text_embedding

        async def _aget_query_embedding(self, query: str) -> list[float]:
            return self._get_text_embedding(query)

    nodes = [
        TextNode(text=passage.text, id_=str(number), embedding=passage.vector.tolist())
        for number, passage in enumerate(passages)
    ]
    dense = VectorStoreIndex(nodes, embed_model=Remembered()).as_retriever(similarity_top_k=_RETRIEVED)
    words = BM25Retriever.from_defaults(nodes=nodes, similarity_top_k=_RETRIEVED)
    fused = QueryFusionRetriever(
        [dense, words],
        llm=MockLLM(),
        num_queries=1,
        mode="reciprocal_rerank",
        similarity_top_k=_RETRIEVED,
        use_async=False,
    )
    return lambda question: [passages[int(found.node.node_id)].ruling_id for found in fused.retrieve(question.text)]


def score(name: str, search: Search, asked: Sequence[DevQuestion]) -> None:
    """Print recall by language and the milliseconds a question."""
    ranks: dict[str, list[int]] = defaultdict(list)
    times = []
    for each in asked:
        question = Question(text=each.question, lang=Language(each.lang))
        begun = time.perf_counter()
        found = list(dict.fromkeys(search(question)))
        times.append((time.perf_counter() - begun) * 1000)
        rank = next((at for at, ruling_id in enumerate(found) if ruling_id in each.ruling_ids), len(found) + 1000)
        ranks["all"].append(rank)
        ranks[each.lang].append(rank)
    shares = " | ".join(
        f"{sum(rank < 1 for rank in ranks[lang]) / len(ranks[lang]):.3f} / "
        f"{sum(rank < 5 for rank in ranks[lang]) / len(ranks[lang]):.3f}"
        for lang in ("all", "ko", "ja", "en")
        if ranks[lang]
    )
    print(f"| {name} | {shares} | {quantile(times, 0.5):.1f} / {quantile(times, 0.95):.1f} |", flush=True)


def main() -> None:
    """Print a table for each file of questions."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--home", type=Path, required=True)
    parser.add_argument("--systems", nargs="+", default=["ragqa", "txtai", "LlamaIndex"])
    parser.add_argument("files", type=Path, nargs="+")
    arguments = parser.parse_args()
    settings = Settings.model_validate({"home": arguments.home})
    files = {path: [each for each in read_questions(path) if each.ruling_ids] for path in arguments.files}
    texts = list(dict.fromkeys(each.question for asked in files.values() for each in asked))
    embedder = load_embedder(settings)
    store = open_store(settings.resolved_database_url)
    passages = list(current_passages(store, embedder.model_id))
    vectors = dict(zip(texts, embedder.encode_questions(texts), strict=True))
    vectors |= {passage.text: passage.vector for passage in passages}
    remembered = RememberedQuestions(embedder.model_id, vectors, partial(load_embedder, settings))
    del embedder
    asyncio.set_event_loop(asyncio.new_event_loop())
    makers: dict[str, Callable[[], Search]] = {
        "ragqa": lambda: with_ragqa(settings, store, remembered),
        f"txtai {version('txtai')}, hybrid": lambda: with_txtai(passages, vectors),
        f"LlamaIndex {version('llama-index-core')}, dense + BM25": lambda: with_llama_index(passages, vectors),
    }
    searches = {name: make() for name, make in makers.items() if name.startswith(tuple(arguments.systems))}
    print(f"{len(passages)} passages of {len({passage.ruling_id for passage in passages})} current rulings")
    for path, asked in files.items():
        print(f"\n{path.name}, {len(asked)} questions with a gold ruling\n")
        print("| | all, recall@1 / @5 | ko | ja | en | ms a question, p50 / p95 |\n|---|---|---|---|---|---|")
        for name, search in searches.items():
            score(name, search, asked)
    store.close()


if __name__ == "__main__":
    main()
