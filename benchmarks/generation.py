"""Measure a 4-bit Mixtral on a GPU with random weights of the real shape, so that nothing is downloaded.

`python -m benchmarks.generation OUT.json [--shape 8x22b] [--layers N] [--memory 79.2GiB]`. Every timed path is checked
against the reference path in the same run. The limit beside each figure is the time in which this very card, at the
copy bandwidth measured in the same run, could read each touched weight and the KV cache once.
"""

import argparse
import asyncio
import gc
import json
import platform
import statistics
import time
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import Any

import torch
from torch import nn
from transformers import MixtralConfig, MixtralForCausalLM

from benchmarks.shapes import SHAPES
from ragqa.generation.arena import Segment
from ragqa.generation.checkpoints import DenseWeight, layer_targets
from ragqa.generation.engine import Engine, EngineLimits
from ragqa.generation.jobs import GenerationRequest
from ragqa.generation.loading import measured_bytes, verify_quantized
from ragqa.generation.mixtral import build_mixtral, materialize_rotary
from ragqa.generation.mixtral_runner import BATCHES, MixtralRunner
from ragqa.generation.nf4 import install_packed, join_weights, linear_nf4, share_code_tables
from ragqa.generation.plan import ModelShape, active_bytes, make_plan, parse_bytes
from ragqa.generation.runner import TransformersRunner

DEVICE = torch.device("cuda")
CONTEXT = 750
KV_TOKENS = 24_576


def copy_bandwidth() -> float:
    """Return bytes per second of a device-to-device copy, read and written bytes counted."""
    source = torch.randint(0, 255, (4 * 2**30,), dtype=torch.uint8, device=DEVICE)
    target = torch.empty_like(source)
    return 2 * source.nbytes / median_seconds(lambda: target.copy_(source), 20)


def median_seconds(run: Callable[[], object], repeats: int) -> float:
    """Return the median time of one run by device events, after two runs to warm up."""
    run(), run()
    return statistics.median(seconds_of(run) for _ in range(repeats))


def seconds_of(run: Callable[[], object]) -> float:
    """Return the time of one run by device events."""
    start, end = torch.cuda.Event(enable_timing=True), torch.cuda.Event(enable_timing=True)
    start.record()
    run()
    end.record()
    end.synchronize()
    return start.elapsed_time(end) / 1000


def random_mixtral(config: MixtralConfig) -> MixtralForCausalLM:
    """Fill a model with random weights quantized on the card one matrix at a time, as the loader does."""
    model = build_mixtral(config, linear_nf4)

    def dense(module: nn.Module, name: str, scale: float) -> None:
        shape = getattr(module, name).shape
        weight = (
            torch.randn(shape, device=DEVICE, dtype=torch.bfloat16) * scale
            if scale
            else torch.ones(shape, device=DEVICE, dtype=torch.bfloat16)
        )
        setattr(module, name, nn.Parameter(weight, requires_grad=False))

    for layer in model.model.layers:
        dense(layer.input_layernorm, "weight", 0)
        dense(layer.post_attention_layernorm, "weight", 0)
        dense(layer.mlp.gate, "weight", config.hidden_size**-0.5)
        for target in layer_targets(config.num_local_experts):
            module = layer.get_submodule(target)
            shape = module.weight.shape
            rows = torch.randn(shape, device=DEVICE, dtype=torch.bfloat16) * shape[1] ** -0.5
            install_packed(module, join_weights([DenseWeight(target, rows)], target, rows.dtype, DEVICE), rows.dtype)
    dense(model.model.norm, "weight", 0)
    dense(model.model.embed_tokens, "weight", 1.0)
    dense(model.lm_head, "weight", config.hidden_size**-0.5)
    materialize_rotary(model, DEVICE)
    share_code_tables(model)
    return model.requires_grad_(False)


def segments(count: int, tokens: int, stride: int, past: int = 0) -> list[Segment]:
    ids = torch.randint(5, 30000, (count, tokens)).tolist()
    return [Segment(1 + row * stride, past, tuple(ids[row])) for row in range(count)]


def check(runner: MixtralRunner) -> float:
    """Return the worst relative error of the fast step's logits against the reference path's."""
    prompts = segments(5, 300, 400)
    runner.forward(prompts)
    singles = [Segment(s.start, 300, (17 + row,)) for row, s in enumerate(prompts)]
    fast, reference = runner.forward(singles), TransformersRunner.forward(runner, singles)
    errors = (fast - reference).norm(dim=-1) / reference.norm(dim=-1)
    return float(errors.max())


def shallow_error(sizes: dict[str, int]) -> float:
    """Return the worst error over two layers: over many random layers, one token near a tie changes experts."""
    model = random_mixtral(MixtralConfig(**(sizes | {"num_hidden_layers": 2})))
    return check(MixtralRunner(model, kv_tokens=4000))


def decode(runner: MixtralRunner, shape: ModelShape, bandwidth: float) -> list[dict[str, Any]]:
    """Time one step at each batch: graph, the same kernels launched one by one, and the reference path.

    Each is checked against the reference path in `check`.
    """
    rows = []
    for batch in BATCHES:
        step = runner.steps[batch]
        step.past.fill_(CONTEXT)
        step.starts.copy_(torch.arange(batch) * (CONTEXT + 1) + 1)
        step.tokens.copy_(torch.randint(5, 30000, (batch,)))
        with torch.inference_mode():
            graph = median_seconds(step.run, 30)
            spread = graph_spread(step.run)
            launched = median_seconds(step.launch, 5)
        singles = [Segment(1 + row * (CONTEXT + 1), CONTEXT, (11 + row,)) for row in range(batch)]
        with torch.inference_mode():
            reference = median_seconds(partial(TransformersRunner.forward, runner, singles), 2)
        cache = batch * (CONTEXT + 1) * 4 * shape.layers * shape.key
        limit = (active_bytes(shape, batch) + cache) / bandwidth
        rows.append(
            {
                "batch": batch,
                "graph_ms": graph * 1e3,
                "graph_ms_p10_p90": [each * 1e3 for each in spread],
                "launched_ms": launched * 1e3,
                "reference_ms": reference * 1e3,
                "tokens_per_s": batch / graph,
                "limit_tokens_per_s": batch / limit,
                "share_of_limit": limit / graph,
            }
        )
        print(rows[-1], flush=True)
    return rows


def graph_spread(run: Callable[[], object]) -> tuple[float, float]:
    """Return the 10th and 90th percentile of 30 runs."""
    times = sorted(seconds_of(run) for _ in range(30))
    return times[3], times[26]


def kernels(runner: MixtralRunner, batch: int) -> list[dict[str, Any]]:
    """Return what each kernel of one launched step takes in all, by the profiler, longest first."""
    step = runner.steps[batch]
    with torch.inference_mode(), torch.profiler.profile(activities=[torch.profiler.ProfilerActivity.CUDA]) as profiled:
        step.launch()
        torch.cuda.synchronize()
    rows = [
        {"kernel": event.key[:40], "count": event.count, "us_in_all": event.device_time_total}
        for event in profiled.key_averages()
        if event.device_time_total
    ]
    return sorted(rows, key=lambda row: -row["us_in_all"])[:12]


def prefill(runner: MixtralRunner) -> list[dict[str, float]]:
    """Time whole prompts through the reference path."""
    rows = []
    for tokens in (512, 2048, 8192):
        prompt = segments(1, tokens, 0)
        seconds = median_seconds(partial(runner.forward, prompt), 3)
        rows.append({"tokens": tokens, "ms": seconds * 1e3, "tokens_per_s": tokens / seconds})
        print(rows[-1], flush=True)
    return rows


async def questions(engine: Engine, count: int, prompt_ids: list[tuple[int, ...]], new: int) -> dict[str, Any]:
    """Answer `count` questions at once; return time to first token and whole time of each."""

    async def one(ids: tuple[int, ...]) -> tuple[float, float]:
        begun, first = time.perf_counter(), 0.0
        async for _ in engine.stream(GenerationRequest(ids=ids, max_new_tokens=new)):
            first = first or time.perf_counter() - begun
        return first, time.perf_counter() - begun

    begun = time.perf_counter()
    times = await asyncio.gather(*(one(ids) for ids in prompt_ids[:count]))
    whole = time.perf_counter() - begun
    firsts, totals = sorted(first for first, _ in times), sorted(total for _, total in times)
    return {
        "questions": count,
        "prompt_tokens": len(prompt_ids[0]),
        "new_tokens": new,
        "first_token_p50_s": firsts[count // 2],
        "first_token_max_s": firsts[-1],
        "answer_p50_s": totals[count // 2],
        "answer_max_s": totals[-1],
        "answers_per_s": count / whole,
        "tokens_per_s": count * new / whole,
    }


def serve(runner: MixtralRunner) -> dict[str, Any]:
    """Time the engine: one grounded prompt with and without a shared beginning, then 16 questions at once."""
    engine = Engine(runner, EngineLimits(rows=32, prompt_chunk=2048))

    def ids(count: int) -> tuple[int, ...]:
        return tuple(torch.randint(5, 30000, (count,)).tolist())

    shared = ids(1000)
    report = {"unwarmed": asyncio.run(questions(engine, 1, [ids(3000)], 64))}
    report["cold"] = asyncio.run(questions(engine, 1, [ids(3000)], 64))
    asyncio.run(questions(engine, 1, [(*shared, *ids(100))], 4))
    report["shared 1000 of 3000"] = asyncio.run(questions(engine, 1, [(*shared, *ids(2000))], 64))
    prompts = [(*shared, *ids(300)) for _ in range(16)]
    report["16 at once"] = asyncio.run(questions(engine, 16, prompts, 128))
    engine.close()
    return report


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("out", type=Path)
    parser.add_argument("--shape", choices=SHAPES, default="8x22b")
    parser.add_argument("--layers", type=int)
    parser.add_argument("--memory", default="79.2GiB", help="the most this program may take of the card")
    arguments = parser.parse_args()
    torch.manual_seed(0)
    total = torch.cuda.get_device_properties(DEVICE).total_memory
    torch.cuda.set_per_process_memory_fraction(min(1.0, parse_bytes(arguments.memory) / total))
    sizes = SHAPES[arguments.shape] | ({"num_hidden_layers": arguments.layers} if arguments.layers else {})
    config = MixtralConfig(**sizes)
    bandwidth = copy_bandwidth()
    torch.cuda.empty_cache()
    report: dict[str, Any] = {
        "machine": torch.cuda.get_device_name(),
        "memory_allowed": arguments.memory,
        "versions": {name: version(name) for name in ("torch", "transformers", "bitsandbytes", "triton")},
        "python": platform.python_version(),
        "date": datetime.now(UTC).isoformat(timespec="seconds"),
        "config": sizes,
        "copy_tb_s": bandwidth / 1e12,
    }
    report["worst_error_of_2_layers"] = shallow_error(sizes)
    assert report["worst_error_of_2_layers"] < 0.03, report
    gc.collect()
    torch.cuda.empty_cache()
    torch.cuda.reset_peak_memory_stats()
    begun = time.perf_counter()
    model = random_mixtral(config)
    torch.cuda.synchronize()
    report["quantize_s"] = time.perf_counter() - begun
    torch.cuda.empty_cache()
    verify_quantized(model)
    plan = make_plan(config, gpu_memory=parse_bytes(arguments.memory), tokens_per_sequence=4096)
    report["bytes"] = measured_bytes(model)
    report["bytes_predicted"] = plan.weights
    report["kv_tokens_planned"] = plan.kv_tokens
    report["worst_error_of_the_plan"] = max(
        abs(report["bytes"][kind] / predicted - 1) for kind, predicted in plan.weights.items()
    )
    assert report["worst_error_of_the_plan"] < 0.01, report
    begun = time.perf_counter()
    runner = MixtralRunner(model, kv_tokens=min(plan.kv_tokens, KV_TOKENS))
    torch.cuda.synchronize()
    report["prepare_s"] = time.perf_counter() - begun
    report["kv_tokens"] = runner.arena.places
    report["worst_error_of_all_layers"] = check(runner)
    report["cuda_product"] = runner.steps[1].fused
    print(
        {
            key: report[key]
            for key in (
                "copy_tb_s",
                "quantize_s",
                "prepare_s",
                "worst_error_of_2_layers",
                "worst_error_of_all_layers",
                "kv_tokens",
            )
        },
        flush=True,
    )
    parts = {
        "decode": lambda: decode(runner, ModelShape.of(config), bandwidth),
        "kernels": lambda: {batch: kernels(runner, batch) for batch in (1, 16)},
        "prefill": lambda: prefill(runner),
        "serve": lambda: serve(runner),
    }
    for name, part in parts.items():
        report[name] = part()
        report["peak_gib"] = torch.cuda.max_memory_allocated() / 2**30
        report["reserved_gib"] = torch.cuda.max_memory_reserved() / 2**30
        arguments.out.write_text(json.dumps(report, indent=1))
    print(json.dumps({key: report[key] for key in ("serve", "peak_gib", "reserved_gib")}))


if __name__ == "__main__":
    main()
