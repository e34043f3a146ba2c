"""A model is found, loaded and quantized, or refused with the reason."""

from pathlib import Path

import pytest
import torch
from transformers import LlamaConfig, LlamaForCausalLM, MixtralForCausalLM, Qwen2Config, Qwen2ForCausalLM

from ragqa.errors import ModelError
from ragqa.generation.arena import Segment
from ragqa.generation.models import load_model, make_runner, model_folder

CPU = torch.device("cpu")


def small_llama(folder: Path) -> Path:
    torch.manual_seed(3)
    config = LlamaConfig(
        hidden_size=128,
        intermediate_size=256,
        num_hidden_layers=2,
        num_attention_heads=4,
        num_key_value_heads=2,
        vocab_size=320,
        max_position_embeddings=256,
        tie_word_embeddings=True,
    )
    LlamaForCausalLM(config).save_pretrained(folder)
    return folder


def test_a_llama_is_quantized_but_for_its_tied_head(tmp_path: Path) -> None:
    exact = load_model(small_llama(tmp_path), device=CPU, quantize=False)
    model = load_model(tmp_path, device=CPU, quantize=True)
    kinds = {name.rsplit(".", 1)[-1]: module.weight.dtype for name, module in model.named_modules() if "proj" in name}
    assert set(kinds.values()) == {torch.uint8}
    assert model.lm_head.weight is model.model.embed_tokens.weight
    ids = tuple(range(20, 60))
    expected = make_runner(exact, 100).forward([Segment(1, 0, ids)])
    found = make_runner(model, 100).forward([Segment(1, 0, ids)])
    assert float((found - expected).norm() / expected.norm()) < 0.25
    assert float(torch.cosine_similarity(found, expected)) > 0.95


def test_a_layer_that_cannot_be_quantized_is_named(tmp_path: Path) -> None:
    config = Qwen2Config(
        hidden_size=128, intermediate_size=256, num_hidden_layers=1, num_attention_heads=4, num_key_value_heads=2
    )
    Qwen2ForCausalLM(config).save_pretrained(tmp_path)
    with pytest.raises(ModelError, match=r"'model\.layers\.0\.self_attn\.q_proj' has a bias"):
        load_model(tmp_path, device=CPU, quantize=True)


def test_a_hub_model_needs_a_pinned_revision() -> None:
    with pytest.raises(ModelError, match="pin its revision"):
        model_folder("mistralai/Mixtral-8x22B-Instruct-v0.1", None)


def test_a_folder_without_model_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"no config\.json"):
        load_model(tmp_path, device=CPU, quantize=True)


def test_a_mixtral_folder_is_loaded_by_our_loader(hub_folder: Path, reference: MixtralForCausalLM) -> None:
    model = load_model(hub_folder, device=CPU, quantize=True)
    assert model.model.layers[0].mlp.experts[0].down_proj.weight.dtype is torch.uint8
