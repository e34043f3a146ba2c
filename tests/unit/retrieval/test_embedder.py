"""How many texts the embedder takes at once."""

import torch

from ragqa.retrieval.embedder import default_batch


def test_a_gpu_is_given_more_texts_at_once() -> None:
    assert [default_batch(torch.device(name)) for name in ("cpu", "cuda", "cuda:1")] == [32, 128, 128]
