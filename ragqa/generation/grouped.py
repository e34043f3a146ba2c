"""The NF4 weights of a layer's experts as kernels find them, and the grouped product with them."""

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


class ExpertWeights(msgspec.Struct, frozen=True, kw_only=True):
    """Where the 4-bit weights of equal shape are: int64 addresses of codes, 8-bit scales and group scales.

    Kernels look an expert's addresses up by its routed id, so that no weight is moved or copied. `held` keeps
    the memory behind the addresses alive: codes, scales and group scales of each expert.
    """

    held: Sequence[tuple[torch.Tensor, torch.Tensor, torch.Tensor]]
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
        """How many weights there are."""
        return len(self.held)


def expert_weights(layers: Sequence[Linear4bit]) -> ExpertWeights:
    """Note the addresses of the layers' 4-bit weights, which must stay where they are from now on."""
    states = [layer.weight.quant_state for layer in layers]
    held = [(layer.weight.data, state.absmax, state.state2.absmax) for layer, state in zip(layers, states, strict=True)]
    device = layers[0].weight.device
    addresses = torch.tensor([[tensor.data_ptr() for tensor in tensors] for tensors in held], device=device)
    outputs, inputs = states[0].shape
    return ExpertWeights(
        held=held,
        packed=addresses[:, 0].contiguous(),
        scales=addresses[:, 1].contiguous(),
        groups=addresses[:, 2].contiguous(),
        offsets=torch.stack([state.offset.reshape(()).float() for state in states]),
        scale_codes=states[0].state2.code,
        codes=torch.tensor(NF4_VALUES, device=device, dtype=torch.bfloat16 if device.type == "cuda" else torch.float32),
        outputs=outputs,
        inputs=inputs,
    )


def grouped_product(
    x: torch.Tensor,
    chosen: torch.Tensor,
    weight: ExpertWeights,
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
