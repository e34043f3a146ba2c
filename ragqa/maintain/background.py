"""Making the vectors that passages still lack, beside the questions: after a large import, or a change of model."""

import logging
import threading
from collections.abc import Callable

from ragqa.errors import RagqaError

_log = logging.getLogger(__name__)
EmbedMissing = Callable[[Callable[[], bool]], int]
"""Embeds what lacks a vector until told to stop; returns how many passages it embedded."""


class BackgroundEmbedding:
    """One thread that sleeps until it is woken and then embeds what is missing.

    What fails is logged and tried again at the next waking; what is embedded is stored batch by batch and stays.
    """

    def __init__(self, embed_missing: EmbedMissing) -> None:
        self._embed_missing = embed_missing
        self._awake = threading.Event()
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Begin with what is missing now."""
        self._thread = threading.Thread(target=self._run, name="embedding", daemon=True)
        self._awake.set()
        self._thread.start()

    def wake(self) -> None:
        """Look again, since something was written."""
        self._awake.set()

    def stop(self) -> None:
        """End after the batch under way, and wait for that."""
        self._stopping.set()
        self._awake.set()
        if self._thread is not None:
            self._thread.join()

    def _run(self) -> None:
        while not self._stopping.is_set():
            self._awake.wait()
            self._awake.clear()
            try:
                if count := self._embed_missing(self._stopping.is_set):
                    _log.info("embedded %d passages in the background", count)
            except RagqaError as error:
                _log.error("passages stay without vectors until the next import or start: %s", error)
            except Exception:
                _log.exception("passages stay without vectors until the next import or start")
