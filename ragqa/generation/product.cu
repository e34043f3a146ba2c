// Grouped product with NF4 weights for few tokens, each touched weight read once (see fused_product.py).
//
// One warp owns 32 weight rows (of which, if GATED, 16 of the gate and the 16 of the up projection that belong to them)
// and a share of the columns. Tensor cores multiply bfloat16 codes by activations; a block's scale is applied to the
// 32-bit sums of its 64 columns. A packed byte becomes two bfloat16 codes by one look into a table in shared memory that
// holds a copy for each lane, so that no two lanes meet in a bank.
//
// Defined by the host: INPUTS, OUTPUTS (of the result), TOP_K, SPLIT, TILES (of 8 tokens), PAIR_INPUT, GATED, UNROLL (blocks of 64 columns
// in flight: 4, or 2 where many tokens need the registers), CTAS (at least, on one multiprocessor).

typedef unsigned int u32;
typedef unsigned short u16;
typedef unsigned char u8;
#if UNROLL == 4
typedef u32 scale_word;
#else
typedef u16 scale_word;
#endif

#define BLOCKS (INPUTS / 64)
#define ROWS_PER_WARP (GATED ? 16 : 32)
#define WARPS 8

__device__ __forceinline__ void multiply(float (&c)[4], u32 a0, u32 a1, u32 a2, u32 a3, u32 b0, u32 b1) {
    asm volatile(
        "mma.sync.aligned.m16n8k16.row.col.f32.bf16.bf16.f32 {%0,%1,%2,%3}, {%4,%5,%6,%7}, {%8,%9}, {%0,%1,%2,%3};"
        : "+f"(c[0]), "+f"(c[1]), "+f"(c[2]), "+f"(c[3])
        : "r"(a0), "r"(a1), "r"(a2), "r"(a3), "r"(b0), "r"(b1));
}

__device__ __forceinline__ void multiply_first(float (&c)[4], u32 a0, u32 a1, u32 a2, u32 a3, u32 b0, u32 b1) {
    asm volatile(
        "mma.sync.aligned.m16n8k16.row.col.f32.bf16.bf16.f32 {%0,%1,%2,%3}, {%4,%5,%6,%7}, {%8,%9}, {%10,%10,%10,%10};"
        : "=f"(c[0]), "=f"(c[1]), "=f"(c[2]), "=f"(c[3])
        : "r"(a0), "r"(a1), "r"(a2), "r"(a3), "r"(b0), "r"(b1), "f"(0.f));
}

__device__ __forceinline__ uint2 load_once(const u8* address) {
    uint2 value;
    asm volatile("ld.global.nc.L1::no_allocate.L2::128B.v2.u32 {%0,%1}, [%2];"
                 : "=r"(value.x), "=r"(value.y) : "l"(address));
    return value;
}

__device__ __forceinline__ u16 to_bfloat16(float value) {
    u16 out;
    asm("cvt.rn.bf16.f32 %0, %1;" : "=h"(out) : "f"(value));
    return out;
}

extern "C" __global__ void __launch_bounds__(WARPS * 32, CTAS) product(
    const u16* __restrict__ x,          // (tokens or pairs, INPUTS) bfloat16
    const int* __restrict__ chosen,     // (tokens, TOP_K)
    const u8* const* __restrict__ packed_of,   // each expert's codes (matrix rows, INPUTS / 2)
    const u8* const* __restrict__ scales_of,   // (matrix rows, BLOCKS)
    const float* const* __restrict__ groups_of,  // (matrix rows * BLOCKS / 256)
    const float* __restrict__ offsets,  // (experts)
    const float* __restrict__ scale_codes,
    const u32* __restrict__ pairs_table,  // 256: two bfloat16 codes of a packed byte
    void* __restrict__ out, int tokens, int group_count) {
    __shared__ u32 table[256 * 32];
    __shared__ float codes[256];
    const int lane = threadIdx.x & 31, warp = threadIdx.x >> 5;
    const int g = lane >> 2, t = lane & 3;
    const int item = blockIdx.x * WARPS + warp;

    // Which expert, which of its rows, which share of the columns.
    const int group = blockIdx.y;
    const int expert = tokens == 1 ? chosen[group] : group;
    u32 hits = 0;
    int slot = 0;
    if (tokens == 1) {
        hits = 1;
        slot = group;
    } else {
        bool hit = false;
        if (lane < tokens) {
            for (int k = 0; k < TOP_K; k++) {
                if (chosen[lane * TOP_K + k] == expert) { hit = true; slot = k; }
            }
        }
        hits = __ballot_sync(0xffffffffu, hit);
    }
    if (hits == 0) return;  // the same for every warp of the block: nobody is left waiting

    const u32 pair_codes = pairs_table[threadIdx.x];
    codes[threadIdx.x] = scale_codes[threadIdx.x];
#pragma unroll
    for (int i = 0; i < 32; i++) table[threadIdx.x * 32 + (i + lane & 31)] = pair_codes;

    const int row_groups = OUTPUTS / ROWS_PER_WARP;
    const bool idle = item >= row_groups * SPLIT;
    const int split = idle ? 0 : item / row_groups, first_row = item % row_groups * ROWS_PER_WARP;

    // The activations of this lane's token in each tile of 8. A token that did not choose the expert reads some other
    // row: tokens are columns of the product, and its column is not stored.
    const u16* source[TILES];
#pragma unroll
    for (int tile = 0; tile < TILES; tile++) {
        const int token = tile * 8 + g;
        const int its_slot = tokens == 1 ? slot : __shfl_sync(0xffffffffu, slot, token);
        const int row = PAIR_INPUT ? token * TOP_K + its_slot : token;
        source[tile] = x + (long)(hits >> token & 1 ? row : 0) * INPUTS + t * 16;
    }

    const int share = BLOCKS / SPLIT, begin = split * share;
    const u8* weights[4];  // of rows g, g + 8 of the lower half, then of the upper half
    u32 place[4];          // their blocks
#pragma unroll
    for (int i = 0; i < 4; i++) {
        const int row = first_row + g + (i & 1) * 8 + (i >> 1) * (GATED ? OUTPUTS : 16);
        place[i] = (u32)row * BLOCKS + begin;
        weights[i] = packed_of[expert] + (long)place[i] * 32 + t * 8;
    }
    const u8* __restrict__ scales = scales_of[expert];
    const float* __restrict__ groups = groups_of[expert];
    const float offset = offsets[expert];
    u32 lane_base = lane * 4;
    asm volatile("" : "+r"(lane_base));  // else the compiler masks it anew at every look-up
    const char* table_bytes = (const char*)table;
#pragma unroll
    for (int tile = 0; tile < TILES; tile++) source[tile] += begin * 64;

    float sums[2][TILES][4];
#pragma unroll
    for (int h = 0; h < 2; h++)
        for (int tile = 0; tile < TILES; tile++)
            for (int i = 0; i < 4; i++) sums[h][tile][i] = 0.f;

    uint2 ahead[4][UNROLL];
    scale_word scales_ahead[4];
    float group_ahead[4];
#pragma unroll
    for (int i = 0; i < 4; i++) {
#pragma unroll
        for (int u = 0; u < UNROLL; u++) ahead[i][u] = load_once(weights[i] + u * 32);
        scales_ahead[i] = *(const scale_word*)(scales + place[i]);
        group_ahead[i] = groups[place[i] >> 8];
    }

    __syncthreads();  // the table is filled while the first weights are on their way
    if (idle) return;

    for (int left = share; left > 0; left -= UNROLL) {
        u32 scale_bytes[4];
        float group_scale[4];
        const bool more = left > UNROLL;
#pragma unroll
        for (int i = 0; i < 4; i++) {
            scale_bytes[i] = scales_ahead[i];
            group_scale[i] = group_ahead[i];
            place[i] += more ? UNROLL : 0;
            weights[i] += more ? UNROLL * 32 : 0;  // the last round loads its own bytes again, from the cache
            scales_ahead[i] = *(const scale_word*)(scales + place[i]);
            group_ahead[i] = groups[place[i] >> 8];
        }
#pragma unroll
        for (int u = 0; u < UNROLL; u++) {
            uint4 activation[TILES][2];
#pragma unroll
            for (int tile = 0; tile < TILES; tile++) {
                const uint4* from = (const uint4*)(source[tile] + u * 64);
                activation[tile][0] = from[0];
                activation[tile][1] = from[1];
            }
#pragma unroll
            for (int h = 0; h < 2; h++) {
                const uint2 low = ahead[2 * h][u], high = ahead[2 * h + 1][u];
                ahead[2 * h][u] = load_once(weights[2 * h] + u * 32);
                ahead[2 * h + 1][u] = load_once(weights[2 * h + 1] + u * 32);
                float products[TILES][4];
#pragma unroll
                for (int s = 0; s < 4; s++) {
                    const u32 a = s < 2 ? low.x : low.y, b = s < 2 ? high.x : high.y;
                    // The first and the second byte of the step, times 128 bytes, plus the lane's place.
                    const u32 a_first = (s & 1 ? a >> 9 : a << 7) & 0x7f80 | lane_base;
                    const u32 a_second = (s & 1 ? a >> 17 : a >> 1) & 0x7f80 | lane_base;
                    const u32 b_first = (s & 1 ? b >> 9 : b << 7) & 0x7f80 | lane_base;
                    const u32 b_second = (s & 1 ? b >> 17 : b >> 1) & 0x7f80 | lane_base;
                    const u32 a0 = *(const u32*)(table_bytes + a_first), a2 = *(const u32*)(table_bytes + a_second);
                    const u32 a1 = *(const u32*)(table_bytes + b_first), a3 = *(const u32*)(table_bytes + b_second);
#pragma unroll
                    for (int tile = 0; tile < TILES; tile++) {
                        const uint4 part = activation[tile][s >> 1];
                        const u32 b0 = s & 1 ? part.z : part.x, b1 = s & 1 ? part.w : part.y;
                        if (s == 0) multiply_first(products[tile], a0, a1, a2, a3, b0, b1);
                        else multiply(products[tile], a0, a1, a2, a3, b0, b1);
                    }
                }
                const float scale_low = codes[scale_bytes[2 * h] >> 8 * u & 255] * group_scale[2 * h] + offset;
                const float scale_high = codes[scale_bytes[2 * h + 1] >> 8 * u & 255] * group_scale[2 * h + 1] + offset;
#pragma unroll
                for (int tile = 0; tile < TILES; tile++) {
                    sums[h][tile][0] += products[tile][0] * scale_low;
                    sums[h][tile][1] += products[tile][1] * scale_low;
                    sums[h][tile][2] += products[tile][2] * scale_high;
                    sums[h][tile][3] += products[tile][3] * scale_high;
                }
            }
        }
#pragma unroll
        for (int tile = 0; tile < TILES; tile++) source[tile] += UNROLL * 64;
    }

#pragma unroll
    for (int tile = 0; tile < TILES; tile++) {
#pragma unroll
        for (int i = 0; i < 4; i++) {
            const int token = tile * 8 + 2 * t + (i & 1);
            const int its_slot = tokens == 1 ? slot : __shfl_sync(0xffffffffu, slot, token);
            if (!(hits >> token & 1)) continue;
            const int row = first_row + g + (i >> 1) * 8;
            const long pair = (long)token * TOP_K + its_slot;
            if (GATED) {
                const float gate = sums[0][tile][i], up = sums[1][tile][i];
                ((u16*)out)[pair * OUTPUTS + row] = to_bfloat16(gate / (1.f + __expf(-gate)) * up);
            } else {
                float* target = (float*)out + ((long)split * tokens * TOP_K + pair) * OUTPUTS + row;
                target[0] = sums[0][tile][i];
                target[16] = sums[1][tile][i];
            }
        }
    }
}
