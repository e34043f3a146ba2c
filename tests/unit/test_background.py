"""The thread that embeds what is missing."""

import logging
import threading
from collections.abc import Callable

import pytest

from ragqa.errors import ModelError
from ragqa.maintain import BackgroundEmbedding


class Embedding:
    """Counts its calls; fails at the first if told to, and can wait until it is stopped."""

    def __init__(self, *, fails: bool = False, waits: bool = False) -> None:
        self.calls = threading.Semaphore(0)
        self.ended = False
        self._fails = fails
        self._waits = waits

    def __call__(self, stopped: Callable[[], bool]) -> int:
        self.calls.release()
        if self._fails:
            self._fails = False
            raise ModelError("no memory")
        while self._waits and not stopped():
            threading.Event().wait(0.001)
        self.ended = True
        return 0


def test_it_embeds_at_the_start_and_whenever_it_is_woken() -> None:
    embedding = Embedding()
    background = BackgroundEmbedding(embedding)
    background.start()
    assert embedding.calls.acquire(timeout=10)
    background.wake()
    assert embedding.calls.acquire(timeout=10)
    background.stop()


def test_a_failure_is_logged_and_tried_again_at_the_next_waking(caplog: pytest.LogCaptureFixture) -> None:
    embedding = Embedding(fails=True)
    background = BackgroundEmbedding(embedding)
    with caplog.at_level(logging.ERROR):
        background.start()
        assert embedding.calls.acquire(timeout=10)
        background.wake()
        assert embedding.calls.acquire(timeout=10)
        background.stop()
    assert "no memory" in caplog.text


def test_stopping_ends_the_run_under_way() -> None:
    embedding = Embedding(waits=True)
    background = BackgroundEmbedding(embedding)
    background.start()
    assert embedding.calls.acquire(timeout=10)
    background.stop()
    assert embedding.ended


def test_without_a_start_waking_does_nothing() -> None:
    background = BackgroundEmbedding(Embedding())
    background.wake()
    background.stop()
