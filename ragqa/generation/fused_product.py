"""The grouped NF4 product as a CUDA kernel, compiled at start by the NVRTC that torch brings along.

Triton has no way to keep a table in shared memory with a copy for each lane, and its product is bound by the
instructions that turn 4-bit codes into numbers; this one is bound by memory (see benchmarks/NOTES.md). The Triton
kernel stays the reference, and takes over where this one does not apply.
"""

from functools import lru_cache
from importlib import resources
from typing import Protocol

import torch

from ragqa.generation.grouped import ExpertWeights
from ragqa.generation.kernels import NF4_VALUES

WARPS = 8
MAX_TOKENS = 32


class _Kernel(Protocol):
    def __call__(self, grid: tuple[int, int, int], block: tuple[int, int, int], args: list[object]) -> None: ...


def supported(device: torch.device) -> bool:
    """Whether this torch compiles CUDA at run time and the card has bfloat16 tensor cores."""
    return (
        device.type == "cuda"
        and hasattr(torch.cuda, "_compile_kernel")
        and torch.cuda.get_device_capability(device) >= (8, 0)
    )


def fits(weight: ExpertWeights, split: int) -> bool:
    """Whether the weight's sizes are multiples of what a warp takes."""
    return weight.outputs % 64 == 0 and weight.inputs % (64 * 8 * split) == 0


def fused_product(
    x: torch.Tensor,
    chosen: torch.Tensor,
    weight: ExpertWeights,
    out: torch.Tensor,
    *,
    split: int,
    pair_input: bool = False,
    gated: bool = False,
) -> None:
    """Compute what `grouped.grouped_product` does, on activations and results in their natural order."""
    tokens, top_k = chosen.shape
    outputs = weight.outputs // 2 if gated else weight.outputs
    tiles = 1 if tokens <= 8 else 2 if tokens <= 16 else 4
    stretch = 16 if weight.inputs // 64 // split % 16 == 0 else 8
    kernel = _compile(weight.inputs, outputs, top_k, split, tiles, stretch, pair_input, gated)
    row_groups = outputs // (16 if gated else 32)
    groups = top_k if tokens == 1 else weight.experts
    kernel(
        grid=(-(-row_groups * split // WARPS), groups, 1),
        block=(WARPS * 32, 1, 1),
        args=[
            x,
            chosen,
            weight.packed,
            weight.scales,
            weight.groups,
            weight.offsets,
            weight.scale_codes,
            _pair_table(x.device),
            out,
            tokens,
            groups,
        ],
    )


@lru_cache
def _compile(
    inputs: int, outputs: int, top_k: int, split: int, tiles: int, stretch: int, pair_input: bool, gated: bool
) -> _Kernel:
    constants = {
        "INPUTS": inputs,
        "OUTPUTS": outputs,
        "TOP_K": top_k,
        "SPLIT": split,
        "MAX_TILES": tiles,
        "PAIR_INPUT": int(pair_input),
        "GATED": int(gated),
        "STRETCH": stretch,
    }
    defines = "".join(f"#define {name} {value}\n" for name, value in constants.items())
    source = (resources.files("ragqa.generation") / "product.cu").read_text("utf-8")
    kernel: _Kernel = torch.cuda._compile_kernel(defines + source, "product")
    return kernel


@lru_cache
def _pair_table(device: torch.device) -> torch.Tensor:
    """The two bfloat16 codes of every packed byte: the high half (even column) in the low 16 bits."""
    codes = torch.tensor(NF4_VALUES, dtype=torch.bfloat16).view(torch.int16).to(torch.int32) & 0xFFFF
    byte = torch.arange(256)
    return (codes[byte >> 4] | codes[byte & 15] << 16).to(torch.int32).to(device)
