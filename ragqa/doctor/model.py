"""What writes the answers: a checkpoint on this machine, or an endpoint."""

import json
from pathlib import Path

import httpx

from ragqa.config import Settings
from ragqa.doctor.finding import Finding, ok, warning, wrong
from ragqa.errors import ModelError

_TOKENS = 4096
_INDEX = "model.safetensors.index.json"


def generator(settings: Settings) -> Finding:
    """Look whether the generator of the settings can be had."""
    if settings.generator == "rulings":
        return ok("generator", "rulings: no model; only what a ruling or a sound rule settles is answered")
    if settings.model is None:
        return wrong("generator", f"{settings.generator} without a model", "set RAGQA_MODEL")
    if settings.generator == "openai":
        return _endpoint(settings, settings.model)
    return _checkpoint(settings, settings.model)


def missing_files(folder: Path) -> list[str]:
    """Return the files that the folder's own index names and that are not there."""
    index = folder / _INDEX
    if not index.exists():
        return [] if any(folder.glob("*.safetensors")) else ["*.safetensors"]
    named = set(json.loads(index.read_text())["weight_map"].values())
    return sorted(name for name in named if not (folder / name).exists())


def _checkpoint(settings: Settings, model: str) -> Finding:
    from ragqa.generation.manifest import MANIFEST, check_manifest
    from ragqa.generation.plan import read_config

    folder = Path(model)
    if not folder.is_dir():
        if settings.model_revision is None:
            return wrong("generator", f"no folder {model!r}", "set RAGQA_MODEL to a folder, or RAGQA_MODEL_REVISION")
        return warning("generator", f"{model!r} is fetched from the hub at the first start", "fetch it before")
    if missing := missing_files(folder):
        return wrong("generator", f"{folder} lacks {', '.join(missing[:3])}", "copy or download the folder again")
    config = read_config(folder)
    if (folder / MANIFEST).exists():
        size = sum(check_manifest(folder).weight_bytes.values()) / 2**30
        found = f"{folder}: {config.model_type}, 4-bit, {size:.1f} GiB, every file there at full size"
    elif config.model_type == "mixtral" and settings.quantization == "nf4":
        advice = "run `ragqa quantize` once: until then every start quantizes it anew"
        return warning("generator", f"{folder} holds weights that are not in 4 bits", advice)
    else:
        found = f"{folder}: {config.model_type}, every file there"
    return _fitting(found, config) if config.model_type == "mixtral" else ok("generator", found)


def _fitting(found: str, config: object) -> Finding:
    """Say how many questions fit beside a Mixtral on the GPU, if there is one."""
    import torch

    from ragqa.generation.plan import make_plan

    if not torch.cuda.is_available():
        return ok("generator", found)
    memory = torch.cuda.get_device_properties(0).total_memory
    try:
        plan = make_plan(config, gpu_memory=memory, tokens_per_sequence=_TOKENS)
    except ModelError as error:
        return wrong("generator", str(error), "take a larger card, or another model")
    return ok("generator", f"{found}; room for {plan.sequences} questions of {_TOKENS} tokens at once")


def _endpoint(settings: Settings, model: str) -> Finding:
    if settings.openai_base_url is None:
        return wrong("generator", "openai without an endpoint", "set RAGQA_OPENAI_BASE_URL")
    url = f"{settings.openai_base_url.rstrip('/')}/models"
    headers = {"Authorization": f"Bearer {settings.openai_api_key}"} if settings.openai_api_key else {}
    try:
        response = httpx.get(url, headers=headers, timeout=5, trust_env=False)
        response.raise_for_status()
        served = [str(each["id"]) for each in response.json()["data"]]
    except (httpx.HTTPError, httpx.InvalidURL, ValueError, KeyError, TypeError) as error:
        return wrong("generator", f"{url} does not answer: {error}", "start the endpoint, or correct its address")
    if model not in served:
        return wrong("generator", f"{url} does not list {model!r}", f"set RAGQA_MODEL to one of: {', '.join(served)}")
    return ok("generator", f"{settings.openai_base_url} serves {model!r}")
