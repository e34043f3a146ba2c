"""What the index knows of passages and rulings without reading the store."""

import msgspec

from ragqa.datatypes import Language, Region, SourceKind


class Row(msgspec.Struct, frozen=True, array_like=True):
    """What is known of an indexed passage without reading the store."""

    source_id: str
    kind: SourceKind
    lang: Language
    number: int


class Validity(msgspec.Struct, frozen=True, array_like=True):
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
    """Everything of an index but its vectors, words and names."""

    rows: dict[int, Row]
    unembedded: list[int]
    rulings: dict[str, IndexedRuling]
