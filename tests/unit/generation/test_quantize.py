"""A prepared folder gives the same model as quantizing at load, and says when it is not whole."""

import json
from pathlib import Path

import pytest
import torch
from transformers import MixtralForCausalLM

from ragqa.errors import ModelError
from ragqa.generation.loading import load_mixtral
from ragqa.generation.manifest import MANIFEST, check_manifest
from ragqa.generation.quantize import quantize_folder

CPU = torch.device("cpu")


@pytest.fixture
def prepared(hub_folder: Path, tmp_path: Path) -> Path:
    quantize_folder(hub_folder, tmp_path / "nf4", device=CPU, source_name="tiny/mixtral", revision="abc123")
    return tmp_path / "nf4"


def test_prepared_folder_holds_the_same_weights(hub_folder: Path, prepared: Path) -> None:
    direct = load_mixtral(hub_folder, device=CPU, quantize=True, dtype=torch.bfloat16)
    again = load_mixtral(prepared, device=CPU, quantize=True, dtype=torch.bfloat16)
    theirs = dict(direct.named_parameters())
    for name, parameter in again.named_parameters():
        assert torch.equal(parameter, theirs[name]), name
        state = getattr(parameter, "quant_state", None)
        assert (state is None) == (getattr(theirs[name], "quant_state", None) is None)
        assert state is None or state == theirs[name].quant_state, name


def test_manifest_tells_source_versions_and_checksums(prepared: Path) -> None:
    manifest = check_manifest(prepared, checksums=True)
    assert (manifest.source, manifest.revision) == ("tiny/mixtral", "abc123")
    assert set(manifest.versions) == {"torch", "transformers", "bitsandbytes"}
    assert "model-00003-of-00003.safetensors" in manifest.files
    # 2 layers x 4 experts x (512*128 + 128*256 weights: codes, 8-bit scales, group scales, offset)
    assert manifest.weight_bytes["experts"] == 2 * 4 * ((32768 + 1024 + 16 + 4) + (16384 + 512 + 8 + 4))
    assert "quantization_config" not in json.loads((prepared / "config.json").read_text())


def test_a_flipped_byte_is_found_by_checksum(prepared: Path) -> None:
    shard = prepared / "model-00002-of-00003.safetensors"
    content = bytearray(shard.read_bytes())
    content[-5] ^= 1
    shard.write_bytes(content)
    check_manifest(prepared)
    with pytest.raises(ModelError, match=r"model-00002-of-00003\.safetensors differs"):
        check_manifest(prepared, checksums=True)


def test_a_truncated_shard_is_refused_at_load(prepared: Path) -> None:
    shard = prepared / "model-00002-of-00003.safetensors"
    shard.write_bytes(shard.read_bytes()[:-1])
    with pytest.raises(ModelError, match="model-00002-of-00003"):
        load_mixtral(prepared, device=CPU, quantize=True, dtype=torch.bfloat16)


def test_an_interrupted_folder_is_refused(prepared: Path) -> None:
    (prepared / MANIFEST).unlink()
    with pytest.raises(ModelError, match="interrupted"):
        load_mixtral(prepared, device=CPU, quantize=True, dtype=torch.bfloat16)


def test_quantizing_into_a_folder_in_use_is_refused(hub_folder: Path, prepared: Path) -> None:
    with pytest.raises(ModelError, match="not empty"):
        quantize_folder(hub_folder, prepared, device=CPU)


def test_progress_reaches_the_end(hub_folder: Path, tmp_path: Path) -> None:
    seen: list[tuple[int, int]] = []
    quantize_folder(hub_folder, tmp_path / "p", device=CPU, progress=lambda done, total: seen.append((done, total)))
    assert seen == [(1, 3), (2, 3), (3, 3)]


def test_prepared_folder_is_not_loaded_unquantized(prepared: Path, reference: MixtralForCausalLM) -> None:
    with pytest.raises(ModelError, match="stored in 4 bits"):
        load_mixtral(prepared, device=CPU, quantize=False, dtype=torch.float32)
