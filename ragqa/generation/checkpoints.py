"""Reads Mixtral checkpoints tensor by tensor, whatever their layout: only what is asked for enters memory.

Layouts: the hub's (one tensor per expert matrix, also with bitsandbytes' 4-bit tensors as transformers 4 wrote them),
transformers 5's fused one (one 3-D tensor for all experts of a layer), and our prepared one (see `quantize`).
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from enum import StrEnum
from pathlib import Path

import msgspec
import torch
from bitsandbytes.functional import QuantState, dequantize_4bit
from safetensors import safe_open

from ragqa.errors import ModelError

STATE_PARTS = ("absmax", "quant_map", "nested_absmax", "nested_quant_map")
INDEX = "model.safetensors.index.json"
SINGLE = "model.safetensors"


class Layout(StrEnum):
    """How a checkpoint names and cuts its tensors."""

    HUB = "hub"
    FUSED = "fused"
    PREPARED = "prepared"


class PackedWeight(msgspec.Struct, frozen=True):
    """A 2-D weight in 4 bits: bytes of two codes each, and what turns them back into numbers."""

    name: str
    packed: torch.Tensor
    state: QuantState

    def dequantized(self) -> torch.Tensor:
        """Return the (outputs, inputs) weight in the dtype it was saved from."""
        weight: torch.Tensor = dequantize_4bit(self.packed, self.state)
        return weight


class DenseWeight(msgspec.Struct, frozen=True):
    """A 2-D weight as it was trained."""

    name: str
    tensor: torch.Tensor


Weight = PackedWeight | DenseWeight


class TensorPart(msgspec.Struct, frozen=True):
    """A tensor of the checkpoint, or one expert's slice of a fused one."""

    name: str
    expert: int | None = None


class Checkpoint:
    """A folder of safetensors files; `read` collects the names that were asked for, so that none is forgotten."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.files = _files_by_tensor(folder)
        self.read: set[str] = set()
        self.layout = _layout(self.files)

    @property
    def prequantized(self) -> bool:
        """Whether any weight is stored in 4 bits."""
        return any(".quant_state." in name for name in self.files)

    def tensor(self, name: str, expert: int | None = None) -> torch.Tensor:
        """Read one tensor, or one expert's slice of it. Raises ModelError if the checkpoint lacks it."""
        if name not in self.files:
            raise ModelError(f"{self.folder} has no tensor {name!r}: the checkpoint is incomplete, fetch it again")
        self.read.add(name)
        with safe_open(self.files[name], framework="pt") as opened:
            tensor: torch.Tensor = opened.get_tensor(name) if expert is None else opened.get_slice(name)[expert]
        return tensor

    def weight(self, part: TensorPart) -> Weight:
        """Read a 2-D weight in whichever form it is stored."""
        prefix = f"{part.name}.quant_state.bitsandbytes__"
        markers = [name for name in (prefix + "nf4", prefix + "fp4") if name in self.files]
        if not markers:
            return DenseWeight(part.name, self.tensor(part.name, part.expert))
        if markers[0].endswith("fp4"):
            raise ModelError(
                f"{part.name!r} in {self.folder} is FP4; only NF4 is supported: quantize the original again"
            )
        names = [f"{part.name}.{piece}" for piece in STATE_PARTS]
        state = {name: self.tensor(name) for name in [*names, markers[0]] if name in self.files}
        packed = self.tensor(part.name)
        return PackedWeight(part.name, packed, QuantState.from_dict(state, torch.device("cpu")))

    def dense(self, name: str) -> torch.Tensor:
        """Read a weight that must not stay in 4 bits, such as a router that some checkpoints quantized."""
        weight = self.weight(TensorPart(name))
        return weight.tensor if isinstance(weight, DenseWeight) else weight.dequantized()

    def unread(self) -> list[str]:
        """Return names nobody asked for, rotary frequencies (recomputed from the configuration) left out."""
        return sorted(name for name in self.files if name not in self.read and not name.endswith("rotary_emb.inv_freq"))

    def parts(self, layer: int, target: str) -> list[TensorPart]:
        """Return what makes up a module of our model, e.g. `mlp.experts.3.gate_up_proj`, in the order of its rows."""
        prefix = f"model.layers.{layer}."
        names = _HUB_PARTS if self.layout is Layout.HUB else _FUSED_PARTS
        if self.layout is Layout.PREPARED:
            return [TensorPart(f"{prefix}{target}.weight")]
        words = target.split(".")
        if words[1] != "experts":
            return [TensorPart(prefix + name) for name in names[words[-1]]]
        number = int(words[2])
        if self.layout is Layout.FUSED:
            return [TensorPart(prefix + name, number) for name in names[words[-1]]]
        return [TensorPart(prefix + name.format(number)) for name in names[words[-1]]]


_ATTENTION_PARTS = {
    "qkv_proj": ("self_attn.q_proj.weight", "self_attn.k_proj.weight", "self_attn.v_proj.weight"),
    "o_proj": ("self_attn.o_proj.weight",),
}
_HUB_PARTS: Mapping[str, Sequence[str]] = {
    **_ATTENTION_PARTS,
    "gate": ("block_sparse_moe.gate.weight",),
    "gate_up_proj": ("block_sparse_moe.experts.{}.w1.weight", "block_sparse_moe.experts.{}.w3.weight"),
    "down_proj": ("block_sparse_moe.experts.{}.w2.weight",),
}
_FUSED_PARTS: Mapping[str, Sequence[str]] = {
    **_ATTENTION_PARTS,
    "gate": ("mlp.gate.weight",),
    "gate_up_proj": ("mlp.experts.gate_up_proj",),
    "down_proj": ("mlp.experts.down_proj",),
}


def _files_by_tensor(folder: Path) -> dict[str, Path]:
    index = folder / INDEX
    if index.exists():
        names = json.loads(index.read_text())["weight_map"]
        missing = sorted({file for file in names.values() if not (folder / file).exists()})
        if missing:
            raise ModelError(f"{folder} lacks {', '.join(missing)} named in {INDEX}: fetch the checkpoint again")
        return {name: folder / file for name, file in names.items()}
    if not (folder / SINGLE).exists():
        raise ModelError(f"{folder} holds neither {INDEX} nor {SINGLE}; only safetensors checkpoints are loaded")
    with safe_open(folder / SINGLE, framework="pt") as opened:
        return dict.fromkeys(opened.keys(), folder / SINGLE)


def _layout(names: Mapping[str, Path]) -> Layout:
    def any_has(text: str) -> bool:
        return any(text in name for name in names)

    if any_has(".self_attn.qkv_proj."):
        return Layout.PREPARED
    if any_has(".block_sparse_moe.experts."):
        return Layout.HUB
    if any_has(".mlp.experts.gate_up_proj"):
        return Layout.FUSED
    raise ModelError("the checkpoint holds no Mixtral experts in a known layout (hub, fused, prepared)")


def layer_targets(experts: int) -> Iterator[str]:
    """Yield the modules of a layer that are kept in 4 bits."""
    yield from ("self_attn.qkv_proj", "self_attn.o_proj")
    for expert in range(experts):
        yield f"mlp.experts.{expert}.gate_up_proj"
        yield f"mlp.experts.{expert}.down_proj"
