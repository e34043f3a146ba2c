"""Finds, loads and quantizes the model of the transformers generator, whichever architecture it has."""

import logging
from importlib.util import find_spec
from pathlib import Path

import torch
from huggingface_hub import snapshot_download
from torch import nn
from transformers import AutoConfig, AutoModelForCausalLM, AutoTokenizer, PreTrainedModel, PreTrainedTokenizerBase

from ragqa.devices import weight_dtype
from ragqa.errors import ModelError
from ragqa.generation.checkpoints import DenseWeight
from ragqa.generation.loading import load_mixtral
from ragqa.generation.nf4 import BLOCK, install_packed, join_weights, linear_nf4
from ragqa.generation.plan import RESERVE_BYTES
from ragqa.generation.runner import TransformersRunner
from ragqa.protocols import Progress

logger = logging.getLogger(__name__)
CPU_KV_TOKENS = 8192
_WANTED = ["*.safetensors", "*.json", "tokenizer*", "*.model", "*.jinja"]


def model_folder(model: str, revision: str | None) -> Path:
    """Return the model's folder, fetching a hub model at a pinned revision. Raises ModelError if it is not pinned."""
    if Path(model).is_dir():
        return Path(model)
    if revision is None:
        raise ModelError(f"{model!r} is no folder here; to fetch it, pin its revision (RAGQA_MODEL_REVISION)")
    return Path(snapshot_download(model, revision=revision, allow_patterns=_WANTED))


def load_model(
    folder: Path, *, device: torch.device, quantize: bool, progress: Progress | None = None
) -> PreTrainedModel:
    """Load a causal language model, in NF4 or as it is. Raises ModelError naming what is wrong with it."""
    if not (folder / "config.json").exists():
        raise ModelError(f"{folder} holds no config.json: it is not a model folder")
    config, dtype = AutoConfig.from_pretrained(folder, trust_remote_code=False), weight_dtype(device)
    if config.model_type == "mixtral":
        return load_mixtral(folder, device=device, quantize=quantize, dtype=dtype, progress=progress)
    if getattr(config, "num_local_experts", None) or getattr(config, "num_experts", None):
        raise ModelError(
            f"{config.model_type!r} keeps its experts in tensors that 4-bit quantization does not reach; "
            "of mixtures of experts only Mixtral is supported: serve others behind the openai generator"
        )
    model = AutoModelForCausalLM.from_pretrained(folder, dtype=dtype, use_safetensors=True, trust_remote_code=False)
    if quantize:
        quantize_linear_layers(model, device, progress)
    return model.to(device).eval().requires_grad_(False)


def quantize_linear_layers(model: PreTrainedModel, device: torch.device, progress: Progress | None = None) -> None:
    """Replace every linear layer but the output head by its NF4 form, one at a time. Raises ModelError."""
    names = [
        name
        for name, module in model.named_modules()
        if type(module) is nn.Linear and module is not model.get_output_embeddings()
    ]
    for done, name in enumerate(names, 1):
        layer = model.get_submodule(name)
        if layer.in_features % BLOCK or layer.bias is not None:
            raise ModelError(f"{name!r} has a bias or a width that is no multiple of {BLOCK}; use quantization 'none'")
        packed = join_weights([DenseWeight(name, layer.weight.data)], name, layer.weight.dtype, device)
        with torch.device("meta"):
            replacement = linear_nf4(layer.in_features, layer.out_features)
        install_packed(replacement, packed, layer.weight.dtype)
        model.set_submodule(name, replacement)
        if progress:
            progress(done, len(names))


def load_tokenizer(folder: Path) -> PreTrainedTokenizerBase:
    """Load the tokenizer that belongs to a model folder."""
    return AutoTokenizer.from_pretrained(folder, trust_remote_code=False)


def make_runner(model: PreTrainedModel, kv_tokens: int | None = None) -> TransformersRunner:
    """Return the fast runner where it applies (a 4-bit Mixtral on a GPU), else the reference."""
    config = model.config
    device = model.lm_head.weight.device
    tokens = kv_tokens or _free_kv_tokens(model, device)
    packed = hasattr(model.model.layers[0].self_attn, "qkv_proj") and not model.lm_head.weight.is_meta
    quantized = packed and hasattr(model.model.layers[0].self_attn.qkv_proj, "quant_state")
    if config.model_type == "mixtral" and quantized and device.type == "cuda" and find_spec("triton"):
        # Imported here: Triton is there only where a GPU is.
        from ragqa.generation.mixtral_runner import MixtralRunner

        return MixtralRunner(model, kv_tokens=tokens)
    return TransformersRunner(model, kv_tokens=tokens)


def _free_kv_tokens(model: PreTrainedModel, device: torch.device) -> int:
    """Return how many tokens of KV cache fit beside the weights, leaving the reserve of `plan`."""
    if device.type != "cuda":
        return CPU_KV_TOKENS
    config = model.config
    size = getattr(config, "head_dim", None) or config.hidden_size // config.num_attention_heads
    per_token = 2 * config.num_hidden_layers * config.num_key_value_heads * size * 2
    free, _ = torch.cuda.mem_get_info(device)
    tokens = int((free - RESERVE_BYTES) // per_token)
    if tokens < 1024:
        raise ModelError(f"only {max(tokens, 0)} tokens of KV cache fit beside the model: take a larger device")
    logger.info("KV cache of %d tokens", tokens)
    return tokens
