"""Triton kernels of a decode step besides the products: norm and router, rotary embedding, attention over the arena.

All take one row per sequence and read lengths and places on the device, so that one captured graph serves every step.
"""

import triton
import triton.language as tl


@triton.jit
def norm_kernel(
    residual_ptr, part_ptr, pair_weight_ptr, norm_ptr, router_ptr, out_ptr, chosen_ptr, weight_ptr,
    rows, hidden, epsilon,
    SPLIT: tl.constexpr, PAIRS: tl.constexpr, EXPERTS: tl.constexpr, TOP_K: tl.constexpr, HIDDEN: tl.constexpr,
    EVEN_ODD: tl.constexpr,
):  # fmt: skip
    """Add partial sums to the float32 residual of one row, normalize it, and choose its experts if EXPERTS > 0."""
    row = tl.program_id(0).to(tl.int64)
    column = tl.arange(0, HIDDEN)
    inside = column < hidden
    residual = tl.load(residual_ptr + row * hidden + column, mask=inside, other=0.0)
    if SPLIT > 0:
        for pair in tl.static_range(PAIRS):
            share = tl.zeros([HIDDEN], tl.float32)
            for split in tl.static_range(SPLIT):
                part = ((split * rows + row) * PAIRS + pair) * hidden
                share += tl.load(part_ptr + part + column, mask=inside, other=0.0)
            if PAIRS > 1:
                share *= tl.load(pair_weight_ptr + row * PAIRS + pair)
            residual += share
        tl.store(residual_ptr + row * hidden + column, residual, mask=inside)
    scale = tl.rsqrt(tl.sum(residual * residual, axis=0) / hidden + epsilon)
    normed = (residual * scale * tl.load(norm_ptr + column, mask=inside, other=0.0).to(tl.float32)).to(tl.bfloat16)
    place = (column // 64) * 64 + (column % 2) * 32 + (column % 64) // 2 if EVEN_ODD else column
    tl.store(out_ptr + row * hidden + place, normed, mask=inside)
    if EXPERTS > 0:
        expert = tl.arange(0, EXPERTS)
        gate = tl.load(router_ptr + expert[:, None] * hidden + column[None, :], mask=inside[None, :], other=0.0)
        logits = tl.sum(gate.to(tl.float32) * normed.to(tl.float32)[None, :], axis=1)
        largest = tl.max(logits, axis=0)
        total = tl.zeros([], tl.float32)
        left = logits
        for k in tl.static_range(TOP_K):
            best = tl.argmax(left, axis=0)
            total += tl.exp(tl.max(left, axis=0) - largest)
            left = tl.where(expert == best, float("-inf"), left)
        left = logits
        for k in tl.static_range(TOP_K):
            best = tl.argmax(left, axis=0)
            tl.store(chosen_ptr + row * TOP_K + k, best.to(tl.int32))
            tl.store(weight_ptr + row * TOP_K + k, tl.exp(tl.max(left, axis=0) - largest) / total)
            left = tl.where(expert == best, float("-inf"), left)


@triton.jit
def rotary_kernel(
    part_ptr, frequency_ptr, start_ptr, past_ptr, query_ptr, key_ptr, value_ptr,
    rows, attention_scaling,
    SPLIT: tl.constexpr, QUERY_HEADS: tl.constexpr, KEY_HEADS: tl.constexpr, HEAD_DIM: tl.constexpr,
):  # fmt: skip
    """Sum one head's partial products, rotate query and key, and write key and value to the row's next place."""
    row = tl.program_id(0).to(tl.int64)
    head = tl.program_id(1)
    heads: tl.constexpr = QUERY_HEADS + 2 * KEY_HEADS
    half = tl.arange(0, HEAD_DIM // 2)
    first = tl.zeros([HEAD_DIM // 2], tl.float32)
    second = tl.zeros([HEAD_DIM // 2], tl.float32)
    for split in tl.static_range(SPLIT):
        part = ((split * rows + row) * heads + head) * HEAD_DIM
        first += tl.load(part_ptr + part + half)
        second += tl.load(part_ptr + part + HEAD_DIM // 2 + half)
    past = tl.load(past_ptr + row)
    angle = past.to(tl.float32) * tl.load(frequency_ptr + half)
    rotated = head < QUERY_HEADS + KEY_HEADS
    cosine = tl.where(rotated, tl.cos(angle) * attention_scaling, 1.0)
    sine = tl.where(rotated, tl.sin(angle) * attention_scaling, 0.0)
    low = (first * cosine - second * sine).to(tl.bfloat16)
    high = (second * cosine + first * sine).to(tl.bfloat16)
    place = (tl.load(start_ptr + row) + past) * KEY_HEADS
    if head < QUERY_HEADS:
        target = query_ptr + (row * QUERY_HEADS + head) * HEAD_DIM
    else:
        if head < QUERY_HEADS + KEY_HEADS:
            target = key_ptr + (place + head - QUERY_HEADS) * HEAD_DIM
        else:
            target = value_ptr + (place + head - QUERY_HEADS - KEY_HEADS) * HEAD_DIM
    tl.store(target + half, low)
    tl.store(target + HEAD_DIM // 2 + half, high)


@triton.jit
def attention_kernel(
    query_ptr, key_ptr, value_ptr, start_ptr, past_ptr, best_ptr, total_ptr, mixed_ptr, scaling,
    KEY_HEADS: tl.constexpr, GROUP: tl.constexpr, GROUP_TILE: tl.constexpr, HEAD_DIM: tl.constexpr,
    SPLITS: tl.constexpr, BLOCK_T: tl.constexpr, WIDE: tl.constexpr,
):  # fmt: skip
    """Attend from one row's query heads of one key head to one share of its tokens (flash decoding, Dao et al. 2023).

    WIDE computes products in float32: the interpreter's dot takes no bfloat16.
    """
    row = tl.program_id(0).to(tl.int64)
    head = tl.program_id(1)
    split = tl.program_id(2)
    length = (tl.load(past_ptr + row) + 1).to(tl.int32)
    share = tl.cdiv(tl.cdiv(length, SPLITS), BLOCK_T) * BLOCK_T
    member = tl.arange(0, GROUP_TILE)
    dim = tl.arange(0, HEAD_DIM)
    heads: tl.constexpr = KEY_HEADS * GROUP
    query_row = (row * heads + head * GROUP + member)[:, None] * HEAD_DIM + dim[None, :]
    query = tl.load(query_ptr + query_row, mask=(member < GROUP)[:, None], other=0.0)
    base = (tl.load(start_ptr + row) * KEY_HEADS + head) * HEAD_DIM
    best = tl.full([GROUP_TILE], float("-inf"), tl.float32)
    total = tl.zeros([GROUP_TILE], tl.float32)
    mixed = tl.zeros([GROUP_TILE, HEAD_DIM], tl.float32)
    for position in tl.range(split * share, min(length, split * share + share), BLOCK_T):
        token = position + tl.arange(0, BLOCK_T)
        inside = token < length
        places = base + token.to(tl.int64)[:, None] * KEY_HEADS * HEAD_DIM + dim[None, :]
        key = tl.load(key_ptr + places, mask=inside[:, None], other=0.0)
        value = tl.load(value_ptr + places, mask=inside[:, None], other=0.0)
        if WIDE:
            query, key, value = query.to(tl.float32), key.to(tl.float32), value.to(tl.float32)
        scores = tl.dot(query, tl.trans(key), input_precision="ieee") * scaling
        scores = tl.where(inside[None, :], scores, float("-inf"))
        larger = tl.maximum(best, tl.max(scores, axis=1))
        shrink = tl.exp(best - larger)
        weights = tl.exp(scores - larger[:, None])
        total = total * shrink + tl.sum(weights, axis=1)
        mixed = mixed * shrink[:, None] + tl.dot(weights.to(value.dtype), value, input_precision="ieee")
        best = larger
    slot = (row * heads + head * GROUP + member) * SPLITS + split
    tl.store(best_ptr + slot, best, mask=member < GROUP)
    tl.store(total_ptr + slot, total, mask=member < GROUP)
    tl.store(mixed_ptr + slot[:, None] * HEAD_DIM + dim[None, :], mixed, mask=(member < GROUP)[:, None])


@triton.jit
def combine_kernel(
    best_ptr, total_ptr, mixed_ptr, out_ptr,
    HEADS: tl.constexpr, HEAD_DIM: tl.constexpr, SPLITS: tl.constexpr, EVEN_ODD: tl.constexpr,
):  # fmt: skip
    """Merge the shares of one head's attention."""
    row = tl.program_id(0).to(tl.int64)
    head = tl.program_id(1)
    split = tl.arange(0, SPLITS)
    dim = tl.arange(0, HEAD_DIM)
    slot = (row * HEADS + head) * SPLITS + split
    best = tl.load(best_ptr + slot)
    factor = tl.exp(best - tl.max(best, axis=0))
    total = tl.sum(tl.load(total_ptr + slot) * factor, axis=0)
    mixed = tl.load(mixed_ptr + slot[:, None] * HEAD_DIM + dim[None, :])
    merged = tl.sum(mixed * factor[:, None], axis=0) / total
    column = head * HEAD_DIM + dim
    place = (column // 64) * 64 + (column % 2) * 32 + (column % 64) // 2 if EVEN_ODD else column
    tl.store(out_ptr + row * HEADS * HEAD_DIM + place, merged.to(tl.bfloat16))
