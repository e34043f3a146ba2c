"""Measure retrieval, adding, starting, building and memory against the size of the corpus, and draw them.

    python -m benchmarks.scaling --home HOME --questions FILE [--sizes 30000 100000 1000000] [--write]

HOME holds the whole game with its vectors (`make import-shared`); its database is copied, not changed. Each size is
built in one process and measured in a second, which starts from the snapshot of the first. Questions are embedded
beforehand, so that the times of asking are those of linking and ranking; adding has its embedding in it. Names are
always those of the whole game.
"""

import argparse
import os
import random
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from functools import partial
from multiprocessing import get_context
from pathlib import Path

import msgspec
import numpy as np

from benchmarks.grown_corpus import fill_to_size
from benchmarks.questions import read_questions
from benchmarks.remembered import RememberedQuestions
from benchmarks.run import quantile
from benchmarks.scaling_report import Measured, draw, table
from ragqa.config import Settings
from ragqa.corpus.passages import embedding_text
from ragqa.corpus.store import SqlCorpusStore, open_store
from ragqa.datatypes import Card, Language, Question
from ragqa.maintain import add
from ragqa.protocols import Embedder, Vectors
from ragqa.retrieval.dense import FaissIndex
from ragqa.retrieval.index import CorpusIndex
from ragqa.retrieval.index_folder import held, live_folder
from ragqa.retrieval.lexical import TantivyIndex
from ragqa.retrieval.linking.corpus_names import CorpusNames
from ragqa.retrieval.retriever import HybridRetriever
from ragqa.retrieval.snapshot import Snapshots

DOCUMENT, PLOT = Path("docs/performance.md"), Path("docs/images/scaling.png")
BEGIN, END = "<!-- benchmarks.scaling begins -->", "<!-- benchmarks.scaling ends -->"
_QUESTIONS, _ADDED, _ENCODED = 150, 60, 128


class Asked(msgspec.Struct, frozen=True):
    """Questions, and their vectors, (len(questions), dimension)."""

    questions: list[Question]
    vectors: Vectors
    model_id: str
    texts_a_second: float
    """Passages embedded a second by the model alone."""


def load(home: Path) -> Embedder:
    """Load the embedder that HOME is configured for."""
    from ragqa.retrieval.embedder import load_embedder

    return load_embedder(Settings.model_validate({"home": home}))


def embed(home: Path, path: Path) -> Asked:
    """Embed the questions, and see how fast passages are embedded."""
    drawn = random.Random(0).sample(read_questions(path), _QUESTIONS)
    questions = [Question(text=each.question, lang=Language(each.lang)) for each in drawn]
    embedder, store = load(home), open_store(Settings.model_validate({"home": home}).resolved_database_url)
    (first, *_) = store.all_passages(embedder.model_id, 20 * _ENCODED)
    texts = [embedding_text(stored.passage) for stored in first[::20]]
    begun = time.perf_counter()
    embedder.encode_passages(texts)
    rate = len(texts) / (time.perf_counter() - begun)
    store.close()
    vectors = np.concatenate([embedder.encode_questions([question.text]) for question in questions])
    return Asked(questions, vectors, embedder.model_id, rate)


def build(home: Path, asked: Asked, size: int) -> float:
    """Build an index of a size and leave its snapshot; return the seconds that its passages took."""
    store, index = empty(home, asked)
    with held(home / "index"):
        index.lexical = TantivyIndex(live_folder(home / "index"))
    index.names = CorpusNames(store.cards(), store.aliases())
    index.version = store.corpus_version()
    begun = time.perf_counter()
    fill_to_size(index, store, size)
    seconds = time.perf_counter() - begun
    Snapshots(home / "index").save(index)
    store.close()
    return seconds


def measure(home: Path, asked: Asked, size: int, built: float) -> Measured:
    """Start from the snapshot, ask, and add."""
    store, index = empty(home, asked)
    begun = time.perf_counter()
    Snapshots(home / "index").fill(index)
    start = time.perf_counter() - begun
    if len(index.rows) != size:
        raise RuntimeError(f"the snapshot of {size} passages was not taken over")
    retriever = HybridRetriever(index, candidates=Settings.model_validate({"home": home}).candidate_passages)

    def ask(question: Question) -> None:
        retriever.retrieve(question, index.link(question))

    for question in asked.questions[:10]:
        ask(question)
    times = [timed(lambda each=question: ask(each)) for question in asked.questions]
    memory = int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 1e9
    adds = [timed(lambda name=f"Lantern {size} {i}": add_one(name, store, index, ask))[0] for i in range(_ADDED)]
    store.close()
    wall, own = zip(*times, strict=True)
    return Measured(size, spread(wall), spread(own), spread(adds[5:]), start, built, memory)


def add_one(name: str, store: SqlCorpusStore, index: CorpusIndex, ask: Callable[[Question], None]) -> None:
    """Add a card, and ask about it: it must be linked."""
    card_id = name.replace(" ", "-")
    card = Card(card_id=card_id, names={Language.EN: f"Zephyrine {name}"}, texts={Language.EN: f"Draw 1 card. {name}"})
    add(card, store=store, embedder=index.embedder, index=index)
    question = Question(text=f"can I activate Zephyrine {name}?", lang=Language.EN)
    if card_id not in index.link(question).card_ids:
        raise RuntimeError(f"{name} was added and not found")
    ask(question)


def empty(home: Path, asked: Asked) -> tuple[SqlCorpusStore, CorpusIndex]:
    """Open the store, and an empty index that loads no model until it has to."""
    store = open_store(Settings.model_validate({"home": home}).resolved_database_url)
    known = {question.text: vector for question, vector in zip(asked.questions, asked.vectors, strict=True)}
    embedder = RememberedQuestions(asked.model_id, known, partial(load, home))
    return store, CorpusIndex(store, embedder, FaissIndex(embedder.dimension), TantivyIndex())


def timed(call: Callable[[], None]) -> tuple[float, float]:
    """Return the milliseconds of a call by the clock, and of this thread's processor time."""
    wall, own = time.perf_counter(), time.thread_time()
    call()
    return (time.perf_counter() - wall) * 1000, (time.thread_time() - own) * 1000


def spread(times: Sequence[float]) -> tuple[float, float]:
    """Return p50 and p95."""
    return quantile(list(times), 0.5), quantile(list(times), 0.95)


def main() -> None:
    """Measure every size, print a table, and draw it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--home", type=Path, required=True)
    parser.add_argument("--questions", type=Path, required=True)
    parser.add_argument("--sizes", type=int, nargs="+", default=[30_000, 100_000, 1_000_000])
    parser.add_argument("--write", action="store_true", help=f"put the table into {DOCUMENT} and the plot beside")
    arguments = parser.parse_args()
    measured = []
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        shutil.copytree(
            arguments.home, home, ignore=shutil.ignore_patterns("index", "runs", "*.lock"), dirs_exist_ok=True
        )
        spawned = get_context("spawn")

        def apart(call: Callable[..., object], *given: object) -> object:
            with spawned.Pool(1) as pool:
                return pool.apply(call, given)

        asked = apart(embed, home, arguments.questions)
        for size in arguments.sizes:
            shutil.rmtree(home / "index", ignore_errors=True)
            measured.append(apart(measure, home, asked, size, apart(build, home, asked, size)))
            print(measured[-1], file=sys.stderr)
    rendered = table(measured, asked.texts_a_second)
    print(rendered)
    if arguments.write:
        draw(measured, PLOT)
        text = DOCUMENT.read_text("utf-8")
        before, after = text.split(BEGIN)[0], text.split(END)[1]
        DOCUMENT.write_text(f"{before}{BEGIN}\n{rendered}\n{END}{after}", "utf-8")


if __name__ == "__main__":
    main()
