"""What is indexed: vectors, words, names, the ruling graph and when each ruling holds; changed source by source."""

from collections.abc import Iterable, Sequence

import numpy as np

from ragqa.datatypes import Card, CardAliases, Passage, Region, Ruling, Source, SourceKind
from ragqa.protocols import DenseIndex, LexicalIndex, StoredPassage, Vectors
from ragqa.retrieval.graph import RulingGraph
from ragqa.retrieval.linking.corpus_names import CorpusNames
from ragqa.retrieval.rows import IndexedRuling, IndexState, PassageRows, Validity


class IndexContents:
    """The contents of an index. Passages are those of sources, under the rows that the store gives them.

    A passage whose vector is still to come is found by words, names and the graph.
    """

    def __init__(self, dense: DenseIndex, lexical: LexicalIndex) -> None:
        self.dense = dense
        self.lexical = lexical
        self.names = CorpusNames()
        self.graph = RulingGraph()
        self.rows = PassageRows()
        self.validity: dict[str, Validity] = {}
        self._unembedded: set[int] = set()

    @property
    def unembedded(self) -> int:
        """How many passages have no vector yet."""
        return len(self._unembedded)

    def state(self) -> IndexState:
        """Return all but the vectors and words, to be written down before the next change."""
        rulings = {
            ruling_id: IndexedRuling(self.graph.cards_of(ruling_id), validity)
            for ruling_id, validity in self.validity.items()
        }
        return IndexState(self.rows.by_number, sorted(self._unembedded), rulings, self.names.tables())

    def become(self, state: IndexState, dense: DenseIndex, lexical: LexicalIndex) -> None:
        """Take over contents that were written down."""
        self.dense, self.lexical = dense, lexical
        self.names = CorpusNames.restored(state.names)
        self.rows = PassageRows(state.rows)
        self._unembedded = set(state.unembedded)
        for ruling_id, ruling in state.rulings.items():
            self.graph.put(ruling_id, ruling.card_ids)
            self.validity[ruling_id] = ruling.validity

    def put_source(self, source: Source) -> None:
        """Take over what a source says beside its passages."""
        match source:
            case Card():
                self.names.put_card(source)
            case CardAliases():
                self.names.put_aliases(source)
            case Ruling():
                self.graph.put(source.ruling_id, source.card_ids)
                superseded = source.superseded_by is not None
                self.validity[source.ruling_id] = Validity(
                    source.region, source.published, source.withdrawn, superseded
                )
            case _:
                pass

    def discard_source(self, kind: SourceKind, source_id: str) -> None:
        """Forget what a source said beside its passages."""
        match kind:
            case SourceKind.CARD:
                self.names.discard_card(source_id)
            case SourceKind.ALIASES:
                self.names.discard_aliases(source_id)
            case SourceKind.RULING:
                self.graph.discard(source_id)
                self.validity.pop(source_id, None)
            case _:
                pass

    def put_passages(self, batch: Sequence[StoredPassage]) -> None:
        """Add passages, those that are not there yet; with their vectors, as far as they have one."""
        fresh = [stored for stored in batch if stored.row not in self.rows]
        for stored in fresh:
            self.rows.put(stored.row, stored.passage)
        self._unembedded.update(stored.row for stored in fresh)
        self.lexical.add([stored.row for stored in fresh], [lexical_text(stored.passage) for stored in fresh])
        self.put_stored_vectors(fresh)

    def put_stored_vectors(self, batch: Iterable[StoredPassage]) -> None:
        """Take the vectors that passages were read with, as far as they have one."""
        ready = [(each.row, each.vector) for each in batch if each.vector is not None]
        if ready:
            self.put_vectors([row for row, _ in ready], np.stack([vector for _, vector in ready]))

    def put_vectors(self, rows: Sequence[int], vectors: Vectors) -> None:
        """Take vectors, (len(rows), dimension), of passages that are there without one; the others are left out."""
        wanted = [i for i, row in enumerate(rows) if row in self._unembedded]
        self.dense.add([rows[i] for i in wanted], vectors[wanted])
        self._unembedded.difference_update(rows)

    def discard_passages(self, numbers: Sequence[int]) -> None:
        """Forget rows; unknown ones are ignored."""
        known = [number for number in numbers if number in self.rows]
        self.dense.remove(known)
        self.lexical.remove(known)
        self._unembedded.difference_update(known)
        for number in known:
            self.rows.discard(number)

    def rows_of(self, kind: SourceKind, source_id: str) -> Sequence[int]:
        """Return the rows of a source's passages."""
        return self.rows.of(kind, source_id)

    def regions(self) -> frozenset[Region]:
        """Return the regions whose rulings are indexed."""
        return frozenset(Region) & {validity.region for validity in self.validity.values()}


def lexical_text(passage: Passage) -> str:
    """Return the text whose words are searched."""
    return f"{passage.heading}\n{passage.text}"
