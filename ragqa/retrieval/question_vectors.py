"""The vectors of the last questions: linking, ranking and answering ask for the same one."""

import threading
from collections import OrderedDict

from ragqa.protocols import Embedder, Vectors

_REMEMBERED = 256


class QuestionVectors:
    """Embeds questions, and remembers the last of them; safe to use from many threads."""

    def __init__(self, embedder: Embedder) -> None:
        self._embedder = embedder
        self._vectors: OrderedDict[str, Vectors] = OrderedDict()
        self._lock = threading.Lock()

    def of(self, text: str) -> Vectors:
        """Return the unit vector of a question, (dimension,)."""
        with self._lock:
            if text in self._vectors:
                self._vectors.move_to_end(text)
                return self._vectors[text]
        vector: Vectors = self._embedder.encode_questions([text])[0]
        with self._lock:
            self._vectors[text] = vector
            while len(self._vectors) > _REMEMBERED:
                self._vectors.popitem(last=False)
        return vector

    def forget(self) -> None:
        """Forget all of them."""
        with self._lock:
            self._vectors.clear()
