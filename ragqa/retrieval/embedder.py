"""Embedding by any sentence-transformers model; the only module that runs one."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from sentence_transformers import SentenceTransformer

from ragqa.config import Settings
from ragqa.devices import pick_device, weight_dtype
from ragqa.errors import ModelError
from ragqa.protocols import Progress, Vectors
from ragqa.retrieval.bundled import MODEL_NAME, prepare_bundled_model


class SentenceEmbedder:
    """An `Embedder` over a sentence-transformers model.

    Texts are encoded longest first in batches, because a batch is padded to its longest text.
    """

    def __init__(self, model: SentenceTransformer, model_id: str, batch_size: int) -> None:
        self.model_id = model_id
        self.dimension = int(model.get_embedding_dimension() or 0)
        self._model = model
        self.batch_size = batch_size
        self._threads = torch.get_num_threads()

    def encode_questions(self, texts: Sequence[str]) -> Vectors:
        """Return (len(texts), dimension) float32 rows of length 1."""
        return self._encode(texts, "query", None)

    def encode_passages(self, texts: Sequence[str], progress: Progress | None = None) -> Vectors:
        """Return (len(texts), dimension) float32 rows of length 1."""
        return self._encode(texts, "document", progress)

    def _encode(self, texts: Sequence[str], prompt: str, progress: Progress | None) -> Vectors:
        # A short question gains nothing from a second core, and in a worker thread torch's team of threads costs more
        # than it saves (32 ms against 20); many questions at a time then share the cores.
        torch.set_num_threads(1 if len(texts) == 1 else self._threads)
        vectors = np.zeros((len(texts), self.dimension), np.float32)
        longest_first = sorted(range(len(texts)), key=lambda i: -len(texts[i]))
        prompts = getattr(self._model, "prompts", {}) or {}
        for start in range(0, len(texts), self.batch_size):
            batch = longest_first[start : start + self.batch_size]
            encoded = self._model.encode(
                [texts[i] for i in batch],
                prompt_name=prompt if prompts.get(prompt) else None,
                batch_size=self.batch_size,
                convert_to_tensor=True,
                normalize_embeddings=True,
                show_progress_bar=False,
            )
            rows = encoded.float().cpu().numpy()
            vectors[batch] = rows / np.linalg.norm(rows, axis=1, keepdims=True)
            if progress:
                progress(start + len(batch), len(texts))
        return vectors


def load_embedder(settings: Settings) -> SentenceEmbedder:
    """Load the configured embedder.

    Raises:
        ModelError: the model cannot be loaded from where the settings say.
    """
    return _load(settings, settings.embedder, local=Path(settings.embedder).exists())


def load_known_embedder(settings: Settings, model_id: str) -> SentenceEmbedder:
    """Load an embedder by the id under which the corpus has its vectors, from this machine alone. Raises ModelError."""
    return _load(settings, "bundled" if model_id == MODEL_NAME else model_id, local=True)


def _load(settings: Settings, name: str, *, local: bool) -> SentenceEmbedder:
    device = pick_device(settings.device)
    path = str(prepare_bundled_model(settings.home / "models")) if name == "bundled" else name
    try:
        model = SentenceTransformer(
            path,
            device=str(device),
            model_kwargs={"dtype": weight_dtype(device)},
            local_files_only=local or name == "bundled",
        )
    except (OSError, ValueError) as error:
        raise ModelError(f"embedder {name!r} cannot be loaded ({error}); check the setting RAGQA_EMBEDDER") from error
    batch = settings.embedder_batch or default_batch(device)
    return SentenceEmbedder(model, MODEL_NAME if name == "bundled" else name, batch)


def default_batch(device: torch.device) -> int:
    """Return how many texts are encoded at once.

    On an H100 128 are 2.3 times as fast as 32. 512 are faster still, but need memory that a model beside has not left.
    """
    return 32 if device.type == "cpu" else 128
