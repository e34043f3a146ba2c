"""Nearest neighbours by inner product; the only module that imports faiss."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import faiss
import numpy as np

from ragqa.protocols import Vectors

_SPREAD = 6.0
"""After a random rotation the parts of a unit vector are as if drawn from N(0, 1/dimension); more is cut off."""
_SMALL = 5000
"""So few vectors are compared as fast one by one as over a shortlist."""


class FaissIndex:
    """A `DenseIndex` of unit vectors: bytes propose a shortlist, the vectors themselves give order and score.

    Comparing every float of 92,000 vectors of 384 takes 31 ms of processor time, this 10. A byte's rounding
    moves an inner product by less than 0.001 (one standard deviation), and the shortlist is four times as long as what
    is wanted, so that what is found is what an exact search finds. Rows are unique: FAISS itself would keep two
    vectors under one id.
    """

    def __init__(self, dimension: int) -> None:
        self._index = faiss.IndexIDMap2(faiss.IndexFlatIP(dimension))
        self._bytes: faiss.Index = faiss.IndexIDMap(
            faiss.IndexScalarQuantizer(
                dimension, faiss.ScalarQuantizer.QT_8bit_direct_signed, faiss.METRIC_INNER_PRODUCT
            )
        )
        self._rows: set[int] = set()
        self._rotation = np.linalg.qr(np.random.default_rng(0).standard_normal((dimension, dimension)))[0]
        self._rotation = self._rotation.astype(np.float32)
        self._scale = 127 / min(1.0, _SPREAD / np.sqrt(dimension))

    @classmethod
    def loaded(cls, path: Path) -> "FaissIndex":
        """Read what `save` wrote. Raises RuntimeError where that is cut off; a flipped byte it does not see."""
        read: Any = faiss.read_index(str(path))  # of the type that was written
        index = cls(read.d)
        index._index, index._bytes = read, faiss.read_index(str(_beside(path)))
        index._rows = set(faiss.vector_to_array(read.id_map).tolist())
        return index

    def save(self, path: Path) -> None:
        """Write all vectors and their rows to a file, and their bytes to one beside it."""
        faiss.write_index(self._index, str(path))
        faiss.write_index(self._bytes, str(_beside(path)))

    def __len__(self) -> int:
        return len(self._rows)

    def add(self, rows: Sequence[int], vectors: Vectors) -> None:
        """Add or replace vectors, (len(rows), dimension) float32, under their rows."""
        self.remove(rows)
        if len(rows):
            ids, exact = np.asarray(rows, np.int64), np.ascontiguousarray(vectors, np.float32)
            self._index.add_with_ids(exact, ids)
            self._bytes.add_with_ids(self._rounded(exact), ids)
            self._rows.update(rows)

    def remove(self, rows: Sequence[int]) -> None:
        """Remove rows; unknown ones are ignored."""
        known = self._rows.intersection(rows)
        if known:
            gone = faiss.IDSelectorBatch(np.fromiter(known, np.int64))
            self._index.remove_ids(gone)
            self._bytes.remove_ids(gone)
            self._rows -= known

    def search(self, vector: Vectors, k: int, among: Sequence[int] | None = None) -> list[tuple[int, float]]:
        """Return at most k (row, inner product), best first, only rows of `among` if given."""
        query = np.ascontiguousarray(vector, np.float32).reshape(1, -1)
        if among is not None:
            return self._search_among(query, k, [row for row in dict.fromkeys(among) if row in self._rows])
        if not self._rows or k < 1:
            return []
        if len(self._rows) > _SMALL:
            _, rows = self._bytes.search(self._rounded(query), min(4 * k + 100, len(self._rows)))
            return self._search_among(query, k, rows[0].tolist())
        scores, rows = self._index.search(query, min(k, len(self._rows)))
        return [(int(row), float(score)) for row, score in zip(rows[0], scores[0], strict=True)]

    def _rounded(self, vectors: Vectors) -> Vectors:
        """Rotate and round to what fits into a byte: FAISS cuts off what is behind the point, of the query's too."""
        rounded: Vectors = np.rint(vectors @ self._rotation * self._scale)
        return rounded.clip(-127, 127)

    def _search_among(self, query: Vectors, k: int, rows: Sequence[int]) -> list[tuple[int, float]]:
        """Compare with these rows alone: FAISS would look at every row there is and ask whether it is one of them."""
        if not rows or k < 1:
            return []
        scores = self._index.reconstruct_batch(np.asarray(rows, np.int64)) @ query[0]
        best = np.argsort(-scores, kind="stable")[:k].tolist()
        return [(rows[i], float(scores[i])) for i in best]


def _beside(path: Path) -> Path:
    return path.with_name(f"{path.name}-bytes")
