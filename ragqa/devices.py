"""On what models compute, and in which type: one answer for the embedder and the generator."""

import os
from collections.abc import Mapping

import torch

_FAST_BFLOAT16 = ("amx_bf16", "avx512_bf16")
"""CPU features with which bfloat16 is faster than float32; without them it takes 2 to 4 times as long."""


def pick_device(name: str) -> torch.device:
    """Resolve 'auto' to the GPU where there is one."""
    if name == "auto":
        name = "cuda" if torch.cuda.is_available() else "cpu"
    return torch.device(name)


def weight_dtype(device: torch.device) -> torch.dtype:
    """Return the faster of bfloat16 and float32 on a device; vectors of the two have a cosine above 0.999."""
    if device.type != "cpu":
        return torch.bfloat16
    features: Mapping[str, object] = getattr(torch.cpu, "get_capabilities", dict)()  # an older torch cannot tell
    return torch.bfloat16 if any(features.get(name, False) for name in _FAST_BFLOAT16) else torch.float32


def use_all_cores() -> None:
    """Let the calling thread compute on every core of the process; it begins with what another thread set for all."""
    torch.set_num_threads(len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1)
