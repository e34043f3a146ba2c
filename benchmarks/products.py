"""Time the NF4 products of a decode step at Mixtral-8x22B's shapes: ours, bitsandbytes', and a copy.

Run on a GPU: `python -m benchmarks.products OUT.json`. Each product is checked against float64 arithmetic first, and
timed over several sets of weights in turn, together larger than the L2 cache.
"""

import json
import sys
from collections.abc import Callable
from pathlib import Path

import bitsandbytes as bnb
import torch
import triton.testing
from bitsandbytes.functional import dequantize_4bit

from ragqa.generation.checkpoints import DenseWeight
from ragqa.generation.fused_product import fits, fused_product
from ragqa.generation.grouped import ExpertWeights, Tuning, expert_weights, grouped_product
from ragqa.generation.kernels import even_odd_order
from ragqa.generation.nf4 import install_packed, join_weights, linear_nf4

DEVICE = torch.device("cuda")
HIDDEN, INNER, EXPERTS = 6144, 16384, 8
SHAPES = {
    "gate_up": (2 * INNER, HIDDEN, EXPERTS, True),
    "down": (HIDDEN, INNER, EXPERTS, False),
    "qkv": (8192, HIDDEN, 1, False),
    "output": (HIDDEN, HIDDEN, 1, False),
}


def random_weight(outputs: int, inputs: int, experts: int) -> tuple[ExpertWeights, list[torch.nn.Module]]:
    layers = []
    for _ in range(experts):
        dense = DenseWeight("w", torch.randn(outputs, inputs, device=DEVICE, dtype=torch.bfloat16) / inputs**0.5)
        layer = linear_nf4(64, 64)
        install_packed(layer, join_weights([dense], "w", torch.bfloat16, DEVICE), torch.bfloat16)
        layers.append(layer)
    return expert_weights(layers), layers


def case(name: str, batch: int, copies: int) -> dict:
    outputs, inputs, experts, gated = SHAPES[name]
    weights = [random_weight(outputs, inputs, experts) for _ in range(copies)]
    top_k = 2 if experts > 1 else 1
    chosen = torch.rand(batch, experts, device=DEVICE).topk(top_k).indices.int()
    pair_input = name == "down"
    x = torch.randn(batch * top_k if pair_input else batch, inputs, device=DEVICE, dtype=torch.bfloat16)
    ordered = x[:, even_odd_order(inputs).to(DEVICE)].contiguous()
    touched = len(chosen.unique())
    bytes_read = touched * (outputs * inputs // 2 + outputs * inputs // 64)
    rows = x if pair_input else x.repeat_interleave(top_k, 0)
    expected = torch.empty(batch * top_k, outputs, device=DEVICE, dtype=torch.float64)
    for pair, expert in enumerate(chosen.flatten().tolist()):
        layer = weights[0][1][expert]
        expected[pair] = (
            dequantize_4bit(layer.weight.data, layer.weight.quant_state).float().double() @ rows[pair].double()
        )
    if gated:
        both = expected
        expected = torch.nn.functional.silu(both[:, :INNER]) * both[:, INNER:]
        expected = expected[:, even_odd_order(INNER).to(DEVICE)]
    found = []
    splits = [1] if gated else [2, 3, 4, 6, 8]
    dtype = torch.bfloat16 if gated else torch.float32
    for split in splits:
        if not fits(weights[0][0], split):
            continue
        out = torch.full((split, *expected.shape), float("nan"), device=DEVICE, dtype=dtype)
        target = out[0] if gated else out

        def fused(i: int, split: int = split, target: torch.Tensor = target) -> None:
            fused_product(x, chosen, weights[i][0], target, split=split, pair_input=pair_input, gated=gated)

        fused(0)
        natural = expected[:, even_odd_order(INNER).argsort().to(DEVICE)] if gated else expected
        error = float((out.double().sum(0) - natural).norm() / natural.norm())
        assert error < 0.02, (name, batch, split, error)
        found.append({"kernel": "cuda", "split": split, "error": error, "us": time_cycle(fused, copies)})
        print("   ", split, round(found[-1]["us"], 1), round(error, 4), flush=True)
    for tuning in [Tuning(block=128, split=1 if gated else 4, warps=4, stages=3)]:
        out = torch.full((tuning.split, *expected.shape), float("nan"), device=DEVICE, dtype=dtype)
        target = out[0] if gated else out

        def triton_product(i: int, tuning: Tuning = tuning, target: torch.Tensor = target) -> None:
            grouped_product(ordered, chosen, weights[i][0], target, tuning=tuning, pair_input=pair_input, gated=gated)

        triton_product(0)
        error = float((out.double().sum(0) - expected).norm() / expected.norm())
        found.append(
            {"kernel": "triton", "split": tuning.split, "error": error, "us": time_cycle(triton_product, copies)}
        )
    found.sort(key=lambda row: row["us"])
    result = {"product": name, "batch": batch, "bytes": bytes_read, "kernels": found}
    result |= others(weights, ordered, batch, touched)
    best = found[0]
    result["tb_per_s"] = bytes_read / best["us"] / 1e6
    print(name, batch, f"touched {touched}, limit at 3 TB/s {bytes_read / 3e6:.1f} us, best", best, flush=True)
    print({key: round(result[key], 1) for key in ("bitsandbytes_us", "torch_bfloat16_us")}, flush=True)
    return result


def others(
    weights: list[tuple[ExpertWeights, list[torch.nn.Module]]], x: torch.Tensor, batch: int, touched: int
) -> dict[str, float]:
    """Time bitsandbytes' product from NF4 and torch's from bfloat16, one touched expert after the other."""
    rows = x[:batch]

    def theirs(i: int) -> None:
        for layer in weights[i][1][:touched]:
            bnb.matmul_4bit(rows, layer.weight, layer.weight.quant_state)

    plain = [dequantize_4bit(layer.weight.data, layer.weight.quant_state) for layer in weights[0][1][:touched]]

    def bfloat16(_: int) -> None:
        for matrix in plain:
            rows @ matrix.T

    copies = len(weights)
    return {"bitsandbytes_us": time_cycle(theirs, copies), "torch_bfloat16_us": time_cycle(bfloat16, copies)}


def time_cycle(run: Callable[[int], None], copies: int) -> float:
    """Median microseconds of one run, by replaying a graph of runs over all copies."""
    for i in range(copies):
        run(i)
    torch.cuda.synchronize()
    graph = torch.cuda.CUDAGraph()
    with torch.cuda.graph(graph):
        for i in range(copies):
            run(i)
    times = triton.testing.do_bench(graph.replay, warmup=5, rep=20, return_mode="median")
    return float(times * 1000 / copies)


def bandwidth() -> float:
    source = torch.randint(0, 255, (4 * 2**30,), dtype=torch.uint8, device=DEVICE)
    target = torch.empty_like(source)
    return 2 * source.nbytes / triton.testing.do_bench(lambda: target.copy_(source), return_mode="median") / 1e9


def main() -> None:
    torch.manual_seed(0)
    report = {"device": torch.cuda.get_device_name(), "bandwidth_tb_s": bandwidth(), "cases": []}
    print(report, flush=True)
    for batch in (1, 16):
        for name in SHAPES:
            report["cases"].append(case(name, batch, copies=8 if name in ("qkv", "output") else 3))
            Path(sys.argv[1]).write_text(json.dumps(report, indent=1))


if __name__ == "__main__":
    main()
