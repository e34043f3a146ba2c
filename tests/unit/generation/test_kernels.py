"""The grouped NF4 product against float64 arithmetic, in Triton's interpreter on a CPU."""

import pytest
import torch
from bitsandbytes.functional import dequantize_4bit, get_4bit_type
from torch import nn

from ragqa.generation.checkpoints import DenseWeight
from ragqa.generation.nf4 import install_packed, join_weights, linear_nf4

pytest.importorskip("triton", reason="Triton is not installed")

from ragqa.generation.grouped import ExpertWeights, Tuning, expert_weights, grouped_product
from ragqa.generation.kernels import NF4_VALUES, even_odd_order

DEVICE = torch.device("cuda" if torch.cuda.is_available() else "cpu")
PERMUTE = DEVICE.type == "cuda"
EXPERTS = 4


def random_layers(count: int, outputs: int, inputs: int) -> tuple[ExpertWeights, torch.Tensor]:
    """Return stacked random weights, and the same as float64 numbers (count, outputs, inputs)."""
    layers, exact = [], []
    for _ in range(count):
        dense = torch.randn(outputs, inputs, device=DEVICE) * torch.rand(outputs, 1, device=DEVICE)
        packed = join_weights([DenseWeight("w", dense)], "w", torch.float32, DEVICE)
        layer = linear_nf4(inputs, outputs)
        install_packed(layer, packed, torch.float32)
        layers.append(layer)
    stacked = expert_weights(layers)
    for layer in layers:
        exact.append(dequantize_4bit(layer.weight.data, layer.quant_state).double())
    return stacked, torch.stack(exact)


def random_choice(tokens: int, top_k: int, experts: int = EXPERTS) -> torch.Tensor:
    return torch.rand(tokens, experts, device=DEVICE).topk(top_k).indices.int()


def error(found: torch.Tensor, expected: torch.Tensor) -> float:
    return float((found.double() - expected).norm() / expected.norm())


def test_codebook_is_that_of_bitsandbytes() -> None:
    assert torch.equal(torch.tensor(NF4_VALUES), get_4bit_type("nf4", device="cpu"))


@pytest.mark.parametrize(("tokens", "split"), [(1, 1), (1, 5), (5, 5), (17, 1)])
@pytest.mark.parametrize("pair_input", [False, True])
def test_grouped_product_equals_float64(tokens: int, split: int, pair_input: bool) -> None:
    top_k, inputs, outputs = 2, 320, 192
    weight, exact = random_layers(EXPERTS, outputs, inputs)
    chosen = random_choice(tokens, top_k)
    x = torch.randn(tokens * top_k if pair_input else tokens, inputs, device=DEVICE).bfloat16()
    out = torch.full((split, tokens * top_k, outputs), float("nan"), device=DEVICE)
    ordered = x[:, even_odd_order(inputs)].contiguous()
    tuning = Tuning(block=64, split=split)
    grouped_product(ordered, chosen, weight, out, tuning=tuning, pair_input=pair_input, permute=PERMUTE)
    rows = x.double() if pair_input else x.double().repeat_interleave(top_k, 0)
    expected = torch.einsum("pi,poi->po", rows, exact[chosen.flatten().long()])
    assert error(out.sum(0), expected) < 5e-3


def test_gated_product_equals_float64() -> None:
    tokens, top_k, inputs, inner = 6, 2, 128, 128
    weight, exact = random_layers(EXPERTS, 2 * inner, inputs)
    chosen = random_choice(tokens, top_k)
    x = torch.randn(tokens, inputs, device=DEVICE).bfloat16() / 8
    out = torch.full((tokens * top_k, inner), float("nan"), device=DEVICE)
    ordered = x[:, even_odd_order(inputs)].contiguous()
    grouped_product(ordered, chosen, weight, out, tuning=Tuning(), gated=True, permute=PERMUTE)
    rows = x.double().repeat_interleave(top_k, 0)
    both = torch.einsum("pi,poi->po", rows, exact[chosen.flatten().long()])
    expected = nn.functional.silu(both[:, :inner]) * both[:, inner:]
    assert error(out, expected[:, even_odd_order(inner)]) < 5e-3


def test_an_expert_nobody_chose_is_not_read() -> None:
    weight, exact = random_layers(EXPERTS, 64, 64)
    weight.held[3][2].fill_(float("nan"))
    chosen = torch.tensor([[0, 1], [2, 1]], dtype=torch.int32, device=DEVICE)
    x = torch.randn(2, 64, device=DEVICE).bfloat16()
    out = torch.full((1, 4, 64), float("nan"), device=DEVICE)
    grouped_product(x[:, even_odd_order(64)].contiguous(), chosen, weight, out, tuning=Tuning(), permute=PERMUTE)
    assert bool(out.isfinite().all())
