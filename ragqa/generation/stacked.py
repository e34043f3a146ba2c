"""NF4 weights of one layer's experts as one tensor each, and the product with them."""

from collections.abc import Sequence

import msgspec
import torch
import triton
from bitsandbytes.nn import Linear4bit

from ragqa.generation.kernels import NF4_VALUES, grouped_product_kernel, row_tile


class Tuning(msgspec.Struct, frozen=True):
    """Launch parameters of one product, found by measurement (see benchmarks/generation.py)."""

    block: int = 64
    split: int = 1
    warps: int = 4
    stages: int = 4


class StackedWeight(msgspec.Struct, frozen=True, kw_only=True):
    """Weights of equal shape side by side: (experts, ...) codes, 8-bit scales, group scales, and offsets."""

    packed: torch.Tensor
    scales: torch.Tensor
    groups: torch.Tensor
    offsets: torch.Tensor
    scale_codes: torch.Tensor
    codes: torch.Tensor
    outputs: int
    inputs: int

    @property
    def experts(self) -> int:
        """How many weights are stacked."""
        return len(self.packed)


def stack_weights(layers: Sequence[Linear4bit]) -> StackedWeight:
    """Move the layers' 4-bit weights into one tensor; the layers keep views of it, so memory is not doubled."""
    states = [layer.weight.quant_state for layer in layers]
    weights = [layer.weight for layer in layers]
    packed = torch.stack([weight.data.reshape(-1) for weight in weights])
    scales = torch.stack([state.absmax for state in states])
    groups = torch.stack([state.state2.absmax for state in states])
    offsets = torch.stack([state.offset.reshape(()).float() for state in states])
    for index, (weight, state) in enumerate(zip(weights, states, strict=True)):
        weight.data = packed[index].view(-1, 1)
        state.absmax, state.state2.absmax, state.offset = scales[index], groups[index], offsets[index]
    outputs, inputs = states[0].shape
    return StackedWeight(
        packed=packed,
        scales=scales,
        groups=groups,
        offsets=offsets,
        scale_codes=states[0].state2.code,
        codes=torch.tensor(NF4_VALUES, device=packed.device, dtype=torch.bfloat16 if packed.is_cuda else torch.float32),
        outputs=outputs,
        inputs=inputs,
    )


def grouped_product(
    x: torch.Tensor,
    chosen: torch.Tensor,
    weight: StackedWeight,
    out: torch.Tensor,
    *,
    tuning: Tuning,
    pair_input: bool = False,
    gated: bool = False,
    permute: bool = True,
) -> None:
    """Multiply tokens by the weights of the experts they chose, each touched weight read once.

    `x` is bfloat16 in even-odd order, (tokens, inputs), or (tokens * k, inputs) if `pair_input`. `chosen` is int32
    (tokens, k), no expert twice for a token. `out` is (split, tokens * k, outputs), partial sums to be added; if
    `gated`, the weight holds gate rows above up rows, and `out` is (tokens * k, outputs / 2) of silu(gate) * up in
    even-odd order. The split must divide the input's blocks of 64.
    """
    tokens, top_k = chosen.shape
    outputs = weight.outputs // 2 if gated else weight.outputs
    by_pair = tokens == 1
    grid = (triton.cdiv(outputs, tuning.block), top_k if by_pair else weight.experts, tuning.split)
    grouped_product_kernel[grid](
        x,
        chosen,
        weight.packed,
        weight.scales,
        weight.groups,
        weight.offsets,
        weight.scale_codes,
        weight.codes,
        out,
        tokens,
        outputs,
        weight.inputs,
        TOP_K=top_k,
        ROWS=row_tile(tokens),
        BLOCK_N=tuning.block,
        SPLIT=tuning.split,
        PAIR_INPUT=pair_input,
        GATED=gated,
        BY_PAIR=by_pair,
        PERMUTE=permute,
        STAGES=tuning.stages,
        num_warps=tuning.warps,
    )
