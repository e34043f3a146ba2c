"""Predicts, from a model's configuration alone, the bytes it needs in 4 bits and what is left for its KV cache."""

from pathlib import Path
from typing import Any

import msgspec
from transformers import AutoConfig, MixtralConfig

from ragqa.errors import ModelError
from ragqa.generation.mixtral import head_dim
from ragqa.generation.nf4 import BLOCK, CODE_TABLE_BYTES, NESTED_BLOCK

GIB = 2**30
RESERVE_BYTES = 2 * GIB
"""CUDA context, workspaces, captured graphs and the largest activations of a prefill chunk."""
CACHE_ELEMENT_BYTES = 2


class ModelShape(msgspec.Struct, frozen=True, kw_only=True):
    """The sizes that bytes and speed follow from."""

    layers: int
    hidden: int
    intermediate: int
    query: int
    key: int
    experts: int
    experts_per_token: int
    vocabulary: int
    context: int

    @classmethod
    def of(cls, config: MixtralConfig) -> "ModelShape":
        """Read the sizes. Raises ModelError for another architecture."""
        if config.model_type != "mixtral":
            raise ModelError(f"cannot plan a {config.model_type!r} model: the byte budget is known for Mixtral only")
        size = head_dim(config)
        return cls(
            layers=config.num_hidden_layers,
            hidden=config.hidden_size,
            intermediate=config.intermediate_size,
            query=config.num_attention_heads * size,
            key=config.num_key_value_heads * size,
            experts=config.num_local_experts,
            experts_per_token=config.num_experts_per_tok,
            vocabulary=config.vocab_size,
            context=config.max_position_embeddings,
        )


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """Bytes by kind of tensor, and how many tokens and sequences fit beside them."""

    weights: dict[str, int]
    kv_bytes_per_token: int
    gpu_memory: int
    kv_tokens: int
    sequences: int
    tokens_per_sequence: int

    @property
    def weight_bytes(self) -> int:
        """All weights together."""
        return sum(self.weights.values())


def nf4_bytes(rows: int, columns: int) -> int:
    """Bytes of one NF4 weight with double quantization: codes, 8-bit scales, group scales, one offset."""
    blocks = rows * columns // BLOCK
    return rows * columns // 2 + blocks + 4 * -(-blocks // NESTED_BLOCK) + 4


def weight_bytes(shape: ModelShape, element_bytes: int = 2) -> dict[str, int]:
    """Predict bytes by kind: experts and attention in NF4, everything else in elements of `element_bytes`."""
    attention = nf4_bytes(shape.query + 2 * shape.key, shape.hidden) + nf4_bytes(shape.hidden, shape.query)
    expert = nf4_bytes(2 * shape.intermediate, shape.hidden) + nf4_bytes(shape.hidden, shape.intermediate)
    return {
        "experts": shape.layers * shape.experts * expert,
        "attention": shape.layers * attention,
        "router": element_bytes * shape.layers * shape.experts * shape.hidden,
        "norms": element_bytes * (2 * shape.layers + 1) * shape.hidden,
        "embedding": element_bytes * shape.vocabulary * shape.hidden,
        "lm_head": element_bytes * shape.vocabulary * shape.hidden,
        "code tables": CODE_TABLE_BYTES,
    }


def active_bytes(shape: ModelShape, tokens: int) -> float:
    """Bytes read at least once to decode one token of each of `tokens` sequences, KV cache left out.

    An expert is read if any token chose it; choices are taken as independent and even.
    """
    weights = weight_bytes(shape)
    untouched = (1 - shape.experts_per_token / shape.experts) ** tokens
    return weights["experts"] * (1 - untouched) + sum(
        weights[kind] for kind in ("attention", "router", "norms", "lm_head")
    )


def read_config(folder: Path) -> MixtralConfig:
    """Read a model folder's configuration. Raises ModelError if it has none that can be read."""
    try:
        return AutoConfig.from_pretrained(folder, local_files_only=True)
    except (OSError, ValueError) as error:
        raise ModelError(f"{folder} has no configuration of a model: {error}") from error


def make_plan(config: MixtralConfig, *, gpu_memory: int, tokens_per_sequence: int) -> Plan:
    """Plan a Mixtral in NF4 on a device of `gpu_memory` bytes. Raises ModelError if it cannot fit."""
    shape = ModelShape.of(config)
    weights = weight_bytes(shape)
    per_token = 2 * shape.layers * shape.key * CACHE_ELEMENT_BYTES
    free = gpu_memory - sum(weights.values()) - RESERVE_BYTES
    plan = Plan(
        weights=weights,
        kv_bytes_per_token=per_token,
        gpu_memory=gpu_memory,
        kv_tokens=max(0, free // per_token),
        sequences=max(0, free // per_token // tokens_per_sequence),
        tokens_per_sequence=tokens_per_sequence,
    )
    if plan.sequences < 1:
        raise ModelError(
            f"the model needs {plan.weight_bytes / GIB:.1f} GiB for weights, {RESERVE_BYTES / GIB:.1f} GiB reserve and "
            f"{per_token * tokens_per_sequence / GIB:.2f} GiB for one sequence of {tokens_per_sequence} tokens, "
            f"but the device has {gpu_memory / GIB:.1f} GiB: take a larger device or a smaller model"
        )
    return plan


def parse_bytes(text: str) -> int:
    """Read `80GiB`, `80GB`, `512MiB` or plain bytes. Raises ModelError for anything else."""
    units: dict[str, int] = {"GiB": GIB, "MiB": 2**20, "GB": 10**9, "MB": 10**6, "": 1}
    number = text.rstrip("GiMB ")
    unit = text[len(number) :].strip()
    try:
        return int(float(number) * units[unit])
    except (ValueError, KeyError):
        raise ModelError(f"{text!r} is no size; write for instance 80GiB") from None


def describe(plan: Plan) -> list[dict[str, Any]]:
    """Return the plan as rows of (kind, bytes, GiB) for a table."""
    rows = [
        *plan.weights.items(),
        ("weights in all", plan.weight_bytes),
        ("KV cache per token", plan.kv_bytes_per_token),
    ]
    return [{"kind": kind, "bytes": count, "gib": count / GIB} for kind, count in rows]
