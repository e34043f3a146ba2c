// Grouped product with NF4 weights for few tokens, each touched weight read once (see fused_product.py).
//
// One warp owns 32 weight rows (of which, if GATED, 16 of the gate and the 16 of the up projection that belong to them)
// and a share of the columns. Tensor cores multiply bfloat16 weights (code times scale) by activations and add in
// 32 bits. A packed byte becomes two bfloat16 codes by one look into a table in shared memory that holds a copy for each
// lane, so that no two lanes meet in a bank. Only the tokens that chose an expert are columns of its product: tiles of 8,
// as many as it takes.
//
// Defined by the host: INPUTS, OUTPUTS (of the result), TOP_K, SPLIT, MAX_TILES, PAIR_INPUT, GATED, STRETCH (blocks whose
// scales are read at once: 16, or 8).

typedef unsigned int u32;
typedef unsigned short u16;
typedef unsigned char u8;
#define BLOCKS (INPUTS / 64)
#define ROWS_PER_WARP (GATED ? 16 : 32)
#define WARPS 8

__device__ __forceinline__ void multiply(float (&c)[4], u32 a0, u32 a1, u32 a2, u32 a3, u32 b0, u32 b1) {
    asm volatile(
        "mma.sync.aligned.m16n8k16.row.col.f32.bf16.bf16.f32 {%0,%1,%2,%3}, {%4,%5,%6,%7}, {%8,%9}, {%0,%1,%2,%3};"
        : "+f"(c[0]), "+f"(c[1]), "+f"(c[2]), "+f"(c[3])
        : "r"(a0), "r"(a1), "r"(a2), "r"(a3), "r"(b0), "r"(b1));
}

__device__ __forceinline__ uint4 load_once(const u8* address) {
    uint4 value;
    asm volatile("ld.global.nc.L1::no_allocate.L2::128B.v4.u32 {%0,%1,%2,%3}, [%4];"
                 : "=r"(value.x), "=r"(value.y), "=r"(value.z), "=r"(value.w) : "l"(address));
    return value;
}

__device__ __forceinline__ u32 word_of(uint4 words, int i) {
    return i == 0 ? words.x : i == 1 ? words.y : i == 2 ? words.z : words.w;
}

// Two bfloat16 codes times their scale; adding -0 leaves the rounded product.
__device__ __forceinline__ u32 scaled(u32 codes, u32 scale) {
    u32 out;
    asm("fma.rn.bf16x2 %0, %1, %2, %3;" : "=r"(out) : "r"(codes), "r"(scale), "r"(0x80008000u));
    return out;
}

__device__ __forceinline__ u32 twice_bfloat16(float value) {
    u32 out;
    asm("cvt.rn.bf16x2.f32 %0, %1, %1;" : "=r"(out) : "f"(value));
    return out;
}

__device__ __forceinline__ u16 to_bfloat16(float value) {
    u16 out;
    asm("cvt.rn.bf16.f32 %0, %1;" : "=h"(out) : "f"(value));
    return out;
}

// The n-th token that chose the expert, or -1.
__device__ __forceinline__ int nth(u32 hits, int n) {
    for (; n > 0; n--) hits &= hits - 1;
    return __ffs(hits) - 1;
}

struct Expert {
    const u8* packed;      // (matrix rows, INPUTS / 2) codes
    const u8* scales;      // (matrix rows, BLOCKS)
    const float* groups;   // (matrix rows * BLOCKS / 256)
    float offset;
    u32 hits;              // the tokens that chose it
    int slot;              // as which of its choices this lane's token did
};

template <int TILES>
__device__ __forceinline__ void rows(const u16* __restrict__ x, const Expert expert, void* __restrict__ out, int tokens,
                                     u32* table, const float* codes) {
    const int lane = threadIdx.x & 31, warp = threadIdx.x >> 5;
    const int g = lane >> 2, t = lane & 3;
    const int item = blockIdx.x * WARPS + warp;
    const int row_groups = OUTPUTS / ROWS_PER_WARP;
    const bool idle = item >= row_groups * SPLIT;
    const int split = idle ? 0 : item / row_groups, first_row = item % row_groups * ROWS_PER_WARP;

    // A lane takes 16 bytes of a row at a time: half of one block of 64 columns, of two blocks that its neighbours share.
    // The activations of its columns, for its token in each tile of 8. Columns without a token read the first one's.
    const int share = BLOCKS / SPLIT, begin = split * share;
    const u16* source[TILES];
#pragma unroll
    for (int tile = 0; tile < TILES; tile++) {
        const int own = nth(expert.hits, tile * 8 + g);
        const int token = own < 0 ? nth(expert.hits, 0) : own;
        const int its_slot = __shfl_sync(0xffffffffu, expert.slot, token);
        source[tile] = x + (long)(PAIR_INPUT ? token * TOP_K + its_slot : token) * INPUTS + begin * 64 + t * 32;
    }

    const u8* weights[4];  // of rows g, g + 8 of the lower half, then of the upper half
    u32 place[4];          // their blocks
#pragma unroll
    for (int i = 0; i < 4; i++) {
        const int row = first_row + g + (i & 1) * 8 + (i >> 1) * (GATED ? OUTPUTS : 16);
        place[i] = (u32)row * BLOCKS + begin;
        weights[i] = expert.packed + (long)place[i] * 32 + t * 16;
    }
    const u32 own_bytes = t >> 1 ? 0x7531 : 0x6420;  // the scales of odd or of even blocks
    u32 lane_base = lane * 4;
    asm volatile("" : "+r"(lane_base));  // else the compiler masks it anew at every look-up
    const char* table_bytes = (const char*)table;

    float sums[2][TILES][4];
#pragma unroll
    for (int h = 0; h < 2; h++)
#pragma unroll
        for (int tile = 0; tile < TILES; tile++)
#pragma unroll
            for (int i = 0; i < 4; i++) sums[h][tile][i] = 0.f;

    uint4 ahead[4];
#pragma unroll
    for (int i = 0; i < 4; i++) ahead[i] = load_once(weights[i]);
    __syncthreads();  // the table is filled while the first weights are on their way
    if (idle) return;

    for (int left = share; left > 0; left -= STRETCH) {
        // The scales of the next STRETCH blocks: a lane keeps those of its parity, four a word.
        u32 scale_bytes[4][2];
        float group_scale[4];
#pragma unroll
        for (int i = 0; i < 4; i++) {
            const u8* scales = expert.scales + place[i];
#if STRETCH == 16
            const uint4 words = *(const uint4*)scales;
            scale_bytes[i][0] = __byte_perm(words.x, words.y, own_bytes);
            scale_bytes[i][1] = __byte_perm(words.z, words.w, own_bytes);
#else
            const uint2 words = *(const uint2*)scales;
            scale_bytes[i][0] = __byte_perm(words.x, words.y, own_bytes);
#endif
            group_scale[i] = expert.groups[place[i] >> 8];
            place[i] += STRETCH;
        }
#pragma unroll 2
        for (int u = 0; u < STRETCH / 2; u++) {
            const bool more = left > STRETCH || u < STRETCH / 2 - 1;
            uint4 now[4];
            u32 scale[4];
#pragma unroll
            for (int i = 0; i < 4; i++) {
                now[i] = ahead[i];
                weights[i] += more ? 64 : 0;  // the last round loads its own bytes again, from the cache
                ahead[i] = load_once(weights[i]);
                const u32 word = STRETCH == 16 && u >= 4 ? scale_bytes[i][1] : scale_bytes[i][0];
                const float exact = codes[word >> 8 * (u & 3) & 255] * group_scale[i] + expert.offset;
                scale[i] = twice_bfloat16(exact);
            }
#pragma unroll
            for (int s = 0; s < 8; s++) {
                uint2 activation[TILES];
#pragma unroll
                for (int tile = 0; tile < TILES; tile++) {
                    const uint4 part = ((const uint4*)source[tile])[s >> 1];
                    activation[tile] = s & 1 ? make_uint2(part.z, part.w) : make_uint2(part.x, part.y);
                }
#pragma unroll
                for (int h = 0; h < 2; h++) {
                    const u32 a = word_of(now[2 * h], s >> 1), b = word_of(now[2 * h + 1], s >> 1);
                    // The first and the second byte of the step, times 128 bytes, plus the lane's place.
                    const u32 a_first = (s & 1 ? a >> 9 : a << 7) & 0x7f80 | lane_base;
                    const u32 a_second = (s & 1 ? a >> 17 : a >> 1) & 0x7f80 | lane_base;
                    const u32 b_first = (s & 1 ? b >> 9 : b << 7) & 0x7f80 | lane_base;
                    const u32 b_second = (s & 1 ? b >> 17 : b >> 1) & 0x7f80 | lane_base;
                    const u32 a0 = scaled(*(const u32*)(table_bytes + a_first), scale[2 * h]);
                    const u32 a1 = scaled(*(const u32*)(table_bytes + b_first), scale[2 * h + 1]);
                    const u32 a2 = scaled(*(const u32*)(table_bytes + a_second), scale[2 * h]);
                    const u32 a3 = scaled(*(const u32*)(table_bytes + b_second), scale[2 * h + 1]);
#pragma unroll
                    for (int tile = 0; tile < TILES; tile++) {
                        multiply(sums[h][tile], a0, a1, a2, a3, activation[tile].x, activation[tile].y);
                    }
                }
            }
#pragma unroll
            for (int tile = 0; tile < TILES; tile++) source[tile] += 128;
        }
    }

#pragma unroll
    for (int tile = 0; tile < TILES; tile++) {
#pragma unroll
        for (int i = 0; i < 4; i++) {
            const int token = nth(expert.hits, tile * 8 + 2 * t + (i & 1));
            const int its_slot = __shfl_sync(0xffffffffu, expert.slot, token < 0 ? 0 : token);
            if (token < 0) continue;
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

extern "C" __global__ void __launch_bounds__(WARPS * 32, 2) product(
    const u16* __restrict__ x,          // (tokens or pairs, INPUTS) bfloat16
    const int* __restrict__ chosen,     // (tokens, TOP_K)
    const u8* const* __restrict__ packed_of,     // each expert's codes, scales, group scales
    const u8* const* __restrict__ scales_of,
    const float* const* __restrict__ groups_of,
    const float* __restrict__ offsets,  // (experts)
    const float* __restrict__ scale_codes,
    const u32* __restrict__ pairs_table,  // 256: two bfloat16 codes of a packed byte
    void* __restrict__ out, int tokens, int group_count) {
    __shared__ u32 table[256 * 32];
    __shared__ float codes[256];
    const int lane = threadIdx.x & 31;

    // Which expert, and who chose it. Of one token's experts each is a group; else each expert is.
    const int group = blockIdx.y;
    const int number = tokens == 1 ? chosen[group] : group;
    u32 hits = 1;
    int slot = group;
    if (tokens > 1) {
        bool hit = false;
        slot = 0;
        if (lane < tokens) {
            for (int k = 0; k < TOP_K; k++) {
                if (chosen[lane * TOP_K + k] == number) { hit = true; slot = k; }
            }
        }
        hits = __ballot_sync(0xffffffffu, hit);
    }
    if (hits == 0) return;  // the same for every warp of the block: nobody is left waiting

    const u32 pair_codes = pairs_table[threadIdx.x];
    codes[threadIdx.x] = scale_codes[threadIdx.x];
#pragma unroll
    for (int i = 0; i < 32; i++) table[threadIdx.x * 32 + (i + lane & 31)] = pair_codes;

    const Expert expert = {packed_of[number], scales_of[number], groups_of[number], offsets[number], hits, slot};
#if MAX_TILES >= 4
    if (__popc(hits) > 16) return rows<4>(x, expert, out, tokens, table, codes);
#endif
#if MAX_TILES >= 2
    if (__popc(hits) > 8) return rows<2>(x, expert, out, tokens, table, codes);
#endif
    rows<1>(x, expert, out, tokens, table, codes);
}
