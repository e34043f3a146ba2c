"""Run the fused products once each, for a profiler: `ncu -k product python -m benchmarks.profile_product`."""

import torch

from benchmarks.products import DEVICE, SHAPES, random_weight
from ragqa.generation.decoding import SPLIT
from ragqa.generation.fused_product import fused_product

for name in ("gate_up", "down", "qkv", "output"):
    outputs, inputs, experts, gated = SHAPES[name]
    weight, _ = random_weight(outputs, inputs, experts)
    split = 1 if gated else SPLIT
    for batch in (1, 16):
        top_k = min(2, experts)
        chosen = torch.rand(batch, experts, device=DEVICE).topk(top_k).indices.int()
        pairs = batch * top_k
        x = torch.randn(pairs if name == "down" else batch, inputs, device=DEVICE, dtype=torch.bfloat16)
        shape = (pairs, outputs // 2) if gated else (split, pairs, outputs)
        out = torch.empty(shape, device=DEVICE, dtype=torch.bfloat16 if gated else torch.float32)
        fused_product(x, chosen, weight, out, split=split, pair_input=name == "down", gated=gated)
torch.cuda.synchronize()
