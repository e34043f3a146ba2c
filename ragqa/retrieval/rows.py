"""What the index knows of passages and rulings without reading the store."""

from collections.abc import Iterator, Mapping, Sequence

import msgspec

from ragqa.datatypes import Language, Passage, Region, SourceKind
from ragqa.retrieval.linking.corpus_names import NameTables


class Row(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """What is known of an indexed passage without reading the store."""

    source_id: str
    kind: SourceKind
    lang: Language
    number: int


class Validity(msgspec.Struct, frozen=True, array_like=True, gc=False):
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


class IndexedRuling(msgspec.Struct, frozen=True, array_like=True):
    """What the index knows of a ruling beside its passages."""

    card_ids: tuple[str, ...]
    validity: Validity


class IndexState(msgspec.Struct, frozen=True):
    """Everything of an index but its vectors and words."""

    rows: dict[int, Row]
    unembedded: list[int]
    rulings: dict[str, IndexedRuling]
    names: NameTables


class PassageRows(Mapping[int, Row]):
    """The indexed passages by row, and the rows of each source."""

    def __init__(self, rows: dict[int, Row] | None = None) -> None:
        self.by_number = {} if rows is None else rows
        self._of: dict[tuple[SourceKind, str], list[int]] = {}
        for number, row in self.by_number.items():
            self._of.setdefault((row.kind, row.source_id), []).append(number)

    def __getitem__(self, number: int) -> Row:
        return self.by_number[number]

    def __iter__(self) -> Iterator[int]:
        return iter(self.by_number)

    def __len__(self) -> int:
        return len(self.by_number)

    def put(self, number: int, passage: Passage) -> None:
        """Add a passage under a row that is free."""
        part = int(passage.passage_id.rpartition(f"#{passage.lang}")[2])
        self.by_number[number] = Row(passage.source_id, passage.kind, passage.lang, part)
        self._of.setdefault((passage.kind, passage.source_id), []).append(number)

    def discard(self, number: int) -> None:
        """Forget a row that is there."""
        row = self.by_number.pop(number)
        self._of[row.kind, row.source_id].remove(number)

    def of(self, kind: SourceKind, source_id: str) -> Sequence[int]:
        """Return the rows of a source's passages."""
        return self._of.get((kind, source_id), ())

    def sources(self, kind: SourceKind) -> list[str]:
        """Return the ids of the sources of a kind that have or had a passage."""
        return [source_id for of_kind, source_id in self._of if of_kind is kind]
