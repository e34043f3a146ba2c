"""`ragqa plan` and `ragqa quantize`, on a tiny Mixtral."""

import json
from pathlib import Path

import pytest
import torch
from transformers import MixtralConfig, MixtralForCausalLM

from tests.unit.cli.conftest import Run


@pytest.fixture
def tiny_model(tmp_path: Path) -> Path:
    torch.manual_seed(0)
    config = MixtralConfig(
        vocab_size=64,
        hidden_size=64,
        intermediate_size=128,
        num_hidden_layers=1,
        num_attention_heads=2,
        num_key_value_heads=1,
        num_local_experts=2,
        num_experts_per_tok=1,
        max_position_embeddings=128,
    )
    folder = tmp_path / "tiny"
    MixtralForCausalLM(config).to(torch.bfloat16).save_pretrained(folder)
    return folder


def test_plan_predicts_bytes_and_sequences(run: Run, tiny_model: Path) -> None:
    plan = json.loads(run("plan", str(tiny_model), "--gpu-memory", "8GiB", "--tokens", "100", "--json").stdout)
    # One layer, one key-value head of 32, keys and values, two bytes each.
    assert plan["kv_bytes_per_token"] == 2 * 32 * 2
    assert plan["sequences"] == plan["kv_tokens"] // 100
    assert "weights in all" in run("plan", str(tiny_model), "--gpu-memory", "8GiB", "--tokens", "100").stdout


def test_what_does_not_fit_is_a_matter_of_configuration(run: Run, tiny_model: Path) -> None:
    result = run("plan", str(tiny_model), "--gpu-memory", "1GiB")
    assert result.exit_code == 6
    assert "take a larger device" in result.stderr.replace("\n", " ")
    assert run("plan", str(tiny_model), "--gpu-memory", "much").exit_code == 6
    assert run("plan", "absent").exit_code == 6


def test_quantize_writes_a_folder_once(run: Run, tiny_model: Path, tmp_path: Path) -> None:
    target = tmp_path / "nf4"
    manifest = json.loads(run("quantize", str(tiny_model), str(target), "--json").stdout)
    assert sum(manifest["weight_bytes"].values()) > 0
    assert (target / "config.json").is_file()
    again = run("quantize", str(tiny_model), str(target))
    assert again.exit_code == 6
    assert "is not empty" in again.stderr
    assert run("quantize", str(tmp_path), str(tmp_path / "new")).exit_code == 2
