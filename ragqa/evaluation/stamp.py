"""What a run is stamped with: configuration, versions, revision, machine."""

import hashlib
import os
import platform
import re
import subprocess
from importlib import metadata
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import msgspec
import torch

from ragqa.config import Settings

_PACKAGES = ("ragqa", "torch", "transformers", "bitsandbytes", "sentence-transformers", "faiss-cpu", "ir_measures")
_SECRET = re.compile(r"(?:key|keys|password|secret|secrets|(?<!_new_)tokens?)$")


def configuration(settings: Settings) -> dict[str, Any]:
    """Return the settings in force without anything secret."""
    fields = settings.model_dump(mode="json")
    kept = {name: value for name, value in fields.items() if not _SECRET.search(name)}
    if kept.get("database_url"):
        kept["database_url"] = _without_password(kept["database_url"])
    return kept


def configuration_id(fields: dict[str, Any]) -> str:
    """Return a short hash that is equal for equal configurations."""
    return hashlib.sha256(msgspec.json.encode(fields, order="deterministic")).hexdigest()[:12]


def versions() -> dict[str, str]:
    """Return the versions of the packages that can change an answer; absent ones are left out."""
    found = {}
    for package in _PACKAGES:
        try:
            found[package] = metadata.version(package)
        except metadata.PackageNotFoundError:
            continue
    return {"python": platform.python_version(), **found}


def git_revision() -> str | None:
    """Return the commit of this checkout, with `-dirty` if files differ from it; None outside a checkout."""
    command = ["git", "describe", "--always", "--dirty", "--abbrev=40", "--exclude=*"]
    try:
        done = subprocess.run(command, cwd=Path(__file__).parent, capture_output=True, text=True, timeout=10)
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout.strip() if done.returncode == 0 else None


def machine() -> dict[str, str | int]:
    """Return what latency depends on."""
    described: dict[str, str | int] = {"system": platform.platform(), "cpus": os.cpu_count() or 0}
    if torch.cuda.is_available():
        described["gpu"] = torch.cuda.get_device_name()
    return described


def _without_password(url: str) -> str:
    parts = urlsplit(url)
    if parts.password is None:
        return url
    return urlunsplit(parts._replace(netloc=parts.netloc.replace(f":{parts.password}@", ":***@")))
