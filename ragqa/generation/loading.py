"""Loads a Mixtral layer by layer into NF4, or leaves it as trained, and refuses to return what is not as predicted.

Only one module's original weights are in memory at a time: files are read tensor by tensor, each is quantized on the
device, and the original is dropped before the next is read.
"""

from pathlib import Path

import bitsandbytes as bnb
import torch
from torch import nn
from transformers import MixtralConfig, MixtralForCausalLM

from ragqa.errors import ModelError
from ragqa.generation.checkpoints import Checkpoint, Layout, PackedWeight, layer_targets
from ragqa.generation.manifest import check_manifest
from ragqa.generation.mixtral import build_mixtral, materialize_rotary, plain_linear
from ragqa.generation.nf4 import install_packed, join_weights, linear_nf4, packed_bytes, share_code_tables
from ragqa.generation.plan import ModelShape, weight_bytes
from ragqa.protocols import Progress

BYTE_TOLERANCE = 0.01


def load_mixtral(
    folder: Path, *, device: torch.device, quantize: bool, dtype: torch.dtype, progress: Progress | None = None
) -> MixtralForCausalLM:
    """Return a model ready to run. Raises ModelError naming a tensor that is missing, left over or not in 4 bits."""
    config = MixtralConfig.from_pretrained(folder)
    checkpoint = Checkpoint(folder)
    if checkpoint.layout is Layout.PREPARED:
        check_manifest(folder)
    if checkpoint.prequantized and not quantize:
        raise ModelError(f"{folder} is stored in 4 bits; load it with quantization 'nf4'")
    model = build_mixtral(config, linear_nf4 if quantize else plain_linear)
    fill_ends(model, checkpoint, dtype, device)
    for index in range(config.num_hidden_layers):
        fill_layer(model, index, checkpoint, dtype, device)
        if progress:
            progress(index + 1, config.num_hidden_layers)
    materialize_rotary(model, device)
    model.requires_grad_(False)
    if checkpoint.unread():
        raise ModelError(f"{folder} holds tensors that belong to no part of the model: {checkpoint.unread()[:5]}")
    if quantize:
        share_code_tables(model)
        verify_quantized(model)
    return model


def fill_ends(model: MixtralForCausalLM, checkpoint: Checkpoint, dtype: torch.dtype, device: torch.device) -> None:
    """Load embedding, last norm and output head, which stay as trained."""
    tied = "lm_head.weight" not in checkpoint.files and model.config.tie_word_embeddings
    names = ["model.embed_tokens.weight", "model.norm.weight", *([] if tied else ["lm_head.weight"])]
    for name in names:
        _set_dense(model, name, checkpoint.dense(name), dtype, device)
    if tied:
        model.lm_head.weight = model.model.embed_tokens.weight


def fill_layer(
    model: MixtralForCausalLM, index: int, checkpoint: Checkpoint, dtype: torch.dtype, device: torch.device
) -> None:
    """Load one decoder layer, quantizing its large weights on the device where the model has 4-bit modules."""
    layer = model.model.layers[index]
    prefix = f"model.layers.{index}."
    for norm in ("input_layernorm.weight", "post_attention_layernorm.weight"):
        _set_dense(layer, norm, checkpoint.tensor(prefix + norm), dtype, device)
    router = checkpoint.dense(checkpoint.parts(index, "mlp.gate")[0].name)
    _set_dense(layer, "mlp.gate.weight", router, dtype, device)
    for target in layer_targets(model.config.num_local_experts):
        module = layer.get_submodule(target)
        if isinstance(module, bnb.nn.Linear4bit):
            install_packed(module, packed_target(checkpoint, index, target, dtype, device), dtype)
        else:
            rows = [checkpoint.weight(part) for part in checkpoint.parts(index, target)]
            stacked = torch.cat([w.dequantized() if isinstance(w, PackedWeight) else w.tensor for w in rows])
            _set_dense(module, "weight", stacked, dtype, device)


def packed_target(
    checkpoint: Checkpoint, layer: int, target: str, dtype: torch.dtype, device: torch.device
) -> PackedWeight:
    """Read one module of the model as NF4. Raises ModelError if a 4-bit checkpoint left it unquantized."""
    parts = [checkpoint.weight(part) for part in checkpoint.parts(layer, target)]
    dense = [part.name for part in parts if not isinstance(part, PackedWeight)]
    if dense and checkpoint.prequantized:
        raise ModelError(
            f"{dense[0]!r} in {checkpoint.folder} is not in 4 bits although the checkpoint is: "
            "it was saved by a program that skipped it; quantize the original checkpoint again"
        )
    return join_weights(parts, f"model.layers.{layer}.{target}.weight", dtype, device)


def measured_bytes(model: MixtralForCausalLM) -> dict[str, int]:
    """Count the bytes the model's weights really take, by the kinds that `plan.weight_bytes` predicts."""
    counted = dict.fromkeys(weight_bytes(ModelShape.of(model.config)), 0)
    for name, parameter in model.named_parameters():
        state = getattr(parameter, "quant_state", None)
        counted[_kind(name)] += parameter.nbytes if state is None else packed_bytes(state, parameter)
        if state is not None and not counted["code tables"]:
            counted["code tables"] = state.code.nbytes + state.state2.code.nbytes
    return counted


def verify_quantized(model: MixtralForCausalLM) -> None:
    """Raise ModelError, naming the tensor, unless every large weight is NF4 and the bytes are as predicted to 1 %."""
    for index, layer in enumerate(model.model.layers):
        for target in layer_targets(model.config.num_local_experts):
            weight = layer.get_submodule(target).weight
            state = getattr(weight, "quant_state", None)
            if weight.dtype is not torch.uint8 or state is None or state.quant_type != "nf4" or not state.nested:
                raise ModelError(
                    f"'model.layers.{index}.{target}.weight' is not in 4 bits ({weight.dtype}, {weight.nbytes} bytes): "
                    "the model would not fit as planned and is not served"
                )
    predicted = weight_bytes(ModelShape.of(model.config), model.lm_head.weight.element_size())
    counted = measured_bytes(model)
    for kind, expected in predicted.items():
        allowed = BYTE_TOLERANCE * expected
        # A head tied to the embedding is no parameter of its own.
        if abs(counted[kind] - expected) > allowed and not (kind == "lm_head" and model.config.tie_word_embeddings):
            raise ModelError(f"{kind}: {counted[kind]} bytes in memory, {expected} predicted from the configuration")


def _set_dense(root: nn.Module, name: str, tensor: torch.Tensor, dtype: torch.dtype, device: torch.device) -> None:
    path, _, leaf = name.rpartition(".")
    module = root.get_submodule(path)
    expected = getattr(module, leaf).shape
    if tensor.shape != expected:
        raise ModelError(f"{name!r} has shape {tuple(tensor.shape)}, the configuration asks for {tuple(expected)}")
    setattr(module, leaf, nn.Parameter(tensor.to(device, dtype), requires_grad=False))


def _kind(name: str) -> str:
    if ".experts." in name:
        return "experts"
    if ".self_attn." in name:
        return "attention"
    if ".gate." in name:
        return "router"
    if name.startswith("lm_head"):
        return "lm_head"
    return "embedding" if "embed_tokens" in name else "norms"
