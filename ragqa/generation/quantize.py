"""Writes a 4-bit Mixtral folder once, so that every later start only reads final bytes.

One shard a layer: the writer holds one layer at a time, whatever the size of the model.
"""

import json
import shutil
from importlib.metadata import version
from pathlib import Path

import torch
from safetensors.torch import save_file
from transformers import MixtralConfig

from ragqa.errors import ModelError
from ragqa.generation.checkpoints import INDEX, Checkpoint, PackedWeight, layer_targets
from ragqa.generation.loading import packed_target
from ragqa.generation.manifest import Manifest, file_entry, write_manifest
from ragqa.generation.plan import ModelShape, weight_bytes
from ragqa.protocols import Progress

FORMAT = "nf4, blocks of 64, scales in 8 bits in groups of 256"
_COPIED = ("tokenizer*", "special_tokens_map.json", "generation_config.json", "chat_template*", "*.model", "LICENSE*")


def quantize_folder(
    source: Path,
    target: Path,
    *,
    device: torch.device,
    source_name: str | None = None,
    revision: str | None = None,
    progress: Progress | None = None,
) -> Manifest:
    """Quantize a Mixtral checkpoint into `target` and return its manifest.

    Raises ModelError if `target` is not empty or the source is not complete. An interrupted run leaves a folder
    without manifest, which cannot be loaded.
    """
    if target.exists() and any(target.iterdir()):
        raise ModelError(f"{target} is not empty: name a new folder")
    target.mkdir(parents=True, exist_ok=True)
    config = MixtralConfig.from_pretrained(source)
    checkpoint = Checkpoint(source)
    shards = config.num_hidden_layers + 1
    weight_map: dict[str, str] = {}
    for index in range(shards):
        tensors = _layer_tensors(checkpoint, config, index, device) if index else _end_tensors(checkpoint, config)
        name = f"model-{index + 1:05d}-of-{shards:05d}.safetensors"
        save_file(tensors, target / name, metadata={"format": "pt"})
        weight_map |= dict.fromkeys(tensors, name)
        if progress:
            progress(index + 1, shards)
    if checkpoint.unread():
        raise ModelError(f"{source} holds tensors that belong to no part of the model: {checkpoint.unread()[:5]}")
    write_index(target, weight_map)
    _copy_small_files(source, target)
    written = Manifest(
        source=source_name or source.name,
        revision=revision,
        format=FORMAT,
        versions={name: version(name) for name in ("torch", "transformers", "bitsandbytes")},
        weight_bytes=weight_bytes(ModelShape.of(config)),
        files={path.name: file_entry(path) for path in sorted(target.iterdir())},
    )
    write_manifest(target, written)
    return written


def _end_tensors(checkpoint: Checkpoint, config: MixtralConfig) -> dict[str, torch.Tensor]:
    names = ["model.embed_tokens.weight", "model.norm.weight"]
    if not config.tie_word_embeddings or "lm_head.weight" in checkpoint.files:
        names.append("lm_head.weight")
    return {name: checkpoint.dense(name).to(torch.bfloat16).contiguous() for name in names}


def _layer_tensors(
    checkpoint: Checkpoint, config: MixtralConfig, shard: int, device: torch.device
) -> dict[str, torch.Tensor]:
    layer = shard - 1
    prefix = f"model.layers.{layer}."
    router = checkpoint.dense(checkpoint.parts(layer, "mlp.gate")[0].name)
    tensors = {prefix + "mlp.gate.weight": router}
    for norm in ("input_layernorm.weight", "post_attention_layernorm.weight"):
        tensors[prefix + norm] = checkpoint.tensor(prefix + norm)
    tensors = {name: tensor.to(torch.bfloat16) for name, tensor in tensors.items()}
    for target in layer_targets(config.num_local_experts):
        packed = packed_target(checkpoint, layer, target, torch.bfloat16, device)
        tensors |= packed_tensors(f"{prefix}{target}.weight", packed)
    return tensors


def packed_tensors(name: str, weight: PackedWeight) -> dict[str, torch.Tensor]:
    """Return a 4-bit weight's tensors as the prepared layout names them, on the CPU."""
    weight.state.dtype = torch.bfloat16
    state = {f"{name}.{part}": tensor for part, tensor in weight.state.as_dict(packed=True).items()}
    # Clones: the code table is one tensor for all weights, and safetensors refuses shared memory.
    return {key: tensor.detach().cpu().clone() for key, tensor in {name: weight.packed, **state}.items()}


def write_index(target: Path, weight_map: dict[str, str]) -> None:
    """Write which file holds which tensor; the files are there already."""
    total = sum(path.stat().st_size for path in target.glob("*.safetensors"))
    index = {"metadata": {"total_size": total}, "weight_map": weight_map}
    (target / INDEX).write_text(json.dumps(index, indent=1))


def _copy_small_files(source: Path, target: Path) -> None:
    for pattern in _COPIED:
        for path in source.glob(pattern):
            shutil.copyfile(path, target / path.name)
    # A quantization_config would send transformers down its own 4-bit path, which cannot read this layout.
    config = json.loads((source / "config.json").read_text())
    config.pop("quantization_config", None)
    (target / "config.json").write_text(json.dumps(config, indent=2))
