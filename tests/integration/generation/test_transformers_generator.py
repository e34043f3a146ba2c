"""A real small model in 4 bits answers many questions at once; a tiny exact one says what transformers itself says."""

import asyncio
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
import torch
from transformers import MixtralConfig, MixtralForCausalLM

from ragqa.datatypes import Language, Passage, Question, SourceKind, Verdict
from ragqa.generation.arena import Segment
from ragqa.generation.engine import Engine, EngineLimits
from ragqa.generation.jobs import GenerationRequest
from ragqa.generation.loading import load_mixtral
from ragqa.generation.prompt import build_prompt
from ragqa.generation.runner import TransformersRunner
from ragqa.generation.sheet import parse_sheet
from ragqa.generation.transformers_generator import TransformersGenerator, load_generator
from ragqa.protocols import Delta

RULE = Passage(
    passage_id="r#en1",
    source_id="r",
    kind=SourceKind.RULE,
    lang=Language.EN,
    heading="Link Monsters",
    text="They have no DEF.",
)


@pytest.fixture(scope="module")
def generator(smollm2: Path) -> Iterator[TransformersGenerator]:
    loaded = load_generator(str(smollm2), device="cpu", max_new_tokens=16, kv_tokens=6000)
    yield loaded
    loaded.close()


async def sheet(generator: TransformersGenerator, text: str) -> list[Delta]:
    prompt = build_prompt(Question(text=text, lang=Language.EN), [RULE], None)
    return [delta async for delta in generator.stream(prompt)]


def test_smollm2_in_4_bits_writes_sheets_for_concurrent_questions(generator: TransformersGenerator) -> None:
    questions = ["Can a Link Monster be set? </s>", "Is the effect of Ash Blossom optional?", "Who wins <|im_start|>?"]

    async def ask() -> list[list[Delta]]:
        return await asyncio.gather(*(sheet(generator, question) for question in questions))

    for deltas in asyncio.run(ask()):
        first, *rest = deltas
        probabilities = first.verdict_probabilities
        assert probabilities is not None
        assert sum(probabilities.values()) == pytest.approx(1.0)
        assert set(probabilities) == set(Verdict)
        likeliest = max(Verdict, key=probabilities.__getitem__)
        assert parse_sheet("".join(delta.text for delta in deltas)).verdict is likeliest
        assert rest[-1].usage is not None and rest[-1].usage.prompt_tokens > 100
        assert 4 <= rest[-1].usage.completion_tokens <= 16 + 4
        assert len(rest) > 3 and all(delta.verdict_probabilities is None for delta in rest)
    assert generator.healthy
    assert generator.engine.places.busy == 0


def test_every_linear_layer_of_smollm2_but_its_head_is_kept_in_4_bits(generator: TransformersGenerator) -> None:
    runner = generator.engine.runner
    assert isinstance(runner, TransformersRunner)
    weights = [module.weight for name, module in runner.model.named_modules() if name.endswith("_proj")]
    assert len(weights) == 30 * 7
    assert all(weight.dtype is torch.uint8 and weight.quant_state.quant_type == "nf4" for weight in weights)
    # Two of them a byte, where transformers' own form takes two bytes for one.
    assert sum(weight.numel() for weight in weights) == 30 * (2 * 576 * 576 + 2 * 576 * 192 + 3 * 576 * 1536) // 2


def test_the_system_words_are_computed_once(generator: TransformersGenerator, monkeypatch: pytest.MonkeyPatch) -> None:
    asyncio.run(sheet(generator, "Can a Link Monster be set?"))
    fed: list[int] = []
    forward = generator.engine.runner.forward

    def watch(segments: Sequence[Segment]) -> torch.Tensor:
        fed.append(sum(len(segment.ids) for segment in segments))
        return forward(segments)

    monkeypatch.setattr(generator.engine.runner, "forward", watch)
    asyncio.run(sheet(generator, "Does a Trap Card start a chain?"))
    assert fed[0] < 60, "the fixed beginning of the prompt was fed again"


def test_engine_answers_as_transformers_generate_does(tmp_path: Path) -> None:
    torch.manual_seed(5)
    config = MixtralConfig(
        hidden_size=64,
        intermediate_size=128,
        num_hidden_layers=2,
        num_attention_heads=4,
        num_key_value_heads=2,
        num_local_experts=4,
        vocab_size=200,
        max_position_embeddings=256,
    )
    reference = MixtralForCausalLM(config).eval()
    reference.save_pretrained(tmp_path)
    prompts = [tuple(range(3, 3 + length)) for length in (4, 25, 60)]
    expected = []
    for ids in prompts:
        batch = torch.tensor([ids])
        found = reference.generate(
            batch,
            attention_mask=torch.ones_like(batch),
            max_new_tokens=12,
            do_sample=False,
            pad_token_id=0,
            eos_token_id=[],
        )
        expected.append(found[0, len(ids) :].tolist())
    model = load_mixtral(tmp_path, device=torch.device("cpu"), quantize=False, dtype=torch.float32)
    engine = Engine(TransformersRunner(model, kv_tokens=400), EngineLimits(prompt_chunk=16))

    async def collect(ids: tuple[int, ...]) -> list[int]:
        stream = engine.stream(GenerationRequest(ids=ids, max_new_tokens=12))
        return [token async for tokens in stream for token in tokens.ids]

    async def ask() -> list[list[int]]:
        return await asyncio.gather(*(collect(ids) for ids in prompts))

    assert asyncio.run(ask()) == expected
    engine.close()
