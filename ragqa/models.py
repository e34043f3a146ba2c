"""Loads the models that the settings name: embedder, reranker and generator, and says what some generators can."""

from typing import TYPE_CHECKING, Protocol, runtime_checkable

from ragqa.config import Settings
from ragqa.errors import ConfigurationError
from ragqa.generation.rulings import RulingsGenerator
from ragqa.protocols import Embedder, Generator, Progress, Reranker
from ragqa.retrieval.gathering import GatheringEmbedder

if TYPE_CHECKING:
    from ragqa.retrieval.embedder import SentenceEmbedder


@runtime_checkable
class Closing(Protocol):
    """A generator that holds a thread or a device."""

    def close(self) -> None:
        """Let go of it."""
        ...


@runtime_checkable
class Watched(Protocol):
    """A generator that knows whether it answers."""

    @property
    def healthy(self) -> bool:
        """False while it is stalled, and once it has failed too often."""
        ...


def load_embedder(settings: Settings) -> Embedder:
    """Load the configured embedder. Raises ModelError."""
    # Here, because it takes seconds: the server is to be alive before its models are loaded.
    from ragqa.retrieval.embedder import load_embedder

    return _gathering(load_embedder(settings))


def load_embedder_before(settings: Settings, model_id: str) -> Embedder:
    """Load the embedder that an earlier setting named, from this machine alone. Raises ModelError."""
    from ragqa.retrieval.embedder import load_known_embedder

    return _gathering(load_known_embedder(settings, model_id))


def _gathering(embedder: "SentenceEmbedder") -> Embedder:
    return GatheringEmbedder(embedder, embedder.batch_size)


def load_generator(settings: Settings, progress: Progress | None = None) -> Generator:
    """Load the configured generator. Raises ConfigurationError, ModelError."""
    if settings.generator == "rulings":
        return RulingsGenerator()
    if settings.model is None:
        raise ConfigurationError(f"generator {settings.generator!r} needs a model: set RAGQA_MODEL or --model")
    if settings.generator == "openai":
        return _openai_generator(settings, settings.model)
    from ragqa.generation import transformers_generator

    return transformers_generator.load_generator(
        settings.model,
        revision=settings.model_revision,
        device=settings.device,
        quantization=settings.quantization,
        max_new_tokens=settings.max_new_tokens,
        kv_tokens=settings.kv_tokens,
        progress=progress,
    )


def _openai_generator(settings: Settings, model: str) -> Generator:
    if settings.openai_base_url is None:
        raise ConfigurationError("generator 'openai' needs an endpoint: set RAGQA_OPENAI_BASE_URL")
    from ragqa.generation.openai_client import OpenAIGenerator

    return OpenAIGenerator(
        base_url=settings.openai_base_url,
        model=model,
        api_key=settings.openai_api_key,
        max_new_tokens=settings.max_new_tokens,
    )


def load_reranker(settings: Settings) -> Reranker | None:
    """Load the configured reranker, if there is one. Raises ModelError."""
    if settings.reranker is None:
        return None
    from ragqa.retrieval.reranker import CrossEncoderReranker

    return CrossEncoderReranker(settings.reranker, None if settings.device == "auto" else settings.device)
