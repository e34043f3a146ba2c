"""Everything that searches the corpus, in memory: caches of the store that follow its changes one by one."""

import threading
from collections import OrderedDict
from collections.abc import Iterable, Mapping, Sequence

import numpy as np

from ragqa.datatypes import Card, CardAliases, Language, Linking, Passage, Question, Region, Ruling, Source, SourceKind
from ragqa.protocols import CorpusStore, DenseIndex, Embedder, LexicalIndex, Progress, StoredPassage, Vectors
from ragqa.retrieval.graph import RulingGraph
from ragqa.retrieval.linking.completion import Completion
from ragqa.retrieval.linking.linker import NameLinker
from ragqa.retrieval.linking.ordinary import load_ordinary_words
from ragqa.retrieval.linking.scoring import load_weights
from ragqa.retrieval.rows import IndexedRuling, IndexState, Row, Validity

_REMEMBERED_QUESTIONS = 256
_CARDS_AT_ONCE = 1000
"""From this many changed cards on the names are built anew, which is then faster than changing them one by one."""
_PASSAGES_AT_ONCE = 1000
"""Passages taken over while questions wait; between two such batches they get their turn."""
_UNEMBEDDED_COSINE = 0.8
"""Stands for the cosine of a ruling without a vector: that of e5 between a question and an unrelated ruling."""


class CorpusIndex:
    """Vectors, words, names and the ruling graph of one corpus version.

    A passage whose vector is still to come is found by words, names and the graph. Reading and catching up exclude
    each other by one lock; a question holds it for milliseconds.
    """

    def __init__(self, store: CorpusStore, embedder: Embedder, dense: DenseIndex, lexical: LexicalIndex) -> None:
        self.store = store
        self.embedder = embedder
        self.dense = dense
        self.lexical = lexical
        self.graph = RulingGraph()
        self.lock = threading.RLock()
        self._following = threading.Lock()
        self.version = 0
        self.rows: dict[int, Row] = {}
        self.validity: dict[str, Validity] = {}
        self._unembedded: set[int] = set()
        self._rows_of: dict[tuple[SourceKind, str], list[int]] = {}
        self._questions: OrderedDict[str, Vectors] = OrderedDict()
        self.linker = self._new_linker((), ())

    def _new_linker(self, cards: Iterable[Card], aliases: Iterable[CardAliases]) -> NameLinker:
        return NameLinker(
            ordinary=load_ordinary_words(),
            weights=load_weights(),
            graph=self.graph,
            nearness=self.nearness,
            cards=cards,
            aliases=aliases,
        )

    def build(self, progress: Progress | None = None) -> None:
        """Read the whole store; then catch up with what was written meanwhile."""
        with self._following:
            version = self.store.corpus_version()
            with self.lock:
                self.linker = self._new_linker(self.store.cards(), self.store.aliases())
                for ruling in self.store.rulings():
                    self._put_ruling(ruling)
                done = 0
                for batch in self.store.all_passages(self.embedder.model_id):
                    self._add(batch)
                    done += len(batch)
                    if progress:
                        progress(done, done)
                self.version = version
            self._catch_up()

    def state(self) -> IndexState:
        """Return what is known beside vectors, words and names; call it with the lock held."""
        rulings = {
            ruling_id: IndexedRuling(self.graph.cards_of(ruling_id), validity)
            for ruling_id, validity in self.validity.items()
        }
        return IndexState(self.rows, sorted(self._unembedded), rulings)

    def restore(self, state: IndexState, dense: DenseIndex, lexical: LexicalIndex, version: int) -> None:
        """Become what an index was at a corpus version; then catch up with what was written since."""
        with self._following:
            with self.lock:
                self.dense, self.lexical, self.version = dense, lexical, version
                self.rows = state.rows
                for number, row in state.rows.items():
                    self._rows_of.setdefault((row.kind, row.source_id), []).append(number)
                for ruling_id, ruling in state.rulings.items():
                    self.graph.put(ruling_id, ruling.card_ids)
                    self.validity[ruling_id] = ruling.validity
                self.linker = self._new_linker(self.store.cards(), self.store.aliases())
                self._unembedded = set(state.unembedded)
                self._add_vectors(self.store.passages(state.unembedded, self.embedder.model_id))
            self._catch_up()

    def catch_up(self) -> None:
        """Take over every change committed since the last time."""
        with self._following:
            if self.store.corpus_version() != self.version:
                self._catch_up()

    def _catch_up(self) -> None:
        changes = self.store.changes_since(self.version, self.embedder.model_id)
        sources = self.store.changed_sources(self.version)
        linker = self._relinked(sources)
        first, rest = changes.added[:_PASSAGES_AT_ONCE], changes.added[_PASSAGES_AT_ONCE:]
        with self.lock:
            for kind, source_id, source in sources:
                if linker is self.linker or kind not in (SourceKind.CARD, SourceKind.ALIASES):
                    self._follow(kind, source_id, source)
            self.linker = linker
            self._remove(changes.removed_rows)
            self._add(first)
        for at in range(0, len(rest), _PASSAGES_AT_ONCE):
            with self.lock:
                self._add(rest[at : at + _PASSAGES_AT_ONCE])
        with self.lock:
            self._embed_known(sources)
            self.version = changes.corpus_version

    def _relinked(self, changed: Sequence[tuple[SourceKind, str, Source | None]]) -> NameLinker:
        """Return the linker that is to follow the changes: a new one where they are many."""
        if sum(kind is SourceKind.CARD for kind, _, _ in changed) < _CARDS_AT_ONCE:
            return self.linker
        return self._new_linker(self.store.cards(), self.store.aliases())

    def _embed_known(self, changed: Sequence[tuple[SourceKind, str, Source | None]]) -> None:
        """Take the vectors that a change brought to passages that were there without one."""
        lacking = [
            (kind, source_id)
            for kind, source_id, _ in changed
            if any(row in self._unembedded for row in self.rows_of(kind, source_id))
        ]
        for kind in {kind for kind, _ in lacking}:
            ids = [source_id for of_kind, source_id in lacking if of_kind is kind]
            found = self.store.source_passages(kind, ids, self.embedder.model_id)
            self._add_vectors([stored for passages in found.values() for stored in passages])

    def _follow(self, kind: SourceKind, source_id: str, source: Source | None) -> None:
        match source:
            case Card():
                self.linker.put_card(source)
            case CardAliases():
                self.linker.put_aliases(source)
            case Ruling():
                self._put_ruling(source)
            case None if kind is SourceKind.CARD:
                self.linker.discard_card(source_id)
            case None if kind is SourceKind.ALIASES:
                self.linker.discard_aliases(source_id)
            case None if kind is SourceKind.RULING:
                self.graph.discard(source_id)
                self.validity.pop(source_id, None)
            case _:
                pass

    def _put_ruling(self, ruling: Ruling) -> None:
        self.graph.put(ruling.ruling_id, ruling.card_ids)
        self.validity[ruling.ruling_id] = Validity(
            ruling.region, ruling.published, ruling.withdrawn, ruling.superseded_by is not None
        )

    def _add(self, batch: Sequence[StoredPassage]) -> None:
        # One that is known already came while the whole store was read.
        fresh = [stored for stored in batch if stored.row not in self.rows]
        for stored in fresh:
            passage = stored.passage
            number = int(passage.passage_id.rpartition(f"#{passage.lang}")[2])
            self.rows[stored.row] = Row(passage.source_id, passage.kind, passage.lang, number)
            self._rows_of.setdefault((passage.kind, passage.source_id), []).append(stored.row)
            self._unembedded.add(stored.row)
        self.lexical.add([stored.row for stored in fresh], [lexical_text(stored.passage) for stored in fresh])
        self._add_vectors(fresh)

    def _add_vectors(self, batch: Iterable[StoredPassage]) -> None:
        ready = [(each.row, each.vector) for each in batch if each.vector is not None]
        if ready:
            self.take_vectors([row for row, _ in ready], np.stack([vector for _, vector in ready]))

    def take_vectors(self, rows: Sequence[int], vectors: Vectors) -> None:
        """Take the vectors, (len(rows), dimension), of passages that had none; rows that are gone are left out."""
        with self.lock:
            wanted = [i for i, row in enumerate(rows) if row in self._unembedded]
            self.dense.add([rows[i] for i in wanted], vectors[wanted])
            self._unembedded.difference_update(rows)

    @property
    def unembedded(self) -> int:
        """How many passages have no vector yet."""
        return len(self._unembedded)

    def _remove(self, rows: Sequence[int]) -> None:
        known = [row for row in rows if row in self.rows]
        self.dense.remove(known)
        self.lexical.remove(known)
        self._unembedded.difference_update(known)
        for number in known:
            row = self.rows.pop(number)
            self._rows_of[row.kind, row.source_id].remove(number)

    def link(self, question: Question) -> Linking:
        """Link the cards of a question with the names of the present corpus version."""
        self.question_vector(question.text)  # embed outside the lock; the linker then finds it remembered
        with self.lock:
            return self.linker.link(question)

    def complete(self, typed: str, lang: Language, limit: int) -> list[Completion]:
        """Return cards whose names complete what is typed; see `NameLinker.complete`."""
        with self.lock:
            return self.linker.complete(typed, lang, limit)

    def names_of(self, card_id: str) -> Sequence[str]:
        """Return a card's official names in every language."""
        with self.lock:
            return self.linker.names_of(card_id)

    def card_names(self, lang: Language) -> dict[str, str]:
        """Return every card's name in a language, by card id."""
        with self.lock:
            ids = [source_id for kind, source_id in self._rows_of if kind is SourceKind.CARD]
            return {card_id: self.linker.name(card_id, lang) for card_id in ids}

    def regions(self) -> frozenset[Region]:
        """Return the regions whose rulings the corpus has."""
        with self.lock:
            return frozenset(Region) & {validity.region for validity in self.validity.values()}

    def rows_of(self, kind: SourceKind, source_id: str) -> Sequence[int]:
        """Return the rows of a source's passages."""
        return self._rows_of.get((kind, source_id), ())

    def question_vector(self, text: str) -> Vectors:
        """Return the unit vector of a question, (dimension,); the last questions are remembered."""
        with self.lock:
            if text in self._questions:
                self._questions.move_to_end(text)
                return self._questions[text]
        vector: Vectors = self.embedder.encode_questions([text])[0]
        with self.lock:
            self._questions[text] = vector
            while len(self._questions) > _REMEMBERED_QUESTIONS:
                self._questions.popitem(last=False)
        return vector

    def forget_questions(self) -> None:
        """Forget the remembered questions' vectors."""
        with self.lock:
            self._questions.clear()

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
        vector = self.question_vector(text)
        with self.lock:
            among = [row for ruling_id in ruling_ids for row in self.rows_of(SourceKind.RULING, ruling_id)]
            best: dict[str, tuple[int, float]] = {}
            for row, cosine in self.dense.search(vector, len(among), among):
                best.setdefault(self.rows[row].source_id, (row, cosine))
            return best


def lexical_text(passage: Passage) -> str:
    """Return the text whose words are searched."""
    return f"{passage.heading}\n{passage.text}"
