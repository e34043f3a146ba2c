"""Questions of several threads in one batch."""

import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from ragqa.protocols import Progress, Vectors
from ragqa.retrieval.gathering import GatheringEmbedder


class HeldEmbedder:
    """The vector of a text is its length and 1; the first batch waits until it is let."""

    model_id = "held"
    dimension = 2

    def __init__(self) -> None:
        self.batches: list[list[str]] = []
        self.encoding = threading.Event()
        self.go_on = threading.Event()

    def encode_questions(self, texts: Sequence[str]) -> Vectors:
        self.batches.append(list(texts))
        self.encoding.set()
        assert self.go_on.wait(60)
        if "bad" in texts:
            raise RuntimeError("no memory")
        return np.array([[len(text), 1] for text in texts], np.float32)

    def encode_passages(self, texts: Sequence[str], progress: Progress | None = None) -> Vectors:
        return self.encode_questions(texts)


def _ask_while_held(embedder: HeldEmbedder, gathering: GatheringEmbedder, texts: Sequence[str]) -> list[object]:
    """Let the first text be encoded alone, and the others gather meanwhile."""

    def ask(text: str) -> object:
        try:
            return gathering.encode_questions([text]).tolist()
        except RuntimeError as error:
            return str(error)

    with ThreadPoolExecutor(len(texts)) as pool:
        asking = [pool.submit(ask, texts[0])]
        assert embedder.encoding.wait(60)
        asking += [pool.submit(ask, text) for text in texts[1:]]
        while len(gathering._gathered) < len(texts) - 1:
            pass
        embedder.go_on.set()
        return [each.result() for each in asking]


def test_what_comes_while_the_model_is_busy_is_encoded_together_and_each_gets_its_own() -> None:
    embedder = HeldEmbedder()
    vectors = _ask_while_held(embedder, GatheringEmbedder(embedder, 8), ["a", "bb", "ccc", "dddd"])
    assert vectors == [[[1, 1]], [[2, 1]], [[3, 1]], [[4, 1]]]
    assert [sorted(batch) for batch in embedder.batches] == [["a"], ["bb", "ccc", "dddd"]]


def test_a_batch_has_an_upper_bound() -> None:
    embedder = HeldEmbedder()
    _ask_while_held(embedder, GatheringEmbedder(embedder, 2), ["a", "b", "c", "d", "e", "f"])
    assert [len(batch) for batch in embedder.batches] == [1, 2, 2, 1]


def test_an_error_is_told_to_those_whose_batch_failed() -> None:
    embedder = HeldEmbedder()
    gathering = GatheringEmbedder(embedder, 8)
    assert _ask_while_held(embedder, gathering, ["a", "bad", "c"]) == [[[1, 1]], "no memory", "no memory"]
    assert gathering.encode_questions(["dd"]).tolist() == [[2, 1]]


@pytest.mark.parametrize("texts", [[], ["a", "bb"]])
def test_what_comes_as_a_batch_stays_one(texts: list[str]) -> None:
    embedder = HeldEmbedder()
    embedder.go_on.set()
    GatheringEmbedder(embedder, 1).encode_questions(texts)
    assert embedder.batches == [texts]
