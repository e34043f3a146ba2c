"""The number format of the embedder's weights."""

import pytest
import torch

from ragqa.retrieval.embedder import default_batch, weight_dtype


@pytest.mark.parametrize(
    ("features", "expected"),
    [
        ({"avx2": True, "amx_bf16": False, "avx512_bf16": False}, torch.float32),
        ({"avx2": True, "avx512_f": True, "avx512_bf16": True}, torch.bfloat16),
        ({"amx_bf16": True}, torch.bfloat16),
        ({"neon": True, "bf16": True}, torch.float32),
    ],
)
def test_cpu_gets_bfloat16_only_where_it_multiplies_in_it(
    features: dict[str, bool], expected: torch.dtype, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(torch.cpu, "get_capabilities", lambda: features)
    assert weight_dtype("cpu") is expected


def test_other_devices_always_get_bfloat16(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cpu, "get_capabilities", dict)
    assert weight_dtype("cuda") is torch.bfloat16


def test_a_gpu_is_given_more_texts_at_once() -> None:
    assert (default_batch("cpu"), default_batch("cuda"), default_batch("cuda:1")) == (32, 128, 128)
