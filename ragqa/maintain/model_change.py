"""Another embedding model: the vectors of the one before serve until the new ones are complete."""

import logging
from collections.abc import Callable

from ragqa.corpus.store import SqlCorpusStore
from ragqa.errors import ModelError
from ragqa.maintain.embedding import embed_missing
from ragqa.protocols import Embedder, Progress
from ragqa.retrieval.dense import FaissIndex
from ragqa.retrieval.index import CorpusIndex

_log = logging.getLogger(__name__)


def embedder_before(store: SqlCorpusStore, wanted: str, load: Callable[[str], Embedder]) -> Embedder | None:
    """Return the embedder whose vectors are to serve while `wanted`, the id of another, has made fewer.

    None where there is no such, or where it cannot be loaded any more: the log then says so.
    """
    counts = store.vectors.counts()
    ready, passages = counts.pop(wanted, 0), store.passage_count()
    most = max(counts, key=lambda model_id: counts[model_id], default=None)
    if most is None or ready >= passages or counts[most] <= ready:
        return None
    try:
        embedder = load(most)
    except ModelError as error:
        _log.warning(
            "%d of %d passages have no vector of %s yet and are found by names and words until they have: "
            "the model before, %s, cannot be loaded (%s)",
            *(passages - ready, passages, wanted, most, error),
        )
        return None
    _log.info("%s serves until %s has embedded all %d passages; it has %d", most, wanted, passages, ready)
    return embedder


class ModelChange:
    """The way from the embedder that serves to the one that is to; over at once where there is none to come."""

    def __init__(self, store: SqlCorpusStore, index: CorpusIndex, coming: Embedder | None) -> None:
        self._store = store
        self._index = index
        self._coming = coming
        self.unembedded = len(store.vectors.missing(coming.model_id)) if coming else 0
        """How many passages the coming embedder still has to embed, as of its last batch."""

    def go_on(self, progress: Progress | None, stopped: Callable[[], bool]) -> tuple[int, bool]:
        """Embed what is missing, and let the new vectors serve once they are complete.

        Returns how many passages were embedded, and whether the new embedder has taken over just now.
        """
        if self._coming is None:
            return 0, False

        def tell(done: int, total: int) -> None:
            self.unembedded = total - done
            if progress:
                progress(done, total)

        count = embed_missing(self._store, self._coming, tell, stopped=stopped)
        if stopped():
            return count, False
        self._index.search_with(self._coming, FaissIndex(self._coming.dimension))
        _log.info("%s has embedded everything and serves from now on", self._coming.model_id)
        self._coming, self.unembedded = None, 0
        return count, True
