"""An embedder and an index small enough to see through, and short ways to write sources."""

import hashlib
from collections.abc import Sequence

import numpy as np

from ragqa.corpus.passages import passages_of
from ragqa.corpus.store import SqlCorpusStore
from ragqa.datatypes import Card, Language, Passage, Ruling, Source
from ragqa.protocols import Progress, Vectors

EN, KO, JA = Language.EN, Language.KO, Language.JA
DIMENSION = 4


class HashEmbedder:
    """Equal texts have equal unit vectors; it remembers what it was asked to embed."""

    dimension = DIMENSION

    def __init__(self, model_id: str = "hash") -> None:
        self.model_id = model_id
        self.embedded: list[str] = []

    def encode_questions(self, texts: Sequence[str]) -> Vectors:
        return self.encode_passages(texts)

    def encode_passages(self, texts: Sequence[str], progress: Progress | None = None) -> Vectors:
        self.embedded.extend(texts)
        digests = [hashlib.sha256((self.model_id + text).encode()).digest() for text in texts]
        raw = np.array([list(digest[:DIMENSION]) for digest in digests], dtype=np.float32) + 1
        matrix: Vectors = raw / np.linalg.norm(raw, axis=1, keepdims=True)
        return matrix


class RowIndex:
    """Follows a store by `changes_since` alone."""

    def __init__(self, store: SqlCorpusStore, model_id: str = "hash") -> None:
        self._store = store
        self._model_id = model_id
        self.version = 0
        self.rows: dict[int, tuple[str, str, bytes]] = {}

    def catch_up(self) -> None:
        changes = self._store.changes_since(self.version, self._model_id)
        for row in changes.removed_rows:
            self.rows.pop(row, None)
        for stored in changes.added:
            vector = b"" if stored.vector is None else stored.vector.tobytes()
            self.rows[stored.row] = (stored.passage.passage_id, stored.passage.text, vector)
        self.version = changes.corpus_version

    @classmethod
    def rebuilt(cls, store: SqlCorpusStore, model_id: str = "hash") -> "RowIndex":
        index = cls(store, model_id)
        index.version = store.corpus_version()
        for batch in store.all_passages(model_id, batch=3):
            for stored in batch:
                vector = b"" if stored.vector is None else stored.vector.tobytes()
                index.rows[stored.row] = (stored.passage.passage_id, stored.passage.text, vector)
        return index


def card(card_id: str, text: str = "It jumps.", *, name: str = "Fox", valid_from: str | None = None) -> Card:
    return Card(card_id=card_id, names={EN: name}, texts={EN: text}, valid_from=valid_from)


def ruling(ruling_id: str, *, answer: str = "Yes.", withdrawn: str | None = None, source: str = "qa") -> Ruling:
    return Ruling(
        ruling_id=ruling_id,
        lang=EN,
        question={EN: f"May I {ruling_id}?"},
        answer={EN: answer},
        withdrawn=withdrawn,
        source=source,
    )


def upsert(source: Source) -> tuple[Source, list[Passage], Vectors]:
    passages = passages_of(source)
    return source, passages, HashEmbedder().encode_passages([passage.text for passage in passages])
