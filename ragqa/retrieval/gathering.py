"""Questions that come at the same time are embedded together: one pass of the model for many costs little more."""

import threading
from collections import deque
from collections.abc import Sequence

import numpy as np

from ragqa.protocols import Embedder, Progress, Vectors


class _Waiting:
    """One question, until its vector is there or its batch has failed."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.done = threading.Event()
        self.vector: Vectors | None = None
        self.error: Exception | None = None


class GatheringEmbedder:
    """An `Embedder` that encodes single questions of several threads in one batch.

    Nobody waits for company: whoever finds the model free encodes all that have gathered meanwhile, at most
    `batch_size`; the others wait for the result of theirs.
    """

    def __init__(self, embedder: Embedder, batch_size: int) -> None:
        self.model_id = embedder.model_id
        self.dimension = embedder.dimension
        self._embedder = embedder
        self._batch_size = batch_size
        self._model = threading.Lock()
        self._gathered: deque[_Waiting] = deque()

    def encode_questions(self, texts: Sequence[str]) -> Vectors:
        """Return (len(texts), dimension) float32 rows of length 1."""
        if len(texts) != 1:
            return self._embedder.encode_questions(texts)
        mine = _Waiting(texts[0])
        self._gathered.append(mine)
        while not mine.done.is_set():
            with self._model:
                if not mine.done.is_set():
                    self._encode_gathered()
        if mine.error is not None:
            raise mine.error
        assert mine.vector is not None
        return mine.vector[np.newaxis]

    def encode_passages(self, texts: Sequence[str], progress: Progress | None = None) -> Vectors:
        """Return (len(texts), dimension) float32 rows of length 1."""
        return self._embedder.encode_passages(texts, progress)

    def _encode_gathered(self) -> None:
        batch = [self._gathered.popleft() for _ in range(min(len(self._gathered), self._batch_size))]
        try:
            vectors = self._embedder.encode_questions([waiting.text for waiting in batch])
        except Exception as error:
            for waiting in batch:
                waiting.error = error
                waiting.done.set()
            return
        for waiting, vector in zip(batch, vectors, strict=True):
            waiting.vector = vector
            waiting.done.set()
