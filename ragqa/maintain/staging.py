"""Sources of an import that is still under way, in temporary files, so that memory stays flat whatever its size."""

import struct
from collections.abc import Iterator
from tempfile import SpooledTemporaryFile
from types import TracebackType
from typing import Self

import numpy as np

from ragqa.corpus.passages import passages_of
from ragqa.corpus.sources import from_json, source_key, to_json
from ragqa.corpus.store_rows import to_blob
from ragqa.corpus.store_write import Upsert
from ragqa.datatypes import Source, SourceKind
from ragqa.protocols import Vectors

IN_MEMORY_BYTES = 32_000_000
_FRAME = struct.Struct("<16sII")


class Staging:
    """Sources, with vectors once they are embedded; read back in the order they were put."""

    def __init__(self) -> None:
        self._file = SpooledTemporaryFile(max_size=IN_MEMORY_BYTES)  # closed by __exit__

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._file.close()

    def put(self, source: Source, vectors: bytes = b"") -> None:
        """Append a source, with the float32 bytes of its passages' vectors if it has them."""
        body = to_json(source).encode()
        self._file.write(_FRAME.pack(source_key(source)[0].encode(), len(body), len(vectors)))
        self._file.write(body + vectors)

    def put_embedded(self, source: Source, matrix: Vectors) -> None:
        """Append a source with the vectors of its passages, (len(passages), dimension)."""
        self.put(source, to_blob(matrix))

    def sources(self) -> Iterator[Source]:
        """Yield every source."""
        for source, _ in self._frames():
            yield source

    def upserts(self, dimension: int) -> Iterator[Upsert]:
        """Yield every source with its passages and their (len(passages), dimension) vectors."""
        for source, vectors in self._frames():
            yield source, passages_of(source), np.frombuffer(vectors, dtype="<f4").reshape(-1, dimension)

    def _frames(self) -> Iterator[tuple[Source, bytes]]:
        self._file.seek(0)
        while head := self._file.read(_FRAME.size):
            kind, body_size, vectors_size = _FRAME.unpack(head)
            body = self._file.read(body_size)
            yield from_json(SourceKind(kind.rstrip(b"\0").decode()), body), self._file.read(vectors_size)
