"""Triton kernels that multiply by NF4 weights without writing them out: one grouped product for experts and for
plain layers.

Weights are read once, as packed codes and nested scales. Which experts are read is decided on the device from the
routed ids, so that no step waits for the host. Every kernel is correct in Triton's interpreter on a CPU.

Activations that feed a product are stored with the even columns of each block of 64 before its odd columns, because a
packed byte holds an even column in its high half and the odd one after it in its low half.
"""

import struct

import torch
import triton
import triton.language as tl

BLOCK = 64
NESTED_BLOCK = tl.constexpr(256)
NF4_VALUES = (
    -1.0,
    -0.6961928009986877,
    -0.5250730514526367,
    -0.39491748809814453,
    -0.28444138169288635,
    -0.18477343022823334,
    -0.09105003625154495,
    0.0,
    0.07958029955625534,
    0.16093020141124725,
    0.24611230194568634,
    0.33791524171829224,
    0.44070982933044434,
    0.5626170039176941,
    0.7229568362236023,
    1.0,
)
"""The codebook of QLoRA (Dettmers et al. 2023, appendix E), as bitsandbytes has it."""


def _bfloat16_bits(value: float) -> int:
    bits: int = struct.unpack("<I", struct.pack("<f", value))[0]
    return (bits + 0x7FFF + (bits >> 16 & 1)) >> 16


def _byte_tables() -> list[str]:
    """Return eight 32-bit constants: the low, then the high bytes of the 16 codes, four a word."""
    codes = [_bfloat16_bits(value) for value in NF4_VALUES]
    words = []
    for shift in (0, 8):
        for first in range(0, 16, 4):
            parts = [(code >> shift & 0xFF) << 8 * place for place, code in enumerate(codes[first : first + 4])]
            words.append(f"0x{sum(parts):08x}")
    return words


def _permute_assembly() -> str:
    """PTX that turns four packed bytes into four even and four odd bfloat16 codes by byte permutation.

    A permutation picks four bytes out of eight by the four low nibbles of its selector, which the packed codes
    themselves are, once their top bit is masked; the top bit then picks between the lower and upper half of the table.
    """
    low0, low1, low2, low3, high0, high1, high2, high3 = _byte_tables()
    half = f"""
        prmt.b32 a, {low0}, {low1}, s; prmt.b32 b, {low2}, {low3}, s; prmt.b32 l, a, b, m;
        prmt.b32 a, {high0}, {high1}, s; prmt.b32 b, {high2}, {high3}, s; prmt.b32 h, a, b, m;
    """
    return f"""{{
        .reg .b32 s, m, a, b, l, h;
        and.b32 s, $4, 0x77777777;
        shr.u32 m, $4, 1; and.b32 m, m, 0x44444444; or.b32 m, m, 0x32103210;
        {half} prmt.b32 $0, l, h, 0x7351; prmt.b32 $2, l, h, 0x6240;
        shr.u32 s, s, 16; shr.u32 m, m, 16;
        {half} prmt.b32 $1, l, h, 0x7351; prmt.b32 $3, l, h, 0x6240;
    }}"""


_PERMUTE = tl.constexpr(_permute_assembly())


@triton.jit
def _codes(packed, code_ptr, PERMUTE: tl.constexpr):
    """Return the codes of the high halves (even columns) and of the low halves (odd columns)."""
    if PERMUTE:
        even, odd = tl.inline_asm_elementwise(
            _PERMUTE, "=&r,=&r,=&r,=&r,r", [packed], dtype=(tl.bfloat16, tl.bfloat16), is_pure=True, pack=4
        )
    else:
        even = tl.load(code_ptr + (packed >> 4).to(tl.int32))
        odd = tl.load(code_ptr + (packed & 15).to(tl.int32))
    return even, odd


@triton.jit
def _scales(blocks, scale_ptr, group_ptr, offset, scale_code_ptr):
    """Return the float32 scales of blocks: 8-bit codes times their group's scale, plus the mean."""
    quantized = tl.load(scale_ptr + blocks).to(tl.int32)
    return tl.load(scale_code_ptr + quantized) * tl.load(group_ptr + blocks // NESTED_BLOCK) + offset


@triton.jit
def _block_product(
    rows_n, block, per_row, even_x, odd_x, packed_ptr, scale_ptr, group_ptr, offset, scale_code_ptr, code_ptr,
    PERMUTE: tl.constexpr,
):  # fmt: skip
    """Multiply one block of 64 columns of BLOCK_N weight rows by the activations: (BLOCK_N, ROWS) float32."""
    half = tl.arange(0, 32)
    index = rows_n.to(tl.int64) * per_row + block
    packed = tl.load(packed_ptr + index[:, None] * 32 + half[None, :])
    even, odd = _codes(packed, code_ptr, PERMUTE)
    # The codes' type decides: bfloat16 on a GPU; float32 in the interpreter, whose dot cannot take bfloat16.
    product = tl.dot(even, even_x.to(even.dtype), input_precision="ieee")
    product = tl.dot(odd, odd_x.to(odd.dtype), product, input_precision="ieee")
    return product * _scales(index, scale_ptr, group_ptr, offset, scale_code_ptr)[:, None]


@triton.jit
def grouped_product_kernel(
    x_ptr, chosen_ptr, packed_ptr, scale_ptr, group_ptr, offset_ptr, scale_code_ptr, code_ptr, out_ptr,
    tokens, outputs, inputs: tl.constexpr,
    TOP_K: tl.constexpr, ROWS: tl.constexpr, BLOCK_N: tl.constexpr, SPLIT: tl.constexpr,
    PAIR_INPUT: tl.constexpr, GATED: tl.constexpr, BY_PAIR: tl.constexpr, PERMUTE: tl.constexpr,
    STAGES: tl.constexpr,
):  # fmt: skip
    """Program (n block, expert or pair, split) of `grouped_product`."""
    row = tl.arange(0, ROWS)
    if BY_PAIR:
        # One token: its chosen experts are the groups, so no program looks for work in vain.
        slot = tl.program_id(1) + tl.zeros([ROWS], tl.int32)
        expert = tl.load(chosen_ptr + tl.program_id(1)).to(tl.int64)
        hit = row < tokens
    else:
        expert = tl.program_id(1).to(tl.int64)
        slot = tl.zeros([ROWS], tl.int32)
        hit = row < 0
        for k in tl.static_range(TOP_K):
            here = tl.load(chosen_ptr + row * TOP_K + k, mask=row < tokens, other=-1) == expert
            slot = tl.where(here, k, slot)
            hit = hit | here
    if tl.sum(hit.to(tl.int32), axis=0) > 0:
        per_row: tl.constexpr = inputs // 64
        packed = tl.multiple_of(tl.load(packed_ptr + expert).to(tl.pointer_type(tl.uint8)), 16)
        scales = tl.load(scale_ptr + expert).to(tl.pointer_type(tl.uint8))
        groups = tl.load(group_ptr + expert).to(tl.pointer_type(tl.float32))
        offset = tl.load(offset_ptr + expert)
        rows_n = tl.program_id(0) * BLOCK_N + tl.arange(0, BLOCK_N)
        source = row * TOP_K + slot if PAIR_INPUT else row
        x_rows = x_ptr + source[None, :].to(tl.int64) * inputs + tl.arange(0, 32)[:, None]
        total = tl.zeros([BLOCK_N, ROWS], tl.float32)
        upper = tl.zeros([BLOCK_N, ROWS], tl.float32)
        share: tl.constexpr = inputs // 64 // SPLIT
        for step in tl.range(0, share, num_stages=STAGES):
            block = tl.program_id(2) * share + step
            even_x = tl.load(x_rows + block * 64, mask=hit[None, :], other=0.0)
            odd_x = tl.load(x_rows + block * 64 + 32, mask=hit[None, :], other=0.0)
            total += _block_product(
                rows_n, block, per_row, even_x, odd_x, packed, scales, groups, offset, scale_code_ptr,
                code_ptr, PERMUTE,
            )  # fmt: skip
            if GATED:
                upper += _block_product(
                    rows_n + outputs, block, per_row, even_x, odd_x, packed, scales, groups, offset,
                    scale_code_ptr, code_ptr, PERMUTE,
                )  # fmt: skip
        pair = (row * TOP_K + slot).to(tl.int64)
        if GATED:
            total = total * tl.sigmoid(total) * upper
            column = (rows_n // 64) * 64 + (rows_n % 2) * 32 + (rows_n % 64) // 2
        else:
            column = rows_n
            pair += tl.program_id(2).to(tl.int64) * tokens * TOP_K
        tl.store(out_ptr + pair[None, :] * outputs + column[:, None], total.to(out_ptr.dtype.element_ty), hit[None, :])


def row_tile(tokens: int) -> int:
    """Rows of a product's tile: a power of two that tensor cores take, at least `tokens`."""
    return max(16, 1 << (tokens - 1).bit_length())


def even_odd_order(columns: int) -> torch.Tensor:
    """Return the permutation that a product's input is stored in: within 64 columns, even ones before odd ones."""
    within = torch.cat([torch.arange(0, BLOCK, 2), torch.arange(1, BLOCK, 2)])
    return (torch.arange(0, columns, BLOCK)[:, None] + within).flatten()
