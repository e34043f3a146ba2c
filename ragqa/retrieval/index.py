"""Everything that searches the corpus, in memory: caches of the store that follow its changes one by one."""

import threading
from collections import OrderedDict
from collections.abc import Iterable, Mapping, Sequence

import msgspec
import numpy as np

from ragqa.datatypes import (
    Card,
    CardAliases,
    Language,
    Linking,
    Passage,
    Question,
    Region,
    Ruling,
    Source,
    SourceKind,
)
from ragqa.protocols import CorpusStore, DenseIndex, Embedder, LexicalIndex, Progress, StoredPassage, Vectors
from ragqa.retrieval.graph import RulingGraph
from ragqa.retrieval.linking.linker import NameLinker
from ragqa.retrieval.linking.ordinary import load_ordinary_words
from ragqa.retrieval.linking.scoring import load_weights

_REMEMBERED_QUESTIONS = 256


class Row(msgspec.Struct, frozen=True):
    """What is known of an indexed passage without reading the store."""

    source_id: str
    kind: SourceKind
    lang: Language
    number: int


class Validity(msgspec.Struct, frozen=True):
    """When and where a ruling holds; dates are ISO dates."""

    region: Region
    published: str | None
    withdrawn: str | None
    superseded: bool

    def holds(self, as_of: str | None, region: Region | None) -> bool:
        """Whether the ruling held on a day, or holds today if none is given, in a region, or in any."""
        if region is not None and self.region is not region:
            return False
        if as_of is None:
            return self.withdrawn is None and not self.superseded
        return (self.published or "") <= as_of and (self.withdrawn is None or as_of < self.withdrawn)


class CorpusIndex:
    """Vectors, words, names and the ruling graph of one corpus version.

    Reading and catching up exclude each other by one lock; a question holds it for milliseconds.
    """

    def __init__(self, store: CorpusStore, embedder: Embedder, dense: DenseIndex, lexical: LexicalIndex) -> None:
        self.store = store
        self.embedder = embedder
        self.dense = dense
        self.lexical = lexical
        self.graph = RulingGraph()
        self.lock = threading.RLock()
        self.version = 0
        self.rows: dict[int, Row] = {}
        self.validity: dict[str, Validity] = {}
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
        with self.lock:
            version = self.store.corpus_version()
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
            self.catch_up()

    def catch_up(self) -> None:
        """Take over every change committed since the last time."""
        with self.lock:
            if self.store.corpus_version() == self.version:
                return
            changes = self.store.changes_since(self.version, self.embedder.model_id)
            for kind, source_id, source in self.store.changed_sources(self.version):
                self._follow(kind, source_id, source)
            self._remove(changes.removed_rows)
            self._add(changes.added)
            self.version = changes.corpus_version

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
        # A passage without a vector of this model is not searchable yet: `embed_missing` makes it so.
        # One that is known already came while the whole store was read.
        fresh = [stored for stored in batch if stored.row not in self.rows]
        ready = [(stored, stored.vector) for stored in fresh if stored.vector is not None]
        for stored, _ in ready:
            passage = stored.passage
            number = int(passage.passage_id.rpartition(f"#{passage.lang}")[2])
            self.rows[stored.row] = Row(passage.source_id, passage.kind, passage.lang, number)
            self._rows_of.setdefault((passage.kind, passage.source_id), []).append(stored.row)
        rows = [stored.row for stored, _ in ready]
        if rows:
            self.dense.add(rows, np.stack([vector for _, vector in ready]))
            self.lexical.add(rows, [lexical_text(stored.passage) for stored, _ in ready])

    def _remove(self, rows: Sequence[int]) -> None:
        known = [row for row in rows if row in self.rows]
        self.dense.remove(known)
        self.lexical.remove(known)
        for number in known:
            row = self.rows.pop(number)
            self._rows_of[row.kind, row.source_id].remove(number)

    def link(self, question: Question) -> Linking:
        """Link the cards of a question with the names of the present corpus version."""
        self.question_vector(question.text)  # embed outside the lock; the linker then finds it remembered
        with self.lock:
            return self.linker.link(question)

    def names_of(self, card_id: str) -> Sequence[str]:
        """Return a card's official names in every language."""
        with self.lock:
            return self.linker.names_of(card_id)

    def card_names(self, lang: Language) -> dict[str, str]:
        """Return every card's name in a language, by card id."""
        with self.lock:
            ids = [source_id for kind, source_id in self._rows_of if kind is SourceKind.CARD]
            return {card_id: self.linker.name(card_id, lang) for card_id in ids}

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
        """Return the question's cosine to each ruling, over its nearest passage."""
        best = self.best_rows(text, ruling_ids)
        return {ruling_id: cosine for ruling_id, (_, cosine) in best.items()}

    def best_rows(self, text: str, ruling_ids: Iterable[str]) -> dict[str, tuple[int, float]]:
        """Return each ruling's nearest (row, cosine)."""
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
