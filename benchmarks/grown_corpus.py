"""An index of any size over the whole game: a part of it, or all of it and made-up rulings beside."""

import random
from collections.abc import Iterator

import msgspec
import numpy as np

from ragqa.corpus.store import SqlCorpusStore
from ragqa.datatypes import Region, Ruling, SourceKind
from ragqa.protocols import StoredPassage
from ragqa.retrieval.index import CorpusIndex
from ragqa.retrieval.rows import Validity

_BATCH = 2000
_MODELS = 5000
_NOISE = 0.02


def fill_to_size(index: CorpusIndex, store: SqlCorpusStore, size: int) -> None:
    """Put `size` passages into an empty index that has its names: drawn from the store, then made up."""
    chance = random.Random(0)
    total = store.passage_count()
    kept = set(chance.sample(range(total), min(size, total)))
    rulings = {ruling.ruling_id: ruling for ruling in store.rulings()}
    seen, models = 0, []
    for batch in store.all_passages(index.embedder.model_id, _BATCH):
        taken = [stored for i, stored in enumerate(batch, seen) if i in kept]
        seen += len(batch)
        _put_rulings(index, taken, rulings)
        index.put_passages(taken)
        models += [stored for stored in taken if stored.passage.kind is SourceKind.RULING]
    models = chance.sample(models, min(_MODELS, len(models)))
    for batch in _made_up(models, size - len(index.rows), max(index.rows) * 10, chance):
        for stored in batch:
            index.graph.put(stored.passage.source_id, stored.passage.card_ids)
            index.validity[stored.passage.source_id] = Validity(Region.OCG, None, None, False)
        index.put_passages(batch)


def _put_rulings(index: CorpusIndex, taken: list[StoredPassage], rulings: dict[str, Ruling]) -> None:
    for stored in taken:
        if stored.passage.kind is SourceKind.RULING and stored.passage.source_id not in index.validity:
            index.put_source(rulings[stored.passage.source_id])


def _made_up(models: list[StoredPassage], count: int, row: int, chance: random.Random) -> Iterator[list[StoredPassage]]:
    """Yield batches of rulings that nobody gave: each of a real vector, a little turned, and two real texts' halves."""
    noise = np.random.default_rng(0)
    named = [stored.passage.card_ids for stored in models if len(stored.passage.card_ids) > 1]
    for start in range(0, count, _BATCH):
        batch = []
        for number in range(row + start, row + min(start + _BATCH, count)):
            first, second = chance.choice(models), chance.choice(models)
            ids = (*chance.choice(named)[:1], *chance.choice(named)[:1])
            batch.append(_mixed(number, first, second, ids, noise))
        yield batch


def _mixed(
    number: int, first: StoredPassage, second: StoredPassage, card_ids: tuple[str, ...], noise: np.random.Generator
) -> StoredPassage:
    ours, theirs = first.passage, second.passage
    passage = msgspec.structs.replace(
        ours,
        passage_id=f"made-up-{number}#{ours.lang}1",
        source_id=f"made-up-{number}",
        card_ids=card_ids,
        heading=ours.heading[: len(ours.heading) // 2] + theirs.heading[len(theirs.heading) // 2 :],
        text=ours.text[: len(ours.text) // 2] + theirs.text[len(theirs.text) // 2 :],
    )
    assert first.vector is not None
    vector = first.vector + noise.normal(0, _NOISE, first.vector.shape)
    return StoredPassage(number, passage, (vector / np.linalg.norm(vector)).astype(np.float32))
