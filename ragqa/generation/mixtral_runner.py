"""Runs a 4-bit Mixtral: prompts through the reference path, single tokens through the fast step."""

import logging
from collections.abc import Sequence

import torch
from transformers import MixtralForCausalLM
from transformers.models.mixtral.modeling_mixtral import MixtralDecoderLayer

from ragqa.generation.arena import Segment
from ragqa.generation.decoding import DecodeStep, LayerWeights
from ragqa.generation.fused_product import fits, fused_product, supported
from ragqa.generation.grouped import ExpertWeights, Tuning, expert_weights, grouped_product
from ragqa.generation.kernels import even_odd_order
from ragqa.generation.runner import TransformersRunner

logger = logging.getLogger(__name__)
BATCHES = (1, 2, 4, 8, 16, 32)
ALLOWED_ERROR = 0.02


class MixtralRunner(TransformersRunner):
    """Prompts through the reference path, single tokens through the fast step."""

    def __init__(self, model: MixtralForCausalLM, *, kv_tokens: int) -> None:
        super().__init__(model, kv_tokens=kv_tokens)
        self.layers = [layer_weights(layer) for layer in model.model.layers]
        self.fused = supported(self.device) and fused_agrees(self.layers[0].qkv)
        self.steps = self._make_steps()

    def forward(self, segments: Sequence[Segment]) -> torch.Tensor:
        """Return float32 logits (segments, vocabulary) for the token after each segment's last."""
        single = [index for index, segment in enumerate(segments) if segment.past and len(segment.ids) == 1]
        others = [index for index in range(len(segments)) if index not in single]
        logits = torch.empty(len(segments), self.model.config.vocab_size, device=self.device)
        if others:
            logits[others] = super().forward([segments[index] for index in others])
        for first in range(0, len(single), BATCHES[-1]):
            rows = single[first : first + BATCHES[-1]]
            logits[rows] = self.decode([segments[index] for index in rows])
        return logits

    def reset(self) -> None:
        """Empty the arena, and capture the decode steps anew."""
        self.steps = {}  # their graphs' memory is let go of before the new ones take theirs
        super().reset()
        self.steps = self._make_steps()

    def decode(self, segments: Sequence[Segment]) -> torch.Tensor:
        """Run one fast step for at most 32 rows of one token; rows up to the captured size write to place 0."""
        step = self.steps[min(batch for batch in BATCHES if batch >= len(segments))]
        idle = [0] * (step.batch - len(segments))
        rows = torch.tensor(
            [
                [s.ids[0] for s in segments] + idle,
                [s.start for s in segments] + idle,
                [s.past for s in segments] + idle,
            ]
        )
        with torch.inference_mode():
            for buffer, row in zip((step.tokens, step.starts, step.past), rows.to(self.device), strict=True):
                buffer.copy_(row)
            step.run()
            return step.logits[: len(segments)].clone()

    def _make_steps(self) -> dict[int, DecodeStep]:
        steps = {batch: DecodeStep(self.model, self.layers, self.arena, batch, fused=self.fused) for batch in BATCHES}
        if self.device.type == "cuda":
            with torch.inference_mode():
                for step in steps.values():
                    step.capture()
        return steps


def layer_weights(layer: MixtralDecoderLayer) -> LayerWeights:
    """Gather one decoder layer's weights for the fast step."""
    experts = layer.mlp.experts
    return LayerWeights(
        attention_norm=layer.input_layernorm.weight,
        expert_norm=layer.post_attention_layernorm.weight,
        router=layer.mlp.gate.weight,
        qkv=expert_weights([layer.self_attn.qkv_proj]),
        output=expert_weights([layer.self_attn.o_proj]),
        gate_up=expert_weights([expert.gate_up_proj for expert in experts]),
        down=expert_weights([expert.down_proj for expert in experts]),
    )


def fused_agrees(weight: ExpertWeights) -> bool:
    """Whether the fused product compiles here and says what the Triton product says, on random activations."""
    if not fits(weight, 1):
        return False
    device = weight.packed.device
    x = torch.randn(5, weight.inputs, device=device, dtype=torch.bfloat16)
    chosen = torch.zeros(len(x), 1, dtype=torch.int32, device=device)
    found, expected = (torch.full((1, len(x), weight.outputs), torch.nan, device=device) for _ in range(2))
    ordered = x[:, even_odd_order(weight.inputs).to(device)].contiguous()
    grouped_product(ordered, chosen, weight, expected, tuning=Tuning())
    try:
        fused_product(x, chosen, weight, found, split=1)
    except RuntimeError:
        logger.exception("the fused product does not compile here; the Triton product is used")
        return False
    error = float((found - expected).norm() / expected.norm())
    if error < ALLOWED_ERROR:
        return True
    logger.error("the fused product is off by %.3f on this card; the Triton product is used", error)
    return False
