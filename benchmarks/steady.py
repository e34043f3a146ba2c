"""Keep a random 8x22B under load: 16 readers who ask again at once, one in ten leaving midway.

`python -m benchmarks.steady OUT.json SECONDS`. Counts answers, failures and the longest silence between two tokens.
"""

import asyncio
import json
import random
import sys
import time
from pathlib import Path
from typing import Any

import torch
from transformers import MixtralConfig

from benchmarks.generation import SHAPES, random_mixtral
from ragqa.generation.engine import Engine, EngineLimits
from ragqa.generation.jobs import GenerationRequest
from ragqa.generation.mixtral_runner import MixtralRunner
from ragqa.generation.plan import make_plan, parse_bytes

MEMORY = parse_bytes("79.2GiB")
READERS = 16


async def reader(engine: Engine, shared: tuple[int, ...], until: float, seen: dict[str, Any]) -> None:
    while time.perf_counter() < until:
        own = tuple(random.randrange(5, 30000) for _ in range(random.randrange(300, 1500)))
        request = GenerationRequest(ids=(*shared, *own), max_new_tokens=random.randrange(60, 200))
        leaves_after = random.randrange(1, 60) if random.random() < 0.1 else None
        begun = last = time.perf_counter()
        tokens, stream = 0, engine.stream(request)
        try:
            async for _ in stream:
                now = time.perf_counter()
                if tokens == 0:
                    seen["first_token_s"].append(now - begun)
                else:
                    seen["silence_s"].append(now - last)
                last, tokens = now, tokens + 1
                seen["most_kv"] = max(seen["most_kv"], engine.places.busy)
                if tokens == leaves_after:
                    seen["left"] += 1
                    break
            else:
                seen["answer_s"].append(time.perf_counter() - begun)
        except Exception as error:
            seen["failures"].append(repr(error))
        finally:
            await stream.aclose()
        seen["tokens"] += tokens


async def load(engine: Engine, seconds: float) -> dict[str, Any]:
    shared = tuple(random.randrange(5, 30000) for _ in range(1000))
    seen: dict[str, Any] = {"first_token_s": [], "silence_s": [], "answer_s": [], "failures": []}
    seen |= {"tokens": 0, "left": 0, "most_kv": 0}
    begun = time.perf_counter()
    await asyncio.gather(*(reader(engine, shared, begun + seconds, seen) for _ in range(READERS)))
    whole = time.perf_counter() - begun

    def quantiles(name: str) -> dict[str, float]:
        values = sorted(seen[name])
        return {"p50": values[len(values) // 2], "p95": values[int(len(values) * 0.95)], "max": values[-1]}

    return {
        "seconds": whole,
        "answers": len(seen["answer_s"]),
        "answers_per_s": len(seen["answer_s"]) / whole,
        "tokens_per_s": seen["tokens"] / whole,
        "left_midway": seen["left"],
        "failures": seen["failures"],
        "most_kv_tokens_held": seen["most_kv"],
        "healthy": engine.healthy,
        "held_at_the_end": engine.places.busy,
        **{name: quantiles(name) for name in ("first_token_s", "silence_s", "answer_s")},
    }


def main() -> None:
    random.seed(0)
    torch.manual_seed(0)
    torch.cuda.set_per_process_memory_fraction(MEMORY / torch.cuda.get_device_properties(0).total_memory)
    config = MixtralConfig(**SHAPES["8x22b"])
    model = random_mixtral(config)
    torch.cuda.empty_cache()
    plan = make_plan(config, gpu_memory=MEMORY, tokens_per_sequence=4096)
    engine = Engine(MixtralRunner(model, kv_tokens=plan.kv_tokens - 4000), EngineLimits(prompt_chunk=2048))
    report = asyncio.run(load(engine, float(sys.argv[2])))
    report |= {"kv_tokens": engine.places.total, "peak_gib": torch.cuda.max_memory_allocated() / 2**30}
    report |= {"reserved_gib": torch.cuda.max_memory_reserved() / 2**30, "machine": torch.cuda.get_device_name()}
    engine.close()
    Path(sys.argv[1]).write_text(json.dumps(report, indent=1))
    print(json.dumps(report, indent=1))


if __name__ == "__main__":
    main()
