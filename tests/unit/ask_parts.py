"""A store of one ruling, for tests of the use case."""

from typing import cast

from ragqa.datatypes import Ruling
from ragqa.errors import NotFound
from ragqa.protocols import CorpusStore


class _OneRuling:
    def __init__(self, ruling: Ruling) -> None:
        self._ruling = ruling

    def corpus_version(self) -> int:
        return 7

    def ruling(self, ruling_id: str) -> Ruling:
        if ruling_id != self._ruling.ruling_id:
            raise NotFound(ruling_id)
        return self._ruling


def store_of_one(ruling: Ruling) -> CorpusStore:
    """Return a store that answers what `ask` reads."""
    return cast(CorpusStore, _OneRuling(ruling))
