"""The fast decode step gives the reference's logits; the arena gives those of transformers without it."""

from pathlib import Path

import pytest
import torch
from transformers import MixtralForCausalLM

from ragqa.generation.arena import Segment
from ragqa.generation.loading import load_mixtral
from ragqa.generation.runner import TransformersRunner

DEVICE = torch.device("cuda" if torch.cuda.is_available() else "cpu")


def plain_logits(folder: Path, ids: list[int]) -> torch.Tensor:
    """Logits after the last id, by the model alone with transformers' own attention."""
    model = load_mixtral(folder, device=DEVICE, quantize=False, dtype=torch.float32)
    with torch.inference_mode():
        batch = torch.tensor([ids], device=DEVICE)
        logits: torch.Tensor = model(batch, attention_mask=torch.ones_like(batch)).logits[0, -1]
    return logits


def test_requests_that_share_a_pass_get_the_logits_they_get_alone(hub_folder: Path) -> None:
    model = load_mixtral(hub_folder, device=DEVICE, quantize=False, dtype=torch.float32)
    runner = TransformersRunner(model, kv_tokens=200)
    one, two = list(range(5, 25)), list(range(100, 131))
    runner.forward([Segment(1, 0, one[:-1]), Segment(101, 0, two[:10])])
    found = runner.forward([Segment(1, 19, one[-1:]), Segment(101, 10, two[10:])])
    torch.testing.assert_close(found[0], plain_logits(hub_folder, one), rtol=1e-4, atol=1e-4)
    torch.testing.assert_close(found[1], plain_logits(hub_folder, two), rtol=1e-4, atol=1e-4)


def test_a_copied_beginning_serves_another_request(hub_folder: Path) -> None:
    model = load_mixtral(hub_folder, device=DEVICE, quantize=False, dtype=torch.float32)
    runner = TransformersRunner(model, kv_tokens=100)
    shared = list(range(30, 50))
    runner.forward([Segment(1, 0, shared)])
    runner.arena.copy(1, 51, 20)
    found = runner.forward([Segment(51, 20, [7, 8])])
    torch.testing.assert_close(found[0], plain_logits(hub_folder, [*shared, 7, 8]), rtol=1e-4, atol=1e-4)


def test_sliding_window_hides_what_is_further_back(reference: MixtralForCausalLM, tmp_path: Path) -> None:
    ids = list(range(5, 45))
    results = []
    for window in (None, 16):
        reference.config.sliding_window = window
        reference.save_pretrained(tmp_path / str(window))
        model = load_mixtral(tmp_path / str(window), device=DEVICE, quantize=False, dtype=torch.float32)
        runner = TransformersRunner(model, kv_tokens=100)
        runner.forward([Segment(1, 0, ids[:20])])
        runner.forward([Segment(1, 20, ids[20:39])])
        results.append(runner.forward([Segment(1, 39, ids[39:])])[0])
        torch.testing.assert_close(results[-1], plain_logits(tmp_path / str(window), ids), rtol=1e-4, atol=1e-4)
    reference.config.sliding_window = None
    assert float((results[0] - results[1]).norm()) > 0.01


def test_fast_step_equals_the_reference_path(hub_folder: Path) -> None:
    pytest.importorskip("triton", reason="Triton is not installed")
    from ragqa.generation.mixtral_runner import MixtralRunner

    model = load_mixtral(hub_folder, device=DEVICE, quantize=True, dtype=torch.bfloat16)
    runner = MixtralRunner(model, kv_tokens=400)
    prompts = [list(range(5, 5 + length)) for length in (3, 70, 129)]
    segments = [Segment(1 + 100 * index, 0, ids) for index, ids in enumerate(prompts)]
    segments[2] = Segment(200, 0, prompts[2])
    runner.forward(segments)
    singles = [Segment(s.start, len(s.ids), [11 + s.start % 7]) for s in segments]
    fast = runner.forward(singles).double()
    reference = TransformersRunner.forward(runner, singles).double()
    errors = (fast - reference).norm(dim=-1) / reference.norm(dim=-1)
    assert float(errors.max()) < 0.03, errors
    alone = runner.forward(singles[1:2]).double()
    torch.testing.assert_close(alone[0], fast[1], rtol=1e-2, atol=1e-2)
