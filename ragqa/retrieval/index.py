"""Everything that searches the corpus, in memory: caches of the store that follow its changes one by one."""

import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager

import numpy as np

from ragqa.datatypes import Language, Linking, Question, Source, SourceKind
from ragqa.protocols import CorpusStore, DenseIndex, Embedder, LexicalIndex, Progress, Vectors
from ragqa.retrieval.contents import IndexContents
from ragqa.retrieval.linking.completion import Completion
from ragqa.retrieval.linking.corpus_names import CorpusNames
from ragqa.retrieval.linking.linker import NameLinker
from ragqa.retrieval.linking.ordinary import load_ordinary_words
from ragqa.retrieval.linking.scoring import load_weights
from ragqa.retrieval.question_vectors import QuestionVectors
from ragqa.retrieval.rows import IndexState

_CARDS_AT_ONCE = 1000
"""From this many changed cards on the names are built anew, which is then faster than changing them one by one."""
_PASSAGES_AT_ONCE = 1000
"""Passages taken over while questions wait; between two such batches they get their turn."""
_UNEMBEDDED_COSINE = 0.8
"""Stands for the cosine of a ruling without a vector: that of e5 between a question and an unrelated ruling."""

Changed = Sequence[tuple[SourceKind, str, Source | None]]
"""Sources as they are now, None where one was removed."""


class CorpusIndex(IndexContents):
    """Vectors, words, names and the ruling graph of one corpus version, searched with one embedder.

    Reading and catching up exclude each other by one lock; a question holds it for milliseconds.
    """

    def __init__(self, store: CorpusStore, embedder: Embedder, dense: DenseIndex, lexical: LexicalIndex) -> None:
        super().__init__(dense, lexical)
        self.store = store
        self.embedder = embedder
        self.lock = threading.RLock()
        self.version = 0
        self._following = threading.Lock()
        self._questions = QuestionVectors(embedder)
        self._ordinary = load_ordinary_words()
        self.weights = load_weights()
        self.linker = self._link_by(self.names)

    def _link_by(self, names: CorpusNames) -> NameLinker:
        self.names = names
        return NameLinker(
            names, ordinary=self._ordinary, weights=self.weights, graph=self.graph, nearness=self.nearness
        )

    def build(self, progress: Progress | None = None) -> None:
        """Read the whole store; then catch up with what was written meanwhile."""
        with self._following:
            version = self.store.corpus_version()
            with self.lock:
                self.linker = self._link_by(self._read_names())
                for ruling in self.store.rulings():
                    self.put_source(ruling)
                done = 0
                for batch in self.store.all_passages(self.embedder.model_id):
                    self.put_passages(batch)
                    done += len(batch)
                    if progress:
                        progress(done, done)
                self.version = version
            self._catch_up()

    def restore(self, state: IndexState, dense: DenseIndex, lexical: LexicalIndex, version: int) -> None:
        """Become what an index was at a corpus version; then catch up with what was written since."""
        with self._following:
            with self.lock:
                self.become(state, dense, lexical)
                self.linker = self._link_by(self.names)
                self.version = version
                self.put_stored_vectors(self.store.passages(state.unembedded, self.embedder.model_id))
            self._catch_up()

    def catch_up(self) -> None:
        """Take over every change committed since the last time."""
        with self._following:
            if self.store.corpus_version() != self.version:
                self._catch_up()

    def _catch_up(self) -> None:
        changes = self.store.changes_since(self.version, self.embedder.model_id)
        sources = self.store.changed_sources(self.version)
        many = sum(kind is SourceKind.CARD for kind, _, _ in sources) >= _CARDS_AT_ONCE
        names = self._read_names() if many else None
        first, rest = changes.added[:_PASSAGES_AT_ONCE], changes.added[_PASSAGES_AT_ONCE:]
        with self.lock:
            self._follow(sources, names)
            self.discard_passages(changes.removed_rows)
            self.put_passages(first)
        for at in range(0, len(rest), _PASSAGES_AT_ONCE):
            with self.lock:
                self.put_passages(rest[at : at + _PASSAGES_AT_ONCE])
        with self.lock:
            self._embed_known(sources)
            self.version = changes.corpus_version

    def _read_names(self) -> CorpusNames:
        return CorpusNames(self.store.cards(), self.store.aliases())

    def _follow(self, changed: Changed, names: CorpusNames | None) -> None:
        """Take over what sources say; the names all at once, where they were read anew."""
        for kind, source_id, source in changed:
            if names is not None and kind in (SourceKind.CARD, SourceKind.ALIASES):
                continue
            if source is None:
                self.discard_source(kind, source_id)
            else:
                self.put_source(source)
        if names is not None:
            self.linker = self._link_by(names)

    def _embed_known(self, changed: Changed) -> None:
        """Take the vectors that a change brought to passages that were there without one."""
        lacking = [
            (kind, source_id)
            for kind, source_id, _ in changed
            if any(row in self._unembedded for row in self.rows_of(kind, source_id))
        ]
        for kind in {kind for kind, _ in lacking}:
            ids = [source_id for of_kind, source_id in lacking if of_kind is kind]
            found = self.store.source_passages(kind, ids, self.embedder.model_id)
            self.put_stored_vectors(stored for passages in found.values() for stored in passages)

    def take_vectors(self, rows: Sequence[int], vectors: Vectors) -> None:
        """Take the vectors, (len(rows), dimension), of passages that had none; rows that are gone are left out."""
        with self.lock:
            self.put_vectors(rows, vectors)

    def search_with(self, embedder: Embedder, dense: DenseIndex) -> None:
        """Search with another embedder from now on: its vectors are read into `dense`, which is empty."""
        with self._following:
            self._catch_up()
            lacking = set(self.rows)
            for batch in self.store.all_passages(embedder.model_id):
                found = {each.row: each.vector for each in batch if each.vector is not None and each.row in lacking}
                if found:
                    dense.add(list(found), np.stack(list(found.values())))
                    lacking.difference_update(found)
            with self.lock:
                self.embedder, self.dense = embedder, dense
                self._questions = QuestionVectors(embedder)
                self._unembedded = lacking

    def link(self, question: Question) -> Linking:
        """Link the cards of a question with the names of the present corpus version."""
        with self.asked(question.text):
            return self.linker.link(question)

    def complete(self, typed: str, lang: Language, limit: int) -> list[Completion]:
        """Return cards whose names complete what is typed; see `NameLinker.complete`."""
        with self.lock:
            return self.linker.complete(typed, lang, limit)

    def names_of(self, card_id: str) -> Sequence[str]:
        """Return a card's official names in every language."""
        with self.lock:
            return self.names.names_of(card_id)

    def card_names(self, lang: Language) -> dict[str, str]:
        """Return every card's name in a language, by card id."""
        with self.lock:
            return {card_id: self.names.name(card_id, lang) for card_id in self.rows.sources(SourceKind.CARD)}

    def question_vector(self, text: str) -> Vectors:
        """Return the unit vector of a question, (dimension,); the last questions are remembered."""
        return self._questions.of(text)

    def forget_questions(self) -> None:
        """Forget the remembered questions' vectors."""
        self._questions.forget()

    @contextmanager
    def asked(self, text: str) -> Iterator[Vectors]:
        """Hold the lock with a question's vector; it is embedded before, so that nobody waits for that."""
        while True:
            questions = self._questions
            vector = questions.of(text)
            with self.lock:
                if questions is self._questions:  # else another embedder took over meanwhile
                    yield vector
                    return

    def nearness(self, text: str, ruling_ids: Iterable[str]) -> Mapping[str, float]:
        """Return the question's cosine to each ruling that has a vector, over its nearest passage."""
        best = self._nearest_rows(text, ruling_ids)
        return {ruling_id: cosine for ruling_id, (_, cosine) in best.items()}

    def best_rows(self, text: str, ruling_ids: Iterable[str]) -> dict[str, tuple[int, float]]:
        """Return each ruling's nearest (row, cosine); a low cosine for one whose vectors are still to come."""
        wanted = list(ruling_ids)
        best = self._nearest_rows(text, wanted)
        if self._unembedded:
            with self.lock:
                for ruling_id in wanted:
                    rows = self.rows_of(SourceKind.RULING, ruling_id)
                    if rows and ruling_id not in best:
                        best[ruling_id] = (rows[0], _UNEMBEDDED_COSINE)
        return best

    def _nearest_rows(self, text: str, ruling_ids: Iterable[str]) -> dict[str, tuple[int, float]]:
        with self.asked(text) as vector:
            among = [row for ruling_id in ruling_ids for row in self.rows_of(SourceKind.RULING, ruling_id)]
            best: dict[str, tuple[int, float]] = {}
            for row, cosine in self.dense.search(vector, len(among), among):
                best.setdefault(self.rows[row].source_id, (row, cosine))
            return best
