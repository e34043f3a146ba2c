"""What a request's text may go on with: one bit a token, laid over the logits of all rows at once.

The bits of a step depend on the tokens before it only, so the host works them out while the device computes the
logits; one copy to the device a step, and no further wait.
"""

from collections.abc import Sequence
from typing import Protocol

import torch


class Constraint(Protocol):
    """The grammar of one request's text, and how far the text has come in it."""

    @property
    def finished(self) -> bool:
        """Whether nothing may follow."""
        ...

    def fill(self, bits: torch.Tensor) -> None:
        """Write which tokens may come next: (vocabulary / 32 rounded up,) int32 on the host, lowest bit first."""
        ...

    def accept(self, tokens: Sequence[int]) -> bool:
        """Go on by tokens; False if they do not fit, after which nothing does."""
        ...


class TokenMasks:
    """Forbids tokens row by row; its buffer is reused, so a step must have ended before the next one begins."""

    def __init__(self) -> None:
        self._bits = torch.empty((0, 0), dtype=torch.int32)

    def apply(self, logits: torch.Tensor, constraints: Sequence[Constraint | None]) -> torch.Tensor:
        """Return (rows, vocabulary) logits, minus infinity where a row's constraint forbids the token."""
        if not any(constraints):
            return logits
        rows, vocabulary = logits.shape
        bits = self._buffer(rows, vocabulary, pinned=logits.is_cuda)
        for row, constraint in zip(bits, constraints, strict=True):
            if constraint is None:
                row.fill_(-1)
            else:
                constraint.fill(row)
        shifts = torch.arange(32, dtype=torch.int32, device=logits.device)
        allowed = (bits.to(logits.device, non_blocking=True)[:, :, None] >> shifts) & 1
        return logits.masked_fill(allowed.flatten(1)[:, :vocabulary] == 0, float("-inf"))

    def _buffer(self, rows: int, vocabulary: int, *, pinned: bool) -> torch.Tensor:
        words = (vocabulary + 31) // 32
        if self._bits.shape[0] < rows or self._bits.shape[1] != words:
            self._bits = torch.empty((rows, words), dtype=torch.int32, pin_memory=pinned)
        return self._bits[:rows]
