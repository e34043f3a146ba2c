"""Write a prepared 4-bit Mixtral folder with random weights, made on the card layer by layer, and a tokenizer.

`python -m benchmarks.random_folder FOLDER [--shape 8x22b] [--layers N] [--device cuda]`. What comes out is what
`ragqa quantize` writes, so that the loader, the CLI and the service run on it as on a real model; it answers noise.
"""

import argparse
import json
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from importlib.metadata import version
from pathlib import Path

import torch
from safetensors.torch import save_file
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
from transformers import MixtralConfig, PreTrainedTokenizerFast

from benchmarks.shapes import SHAPES
from ragqa.datatypes import Verdict
from ragqa.generation.checkpoints import DenseWeight, layer_targets
from ragqa.generation.manifest import Manifest, file_entry, write_manifest
from ragqa.generation.mixtral import build_mixtral
from ragqa.generation.nf4 import join_weights, linear_nf4
from ragqa.generation.plan import ModelShape, weight_bytes
from ragqa.generation.quantize import FORMAT, packed_tensors, write_index

TEMPLATE = """{{ bos_token }}{% for message in messages %}{% if message['role'] == 'user' %}\
{{ '[INST] ' + message['content'] + ' [/INST]' }}{% elif message['role'] == 'assistant' %}\
{{ ' ' + message['content'] + eos_token }}{% else %}\
{{ raise_exception('Only user and assistant roles are supported!') }}{% endif %}{% endfor %}"""
VOCABULARY = 6000
"""Few merges, so that a prompt has about as many tokens as with a tokenizer that did not see this corpus."""


def corpus_texts(folder: Path) -> Iterator[str]:
    """Yield every text of the starter corpus."""

    def texts(value: object) -> Iterator[str]:
        if isinstance(value, str):
            yield value
        elif isinstance(value, dict):
            for item in value.values():
                yield from texts(item)
        elif isinstance(value, list):
            for item in value:
                yield from texts(item)

    for path in sorted(folder.glob("*.jsonl")):
        for line in path.read_text("utf-8").splitlines():
            yield from texts(json.loads(line))


def write_tokenizer(target: Path, corpus: Path) -> None:
    """Train a byte-level tokenizer on the starter corpus, with Mixtral's control tokens and template."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=VOCABULARY,
        special_tokens=["<unk>", "<s>", "</s>", "[INST]", "[/INST]"],
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    sheets = [f"verdict: {verdict}\n" for verdict in Verdict] * 500
    tokenizer.train_from_iterator([*sheets, *corpus_texts(corpus)], trainer)
    wrapped = PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, unk_token="<unk>", bos_token="<s>", eos_token="</s>", chat_template=TEMPLATE
    )
    wrapped.save_pretrained(target)


def layer_tensors(config: MixtralConfig, index: int, device: torch.device) -> dict[str, torch.Tensor]:
    """Make one layer's tensors as the prepared layout holds them, on the CPU."""
    layer = build_mixtral(config, linear_nf4).model.layers[0]
    prefix = f"model.layers.{index}."
    tensors = {
        f"{prefix}{norm}.weight": torch.ones(config.hidden_size, dtype=torch.bfloat16)
        for norm in ("input_layernorm", "post_attention_layernorm")
    }
    tensors[f"{prefix}mlp.gate.weight"] = _normal(layer.mlp.gate.weight.shape, device).cpu()
    for target in layer_targets(config.num_local_experts):
        rows = _normal(layer.get_submodule(target).weight.shape, device)
        packed = join_weights([DenseWeight(target, rows)], target, torch.bfloat16, device)
        tensors |= packed_tensors(f"{prefix}{target}.weight", packed)
    return tensors


def write_folder(target: Path, config: MixtralConfig, device: torch.device, corpus: Path) -> None:
    """Write shards, index, tokenizer and manifest; shards and their checksums in parallel."""
    target.mkdir(parents=True)
    shards = config.num_hidden_layers + 1
    one_layer = MixtralConfig(**(config.to_dict() | {"num_hidden_layers": 1}))
    names = [f"model-{number + 1:05d}-of-{shards:05d}.safetensors" for number in range(shards)]
    ends = {
        "model.embed_tokens.weight": _normal((config.vocab_size, config.hidden_size), device, 1.0).cpu(),
        "model.norm.weight": torch.ones(config.hidden_size, dtype=torch.bfloat16),
        "lm_head.weight": _normal((config.vocab_size, config.hidden_size), device).cpu(),
    }

    def write(number: int) -> list[str]:
        tensors = layer_tensors(one_layer, number - 1, device) if number else ends
        save_file(tensors, target / names[number], metadata={"format": "pt"})
        return list(tensors)

    with ThreadPoolExecutor(6) as pool:
        written = list(pool.map(write, range(shards)))
        weight_map = {tensor: name for name, tensors in zip(names, written, strict=True) for tensor in tensors}
        write_index(target, weight_map)
        (target / "config.json").write_text(json.dumps(config.to_dict() | {"architectures": ["MixtralForCausalLM"]}))
        write_tokenizer(target, corpus)
        paths = sorted(target.iterdir())
        entries = dict(zip([path.name for path in paths], pool.map(file_entry, paths), strict=True))
    write_manifest(
        target,
        Manifest(
            source="random weights",
            revision=None,
            format=FORMAT,
            versions={name: version(name) for name in ("torch", "transformers", "bitsandbytes")},
            weight_bytes=weight_bytes(ModelShape.of(config)),
            files=entries,
        ),
    )


def _normal(shape: tuple[int, ...] | torch.Size, device: torch.device, scale: float | None = None) -> torch.Tensor:
    return torch.randn(tuple(shape), device=device, dtype=torch.bfloat16) * (scale or shape[1] ** -0.5)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--shape", choices=SHAPES, default="8x22b")
    parser.add_argument("--layers", type=int)
    parser.add_argument("--device", default="cuda")
    parser.add_argument("--corpus", type=Path, default=Path("corpus"))
    arguments = parser.parse_args()
    torch.manual_seed(0)
    sizes = SHAPES[arguments.shape] | ({"num_hidden_layers": arguments.layers} if arguments.layers else {})
    begun = time.perf_counter()
    write_folder(arguments.folder, MixtralConfig(**sizes), torch.device(arguments.device), arguments.corpus)
    size = sum(path.stat().st_size for path in arguments.folder.iterdir())
    print(f"{arguments.folder}: {size / 2**30:.2f} GiB in {time.perf_counter() - begun:.1f} s", flush=True)


if __name__ == "__main__":
    main()
