"""The formats a corpus is imported from, one file each; a file's format is told from its content."""

from collections.abc import Iterator
from pathlib import Path
from typing import Protocol

from ragqa.corpus.importers.jsonl import JsonlImporter
from ragqa.datatypes import Source
from ragqa.errors import InvalidInput

HEAD_BYTES = 65_536


class Importer(Protocol):
    """One format."""

    name: str

    def recognises(self, path: Path, head: bytes) -> bool:
        """Tell from the file's first bytes (its name only helps) whether it is of this format."""
        ...

    def read(self, path: Path) -> Iterator[tuple[int, Source | InvalidInput]]:
        """Yield (line or position from 1, source or what is wrong there), never holding the whole file."""
        ...


def importers() -> tuple[Importer, ...]:
    """Return every format, the pickiest first."""
    return (JsonlImporter(),)


def importer_for(path: Path) -> Importer:
    """Return the first format that recognises the file. Raises InvalidInput."""
    try:
        with path.open("rb") as file:
            head = file.read(HEAD_BYTES)
    except OSError as error:
        raise InvalidInput(f"cannot read {path}: {error.strerror}", field="path") from error
    known = importers()
    for importer in known:
        if importer.recognises(path, head):
            return importer
    names = ", ".join(importer.name for importer in known)
    raise InvalidInput(f"{path.name} is in no known format ({names})", field="path")
