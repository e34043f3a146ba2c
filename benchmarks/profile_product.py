"""Run the fused product a few times, for a profiler: `ncu -k product python -m benchmarks.profile_product`."""

import torch

from benchmarks.products import DEVICE, random_weight
from ragqa.generation.fused_product import fused_product

weight, _ = random_weight(32768, 6144, 8)
for batch in (1, 16):
    chosen = torch.rand(batch, 8, device=DEVICE).topk(2).indices.int()
    x = torch.randn(batch, 6144, device=DEVICE, dtype=torch.bfloat16)
    out = torch.empty(batch * 2, 16384, device=DEVICE, dtype=torch.bfloat16)
    for _ in range(2):
        fused_product(x, chosen, weight, out, split=1, gated=True)
torch.cuda.synchronize()
