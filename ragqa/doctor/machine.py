"""The machine: software, disk, GPU."""

import os
import platform
import shutil
from importlib import metadata
from pathlib import Path

from ragqa.config import Settings
from ragqa.doctor.finding import Finding, ok, warning, wrong

GIB = 2**30
_LEAST_DISK, _ENOUGH_DISK = GIB // 10, 2 * GIB
_DRIVER = Path("/proc/driver/nvidia/version")
_BFLOAT16_SINCE = (8, 0)


def software(_: Settings) -> Finding:
    """Tell the versions that a report of a fault should name."""
    packages = ("ragqa", "torch", "transformers", "bitsandbytes", "litestar")
    versions = ", ".join(f"{name} {_version(name)}" for name in packages)
    return ok("software", f"Python {platform.python_version()}, {versions}")


def disk(settings: Settings) -> Finding:
    """Look for room and the right to write where the database is."""
    folder = next(folder for folder in (settings.home.absolute(), *settings.home.absolute().parents) if folder.exists())
    free = shutil.disk_usage(folder).free
    found = f"{free / GIB:.1f} GiB free at {settings.home.absolute()}"
    if not os.access(folder, os.W_OK):
        return wrong("disk", f"{folder} cannot be written", "give this user the right to, or set RAGQA_HOME elsewhere")
    if free < _LEAST_DISK:
        return wrong("disk", found, "make room: a write that finds none is refused, and the service may not start")
    if free < _ENOUGH_DISK:
        return warning("disk", found, "make room before the next import or evaluation")
    return ok("disk", found)


def gpu(settings: Settings) -> Finding:
    """Look for a GPU where the settings need one."""
    import torch

    needed = settings.device == "cuda" or (settings.generator == "transformers" and settings.device == "auto")
    driver = _driver()
    if not torch.cuda.is_available():
        if not needed:
            return ok("gpu", f"none used: device {settings.device!r}, generator {settings.generator!r}")
        if driver is None:
            found, advice = "no NVIDIA driver is loaded", "install it; in a container start with --gpus all"
        elif torch.version.cuda is None:
            found = f"driver {driver}, but torch {torch.__version__} is a build without CUDA"
            advice = "install with your own pins: make install CONSTRAINTS=mine.txt"
        else:
            found = f"driver {driver}, but torch (CUDA {torch.version.cuda}) finds no GPU"
            advice = "check nvidia-smi, CUDA_VISIBLE_DEVICES, and that the driver is new enough for this CUDA"
        return (wrong if settings.device == "cuda" else warning)("gpu", found, advice)
    free, total = torch.cuda.mem_get_info()
    capability = torch.cuda.get_device_capability()
    found = (
        f"{torch.cuda.get_device_name()}, {free / GIB:.1f} of {total / GIB:.1f} GiB free, compute capability "
        f"{capability[0]}.{capability[1]}, driver {driver or 'unknown'}, CUDA {torch.version.cuda}"
    )
    if capability < _BFLOAT16_SINCE:
        return warning("gpu", found, "it has no bfloat16: expect a slow generator; take an Ampere card or newer")
    return ok("gpu", found)


def _driver() -> str | None:
    """Return the version of the loaded NVIDIA driver."""
    if not _DRIVER.exists():
        return None
    words = _DRIVER.read_text().split("\n")[0].split()
    return next((word for word in words if word[:1].isdigit() and "." in word), "unknown")


def _version(package: str) -> str:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return "missing"
