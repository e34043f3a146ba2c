"""Tiny random Mixtrals in the four layouts that exist in the world."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from bitsandbytes.functional import quantize_4bit
from safetensors.torch import load_file, save_file
from transformers import MixtralConfig, MixtralForCausalLM

TINY = {
    "hidden_size": 128,
    "intermediate_size": 256,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "num_local_experts": 4,
    "num_experts_per_tok": 2,
    "vocab_size": 320,
    "max_position_embeddings": 512,
}


@pytest.fixture(scope="session")
def reference() -> MixtralForCausalLM:
    torch.manual_seed(1)
    model = MixtralForCausalLM(MixtralConfig(**TINY))
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            if ".mlp." in name:
                # Larger than transformers' initial values, so that router and experts matter for the logits.
                parameter.mul_(5)
    return model.eval()


@pytest.fixture(scope="session")
def hub_folder(reference: MixtralForCausalLM, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("hub")
    reference.save_pretrained(folder)
    assert "model.layers.0.block_sparse_moe.experts.0.w1.weight" in load_file(folder / "model.safetensors")
    return folder


@pytest.fixture(scope="session")
def fused_folder(reference: MixtralForCausalLM, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("fused")
    reference.save_pretrained(folder, save_original_format=False)
    assert "model.layers.0.mlp.experts.gate_up_proj" in load_file(folder / "model.safetensors")
    return folder


@pytest.fixture
def transformers4_folder(hub_folder: Path, tmp_path: Path) -> Callable[..., Path]:
    """Write a folder as transformers 4 saved it in 4 bits: one packed tensor a matrix, and its state beside it."""

    def write(*, nested: bool, router: bool, skip: str = "-") -> Path:
        tensors = {}
        for name, tensor in load_file(hub_folder / "model.safetensors").items():
            linear = ".self_attn." in name or ".experts." in name or (router and ".gate." in name)
            if not linear or name == skip:
                tensors[name] = tensor
                continue
            packed, state = quantize_4bit(tensor, quant_type="nf4", compress_statistics=nested)
            tensors[name] = packed
            tensors |= {f"{name}.{part}": value.clone() for part, value in state.as_dict(packed=True).items()}
        folder = tmp_path / "transformers4"
        folder.mkdir()
        save_file(tensors, folder / "model.safetensors")
        config = json.loads((hub_folder / "config.json").read_text())
        config["quantization_config"] = {"quant_method": "bitsandbytes", "load_in_4bit": True}
        (folder / "config.json").write_text(json.dumps(config))
        return folder

    return write
