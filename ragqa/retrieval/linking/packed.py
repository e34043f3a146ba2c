"""Lists of small numbers as bytes: the linker's tables on disk."""

from collections.abc import Iterable, Sequence

import msgspec
import numpy as np
from numpy.typing import NDArray

Numbers = NDArray[np.int32]


class Packed(msgspec.Struct, frozen=True, array_like=True):
    """Lists of int32 one after the other: all `values`, and where each list ends in them."""

    ends: bytes
    values: bytes

    def lists(self) -> list[Numbers]:
        """Return the lists, as views of the bytes."""
        values = unpacked(self.values)
        ends = unpacked(self.ends).tolist()
        return [values[start:end] for start, end in zip([0, *ends], ends, strict=False)]


def pack(lists: Iterable[Sequence[int] | Numbers]) -> Packed:
    """Pack lists of numbers, each below 2³¹."""
    kept = [np.asarray(each, np.int32) for each in lists]
    ends = np.cumsum([len(each) for each in kept], dtype=np.int32)
    return Packed(ends.tobytes(), np.concatenate(kept).tobytes() if kept else b"")


def packed(numbers: Sequence[int]) -> bytes:
    """Pack one list of numbers, each below 2³¹."""
    return np.asarray(numbers, np.int32).tobytes()


def unpacked(content: bytes) -> Numbers:
    """Return the numbers that `packed` has packed, as a view of the bytes."""
    return np.frombuffer(content, np.int32)
