"""The generator that runs a model in this process: chat messages in, an answer sheet out, many questions at once."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

from tokenizers.decoders import DecodeStream
from transformers import PreTrainedModel, PreTrainedTokenizerBase

from ragqa.datatypes import Usage, Verdict
from ragqa.devices import pick_device
from ragqa.generation.arena import Segment
from ragqa.generation.chat import SHEET_START, encode_chat, verdict_tokens
from ragqa.generation.engine import Engine, EngineLimits
from ragqa.generation.grammar import SheetGrammar, sheet_grammar
from ragqa.generation.jobs import GenerationRequest
from ragqa.generation.models import load_model, load_tokenizer, make_runner, model_folder
from ragqa.protocols import Delta, GeneratorLoad, Progress, Prompt


class TransformersGenerator:
    """Writes the verdict line by comparing the verdicts' probabilities; the model goes on, held to the sheet's grammar.

    Without a grammar the model goes on as it likes.
    """

    def __init__(
        self,
        engine: Engine,
        tokenizer: PreTrainedTokenizerBase,
        *,
        name: str,
        max_new_tokens: int,
        stop_ids: frozenset[int],
        grammar: SheetGrammar | None = None,
        deadline_seconds: float = 120.0,
    ) -> None:
        self.name = name
        self.engine = engine
        self._tokenizer = tokenizer
        self._verdicts = verdict_tokens(tokenizer)
        self._max_new_tokens = max_new_tokens
        self._stop_ids = stop_ids
        self._grammar = grammar
        self._deadline_seconds = deadline_seconds

    @property
    def healthy(self) -> bool:
        """Whether the engine answers."""
        return self.engine.healthy

    async def stream(self, prompt: Prompt) -> AsyncIterator[Delta]:
        """Yield the sheet piece by piece. Raises InvalidInput, Overloaded, GenerationFailed."""
        request = await asyncio.to_thread(self._request, prompt)
        pieces = DecodeStream(skip_special_tokens=True)
        stream = self.engine.stream(request)
        generated = 0
        try:
            async for tokens in stream:
                generated += len(tokens.ids)
                if tokens.probabilities is not None:
                    yield self._verdict_line(tokens.probabilities)
                    continue
                text = "".join(pieces.step(self._tokenizer.backend_tokenizer, token) or "" for token in tokens.ids)
                if text:
                    yield Delta(text=text)
            yield Delta(text="", usage=Usage(prompt_tokens=len(request.ids), completion_tokens=generated))
        finally:
            # Ends the request at once when the reader goes away; else it would run until the iterator is collected.
            await stream.aclose()

    def load(self) -> GeneratorLoad:
        """Return how busy the engine is."""
        places = self.engine.places
        return GeneratorLoad(
            running=len(self.engine.running),
            waiting=len(self.engine.waiting),
            kv_tokens=places.total,
            kv_used=places.busy,
        )

    def close(self) -> None:
        """Stop the engine."""
        self.engine.close()

    def _request(self, prompt: Prompt) -> GenerationRequest:
        return GenerationRequest(
            ids=(*encode_chat(self._tokenizer, prompt.messages), *self._verdicts.start),
            max_new_tokens=self._max_new_tokens,
            choices=self._verdicts.choices,
            stop_ids=self._stop_ids,
            deadline_seconds=self._deadline_seconds,
            constraint=self._grammar.constraint(len(prompt.passages)) if self._grammar else None,
        )

    def _verdict_line(self, probabilities: tuple[float, ...]) -> Delta:
        by_verdict = dict(zip(Verdict, probabilities, strict=True))
        verdict = max(by_verdict, key=lambda word: by_verdict[word])
        return Delta(text=f"{SHEET_START} {verdict}\n", verdict_probabilities=by_verdict)


def load_generator(
    model: str,
    *,
    revision: str | None = None,
    device: str = "auto",
    quantization: str = "nf4",
    max_new_tokens: int = 400,
    kv_tokens: int | None = None,
    limits: EngineLimits | None = None,
    progress: Progress | None = None,
) -> TransformersGenerator:
    """Load a model folder or a pinned hub model and return its generator. Raises ModelError."""
    folder = model_folder(model, revision)
    loaded = load_model(folder, device=pick_device(device), quantize=quantization == "nf4", progress=progress)
    name = f"{model}@{revision}" if revision and not Path(model).is_dir() else folder.name
    return serve_model(
        loaded,
        load_tokenizer(folder),
        name=f"{name} ({quantization})",
        max_new_tokens=max_new_tokens,
        kv_tokens=kv_tokens,
        limits=limits,
    )


def serve_model(
    model: PreTrainedModel,
    tokenizer: PreTrainedTokenizerBase,
    *,
    name: str,
    max_new_tokens: int,
    kv_tokens: int | None = None,
    limits: EngineLimits | None = None,
) -> TransformersGenerator:
    """Put a loaded model behind an engine. On a GPU the first prompt's price is paid here, not by the first asker."""
    runner = make_runner(model, kv_tokens)
    on_card = runner.device.type == "cuda"
    # On a card every chunk costs the writing out of all experts, whatever its length: fewer, longer ones.
    chunk = min(2048 if on_card else 512, runner.arena.places - 1)
    if on_card:
        runner.forward([Segment(runner.first_place, 0, (0,) * chunk)])
    stops = stop_ids(model, tokenizer)
    return TransformersGenerator(
        Engine(runner, limits or EngineLimits(prompt_chunk=chunk)),
        tokenizer,
        name=name,
        max_new_tokens=max_new_tokens,
        stop_ids=stops,
        grammar=sheet_grammar(
            tokenizer,
            vocabulary=model.config.vocab_size,
            stop_ids=tuple(stops),
            verdict_lines=verdict_tokens(tokenizer).choices,
        ),
    )


def stop_ids(model: PreTrainedModel, tokenizer: PreTrainedTokenizerBase) -> frozenset[int]:
    """Return the tokens that end an answer, as model and tokenizer name them."""
    named = model.generation_config.eos_token_id if model.generation_config else None
    found = named if isinstance(named, list) else [named]
    return frozenset(token for token in (*found, tokenizer.eos_token_id) if token is not None)
