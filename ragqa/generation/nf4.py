"""NF4 weights with double quantization: making them, joining them, and putting them into modules.

Every 4-bit weight in memory has one form: blocks of 64 along a row share a scale, the scales are quantized to 8 bits
in groups of 256 around their mean (QLoRA, Dettmers et al. 2023). Kernels and verification rely on it.
"""

from collections.abc import Sequence

import bitsandbytes as bnb
import torch
from bitsandbytes.functional import QuantState, dequantize_blockwise, get_4bit_type, quantize_4bit, quantize_blockwise
from torch import nn

from ragqa.errors import ModelError
from ragqa.generation.checkpoints import PackedWeight, Weight

BLOCK = 64
NESTED_BLOCK = 256
CODE_TABLE_BYTES = (16 + 256) * 4


def join_weights(weights: Sequence[Weight], name: str, dtype: torch.dtype, device: torch.device) -> PackedWeight:
    """Stack weights row-wise into one NF4 weight on the device. Raises ModelError if they cannot be joined.

    Dense parts are quantized here. Parts already in 4 bits keep their codes; their scales are quantized to 8 bits
    again around the common mean, which moves a scale by about 0.1 %.
    """
    packed = [weight for weight in weights if isinstance(weight, PackedWeight)]
    if not packed:
        rows = torch.cat(
            [weight.tensor.to(device, dtype) for weight in weights if not isinstance(weight, PackedWeight)]
        )
        if rows.shape[1] % BLOCK:
            raise ModelError(
                f"{name}: {rows.shape[1]} columns are no multiple of {BLOCK}, so NF4 blocks would straddle rows"
            )
        codes, state = quantize_4bit(rows, blocksize=BLOCK, compress_statistics=True, quant_type="nf4")
        return PackedWeight(name, codes, state)
    if len(packed) != len(weights):
        dense = next(weight.name for weight in weights if not isinstance(weight, PackedWeight))
        raise ModelError(
            f"{dense!r} is not in 4 bits although the rest of {name} is: quantize the original checkpoint again"
        )
    for weight in packed:
        _check_blocks(weight)
    if len(packed) == 1 and packed[0].state.nested:
        state = packed[0].state
        state.to(device)
        return PackedWeight(name, packed[0].packed.to(device), state)
    codes = torch.cat([weight.packed.reshape(-1).to(device) for weight in packed]).unsqueeze(1)
    scales = torch.cat([_scales(weight.state, device) for weight in packed])
    shape = torch.Size([sum(weight.state.shape[0] for weight in packed), packed[0].state.shape[1]])
    return PackedWeight(name, codes, nested_state(scales, shape, dtype))


def nested_state(scales: torch.Tensor, shape: torch.Size, dtype: torch.dtype) -> QuantState:
    """Quantize float32 scales to 8 bits, as bitsandbytes does when it quantizes a weight."""
    offset = scales.mean()
    quantized, outer = quantize_blockwise(scales - offset, blocksize=NESTED_BLOCK)
    code = get_4bit_type("nf4", device=scales.device)
    return QuantState(
        absmax=quantized,
        shape=shape,
        dtype=dtype,
        blocksize=BLOCK,
        code=code,
        quant_type="nf4",
        offset=offset,
        state2=outer,
    )


def install_packed(layer: nn.Module, weight: PackedWeight, dtype: torch.dtype) -> None:
    """Put a 4-bit weight into a `Linear4bit` that was built without one."""
    state = weight.state
    state.dtype = dtype
    layer.weight = bnb.nn.Params4bit(
        weight.packed,
        requires_grad=False,
        quant_state=state,
        blocksize=BLOCK,
        compress_statistics=True,
        quant_type="nf4",
        module=layer,
        bnb_quantized=True,
    )
    layer.quant_state = state


def linear_nf4(inputs: int, outputs: int) -> nn.Linear:
    """Make an empty 4-bit layer, to be filled by `install_packed`."""
    layer: nn.Linear = bnb.nn.Linear4bit(inputs, outputs, bias=False, compress_statistics=True, quant_type="nf4")
    return layer


def share_code_tables(model: nn.Module) -> None:
    """Let all weights use one copy of the two code tables, which are the same for every NF4 weight."""
    code = outer_code = None
    for module in model.modules():
        state = getattr(getattr(module, "weight", None), "quant_state", None)
        if state is None:
            continue
        code = state.code if code is None else code
        outer_code = state.state2.code if outer_code is None else outer_code
        state.code, state.state2.code = code, outer_code


def packed_bytes(state: QuantState, packed: torch.Tensor) -> int:
    """Bytes of a weight's codes and scales; code tables are shared and counted once elsewhere."""
    return int(packed.nbytes + state.absmax.nbytes + state.state2.absmax.nbytes + state.offset.nbytes)


def _scales(state: QuantState, device: torch.device) -> torch.Tensor:
    state.to(device)
    scales: torch.Tensor = state.absmax
    if state.nested:
        scales = dequantize_blockwise(state.absmax, state.state2) + state.offset
    return scales.float()


def _check_blocks(weight: PackedWeight) -> None:
    state = weight.state
    if state.blocksize != BLOCK or state.shape[1] % BLOCK or (state.nested and state.state2.blocksize != NESTED_BLOCK):
        raise ModelError(
            f"{weight.name!r} is quantized in blocks of {state.blocksize} over {state.shape[1]} columns; "
            f"only blocks of {BLOCK} that divide a row are supported: quantize the original checkpoint again"
        )
