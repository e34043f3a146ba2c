"""From sources to what the store writes: passages with a vector each, embedded only where the text is new."""

from collections.abc import Callable, Iterable, Iterator, Sequence

import numpy as np

from ragqa.corpus.passages import embedding_text, passages_of
from ragqa.corpus.sources import source_key
from ragqa.corpus.store import SqlCorpusStore
from ragqa.corpus.store_write import Upsert
from ragqa.datatypes import Passage, Source, SourceKind
from ragqa.errors import ModelError
from ragqa.protocols import Embedder, Progress, Vectors

PASSAGES_A_BATCH = 128
Taking = Callable[[Sequence[int], Vectors], None]
"""Takes rows and their vectors, (len(rows), dimension), into what searches; called when they are stored."""


def with_vectors(
    sources: Sequence[Source], *, store: SqlCorpusStore, embedder: Embedder
) -> list[tuple[Source, list[Passage], Vectors]]:
    """Cut and embed sources; a text that the source's current passages have already keeps its vector.

    Raises ModelError when the embedder returns anything but one finite vector a text.
    """
    cut = [(source, passages_of(source)) for source in sources]
    known = _known_vectors(sources, store, embedder.model_id)
    texts = [embedding_text(passage) for _, passages in cut for passage in passages]
    new = [text for text in dict.fromkeys(texts) if text not in known]
    known.update(zip(new, encode(new, embedder), strict=True))
    return [
        (source, passages, _rows([known[embedding_text(passage)] for passage in passages], embedder.dimension))
        for source, passages in cut
    ]


def encode(texts: Sequence[str], embedder: Embedder) -> Vectors:
    """Embed texts and check what comes back, (len(texts), dimension). Raises ModelError."""
    if not texts:
        return np.empty((0, embedder.dimension), dtype=np.float32)
    matrix = embedder.encode_passages(texts)
    if matrix.shape != (len(texts), embedder.dimension) or not np.isfinite(matrix).all():
        raise ModelError(
            f"embedder {embedder.model_id!r} returned {matrix.shape} for {len(texts)} texts, or values that are not "
            "finite; nothing was written"
        )
    return matrix


def with_known_vectors(
    sources: Iterable[Sequence[Source]], *, store: SqlCorpusStore, model_id: str
) -> Iterator[Upsert]:
    """Cut batches of sources; a text keeps the vector it has, a new one gets its vector from `embed_missing`."""
    for batch in sources:
        known = _known_vectors(batch, store, model_id)
        for source in batch:
            passages = passages_of(source)
            yield source, passages, [known.get(embedding_text(passage)) for passage in passages]


def embed_missing(
    store: SqlCorpusStore,
    embedder: Embedder,
    progress: Progress | None = None,
    *,
    take: Taking | None = None,
    stopped: Callable[[], bool] = lambda: False,
) -> int:
    """Embed every passage that this embedder has no vector of, rulings first; return how many were embedded.

    Each batch is stored when it is done, so that a run that is stopped or killed goes on where it was.
    """
    rows = store.vectors.missing(embedder.model_id)
    done = 0
    while done < len(rows) and not stopped():
        batch = rows[done : done + PASSAGES_A_BATCH]
        stored = store.passages(batch)
        present = [each.row for each in stored]
        matrix = encode([embedding_text(each.passage) for each in stored], embedder)
        store.vectors.put(embedder.model_id, present, matrix)
        if take:
            take(present, matrix)
        done += len(batch)
        if progress:
            progress(done, len(rows))
    return done


def _known_vectors(sources: Sequence[Source], store: SqlCorpusStore, model_id: str) -> dict[str, Vectors]:
    ids: dict[SourceKind, list[str]] = {}
    for kind, source_id in map(source_key, sources):
        ids.setdefault(kind, []).append(source_id)
    return {
        embedding_text(stored.passage): stored.vector
        for kind, of_kind in ids.items()
        for passages in store.source_passages(kind, of_kind, model_id).values()
        for stored in passages
        if stored.vector is not None
    }


def _rows(vectors: Sequence[Vectors], dimension: int) -> Vectors:
    return np.stack(vectors) if vectors else np.empty((0, dimension), dtype=np.float32)
