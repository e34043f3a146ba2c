"""Every layout loads, the numbers are the reference's, and what is not in 4 bits is refused by name."""

from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from bitsandbytes.functional import dequantize_4bit, quantize_4bit
from safetensors.torch import load_file, save_file
from torch import nn
from transformers import MixtralForCausalLM

from ragqa.errors import ModelError
from ragqa.generation.checkpoints import layer_targets
from ragqa.generation.loading import load_mixtral, measured_bytes, verify_quantized
from ragqa.generation.plan import ModelShape, weight_bytes

CPU = torch.device("cpu")
IDS = torch.arange(3, 67)[None]


def logits(model: nn.Module) -> torch.Tensor:
    with torch.inference_mode():
        found: torch.Tensor = model(IDS, attention_mask=torch.ones_like(IDS)).logits.double()
    return found


def distance(found: torch.Tensor, expected: torch.Tensor) -> float:
    """The relative error of the middle token: rounding may send a token near a tie to another expert."""
    errors = (found - expected).norm(dim=-1) / expected.norm(dim=-1)
    return float(errors.median())


def load(folder: Path, *, quantize: bool = True) -> MixtralForCausalLM:
    return load_mixtral(folder, device=CPU, quantize=quantize, dtype=torch.float32)


def round_to_nf4(layer: nn.Module) -> None:
    packed, state = quantize_4bit(layer.weight.data, quant_type="nf4", compress_statistics=True)
    layer.weight.data = dequantize_4bit(packed, state)


@pytest.fixture(scope="module")
def dequantized(hub_folder: Path) -> dict[bool, torch.Tensor]:
    """Logits in plain float32 arithmetic of the model whose large weights (and routers, if True) went through NF4."""
    model = load(hub_folder, quantize=False)
    found = {}
    for router in (False, True):
        for layer in model.model.layers:
            for target in ["mlp.gate"] if router else layer_targets(4):
                round_to_nf4(layer.get_submodule(target))
        found[router] = logits(model)
    return found


@pytest.mark.parametrize("layout", ["hub_folder", "fused_folder"])
def test_unquantized_logits_equal_the_fused_reference(
    layout: str, request: pytest.FixtureRequest, reference: MixtralForCausalLM
) -> None:
    model = load(request.getfixturevalue(layout), quantize=False)
    assert distance(logits(model), logits(reference)) < 1e-5


def test_swapped_experts_change_the_logits(hub_folder: Path, reference: MixtralForCausalLM) -> None:
    model = load(hub_folder, quantize=False)
    model.model.layers[0].mlp.experts = nn.ModuleList(reversed(model.model.layers[0].mlp.experts))
    assert distance(logits(model), logits(reference)) > 0.05


@pytest.mark.parametrize("layout", ["hub_folder", "fused_folder"])
def test_nf4_logits_are_within_two_percent_of_the_dequantized_reference(
    layout: str, request: pytest.FixtureRequest, dequantized: dict[bool, torch.Tensor], reference: MixtralForCausalLM
) -> None:
    found = logits(load(request.getfixturevalue(layout)))
    assert distance(found, dequantized[False]) < 0.02
    assert distance(found, logits(reference)) > 0.02, "rounding to 4 bits must show, or nothing was quantized"


@pytest.mark.parametrize(("nested", "router"), [(True, False), (False, False), (True, True), (False, True)])
def test_folders_saved_in_4_bits_by_transformers_4_load(
    nested: bool, router: bool, transformers4_folder: Callable[..., Path], dequantized: dict[bool, torch.Tensor]
) -> None:
    model = load(transformers4_folder(nested=nested, router=router))
    gate = model.model.layers[0].mlp.gate
    assert gate.weight.dtype is torch.float32 and gate.weight.shape == (4, 128)
    assert distance(logits(model), dequantized[router]) < 0.02


def test_bytes_in_memory_are_those_predicted(hub_folder: Path) -> None:
    model = load_mixtral(hub_folder, device=CPU, quantize=True, dtype=torch.bfloat16)
    assert measured_bytes(model) == weight_bytes(ModelShape.of(model.config))


def test_an_expert_left_unquantized_in_memory_is_refused_by_name(hub_folder: Path) -> None:
    model = load(hub_folder)
    model.model.layers[1].mlp.experts[3].down_proj = nn.Linear(256, 128, bias=False)
    with pytest.raises(ModelError, match=r"'model\.layers\.1\.mlp\.experts\.3\.down_proj\.weight' is not in 4 bits"):
        verify_quantized(model)


def test_an_expert_left_unquantized_in_a_4_bit_folder_is_refused_by_name(
    transformers4_folder: Callable[..., Path],
) -> None:
    name = "model.layers.1.block_sparse_moe.experts.2.w3.weight"
    with pytest.raises(ModelError, match=rf"'{name}' .* is not in 4 bits"):
        load(transformers4_folder(nested=True, router=False, skip=name))


def copy_with(source: Path, target: Path, change: Callable[[dict[str, torch.Tensor]], None]) -> Path:
    tensors = load_file(source / "model.safetensors")
    change(tensors)
    target.mkdir()
    save_file(tensors, target / "model.safetensors")
    (target / "config.json").write_bytes((source / "config.json").read_bytes())
    return target


def test_a_missing_tensor_is_named(hub_folder: Path, tmp_path: Path) -> None:
    name = "model.layers.1.block_sparse_moe.experts.0.w2.weight"
    folder = copy_with(hub_folder, tmp_path / "broken", lambda tensors: tensors.__delitem__(name))
    with pytest.raises(ModelError, match=name):
        load(folder)


def test_a_tensor_that_belongs_nowhere_is_named(hub_folder: Path, tmp_path: Path) -> None:
    folder = copy_with(hub_folder, tmp_path / "odd", lambda tensors: tensors.update({"model.extra": torch.ones(1)}))
    with pytest.raises(ModelError, match=r"model\.extra"):
        load(folder)


def test_a_folder_without_safetensors_is_refused(hub_folder: Path, tmp_path: Path) -> None:
    (tmp_path / "config.json").write_bytes((hub_folder / "config.json").read_bytes())
    (tmp_path / "pytorch_model.bin").write_bytes(b"pickle")
    with pytest.raises(ModelError, match="only safetensors"):
        load(tmp_path)
