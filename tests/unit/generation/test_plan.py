"""The byte budget of the real models, against figures worked out by hand."""

import pytest
from transformers import LlamaConfig, MixtralConfig

from ragqa.errors import ModelError
from ragqa.generation.plan import GIB, ModelShape, active_bytes, make_plan, parse_bytes, weight_bytes


def mixtral_8x22b() -> MixtralConfig:
    return MixtralConfig(
        hidden_size=6144,
        intermediate_size=16384,
        num_hidden_layers=56,
        num_attention_heads=48,
        num_key_value_heads=8,
        vocab_size=32768,
        max_position_embeddings=65536,
    )


def test_8x22b_weighs_68_gib() -> None:
    weights = weight_bytes(ModelShape.of(mixtral_8x22b()))
    # One expert matrix pair: 3 * 6144 * 16384 weights, half a byte each, a byte of scale for 64, 4 bytes for 64 * 256.
    matrices = 3 * 6144 * 16384
    assert weights["experts"] == 56 * 8 * (matrices // 2 + matrices // 64 + 4 * matrices // (64 * 256) + 8)
    assert sum(weights.values()) / GIB == pytest.approx(68.1, abs=0.1)


def test_8x22b_leaves_room_for_a_kv_cache_on_80_gib() -> None:
    plan = make_plan(mixtral_8x22b(), gpu_memory=int(79.2 * GIB), tokens_per_sequence=4096)
    assert plan.kv_bytes_per_token == 224 * 1024
    assert 40_000 < plan.kv_tokens < 50_000
    assert plan.sequences == plan.kv_tokens // 4096


def test_what_cannot_fit_is_refused_with_the_reason() -> None:
    with pytest.raises(ModelError, match=r"needs 68\.\d GiB for weights.*device has 48\.0 GiB"):
        make_plan(mixtral_8x22b(), gpu_memory=48 * GIB, tokens_per_sequence=4096)


def test_another_architecture_is_refused() -> None:
    with pytest.raises(ModelError, match="'llama'"):
        make_plan(LlamaConfig(), gpu_memory=80 * GIB, tokens_per_sequence=4096)


def test_active_bytes_approach_all_weights_as_the_batch_grows() -> None:
    shape = ModelShape.of(mixtral_8x22b())
    weights = weight_bytes(shape)
    assert active_bytes(shape, 1) == pytest.approx(
        weights["experts"] / 4 + weights["attention"] + weights["router"] + weights["norms"] + weights["lm_head"]
    )
    assert 3.35e12 / active_bytes(shape, 1) == pytest.approx(159, abs=6)
    assert active_bytes(shape, 64) == pytest.approx(sum(weights.values()) - weights["embedding"], rel=1e-3)


@pytest.mark.parametrize(
    ("text", "expected"), [("80GiB", 80 * GIB), ("80 GB", 80 * 10**9), ("1.5GiB", 3 * 2**29), ("7", 7)]
)
def test_sizes_are_read(text: str, expected: int) -> None:
    assert parse_bytes(text) == expected


@pytest.mark.parametrize("text", ["", "GiB", "80 apples", "80TB"])
def test_other_words_are_no_size(text: str) -> None:
    with pytest.raises(ModelError, match="is no size"):
        parse_bytes(text)
