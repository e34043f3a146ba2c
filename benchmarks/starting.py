"""Measure how long the index of a home takes to fill: from the store, then from the snapshot that this leaves.

    python -m benchmarks.starting --home HOME

The model is not loaded. Run it on a copy of HOME: its snapshot is replaced.
"""

import argparse
import multiprocessing
import resource
import shutil
import time
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import msgspec

from ragqa.config import Settings
from ragqa.corpus.store import open_store
from ragqa.protocols import Progress, Vectors
from ragqa.retrieval.dense import FaissIndex
from ragqa.retrieval.index import CorpusIndex
from ragqa.retrieval.lexical import TantivyIndex
from ragqa.retrieval.snapshot import Snapshots

_STARTS = 5


class StoredEmbedder:
    """Stands for the model of which the store has the most vectors; it cannot embed."""

    dimension = 384

    def __init__(self, counts: dict[str, int]) -> None:
        self.model_id = max(counts, key=lambda model_id: counts[model_id])

    def encode_questions(self, texts: Sequence[str]) -> Vectors:
        """Refuse."""
        raise NotImplementedError("this benchmark embeds nothing")

    def encode_passages(self, texts: Sequence[str], progress: Progress | None = None) -> Vectors:
        """Refuse."""
        raise NotImplementedError("this benchmark embeds nothing")


class Start(msgspec.Struct, frozen=True):
    """What one start took: seconds by the clock and of processor time, and gigabytes at most."""

    passages: int
    seconds: float
    processor: float
    memory: float


def start(home: Path) -> Start:
    """Fill an index, in a process that has done nothing else."""
    settings = Settings.model_validate({"home": home})
    store = open_store(settings.resolved_database_url)
    index = CorpusIndex(store, StoredEmbedder(store.vectors.counts()), FaissIndex(384), TantivyIndex())
    clock, processor = time.perf_counter(), time.process_time()
    Snapshots(home / "index").fill(index)
    seconds, processor = time.perf_counter() - clock, time.process_time() - processor
    store.close()
    return Start(len(index.rows), seconds, processor, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6)


def main() -> None:
    """Print one start from the store, and the fastest and the slowest of several from the snapshot."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--home", type=Path, required=True)
    home: Path = parser.parse_args().home
    shutil.rmtree(home / "index", ignore_errors=True)
    spawned = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(1, spawned, max_tasks_per_child=1) as processes:
        built, *loaded = processes.map(start, [home] * (1 + _STARTS))
    tell("from the store", built)
    tell("from the snapshot, fastest", min(loaded, key=lambda each: each.seconds))
    tell("from the snapshot, slowest", max(loaded, key=lambda each: each.seconds))


def tell(what: str, each: Start) -> None:
    """Print a line."""
    print(
        f"{each.passages} passages {what}: {each.seconds:.1f} s, {each.processor:.1f} s of processor time, "
        f"{each.memory:.2f} GB without the model"
    )


if __name__ == "__main__":
    main()
