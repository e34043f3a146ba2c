"""Runs a transformers model over the arena: prompts and single tokens of many requests in one forward pass."""

from collections.abc import Sequence

import torch
from transformers import PreTrainedModel

from ragqa.errors import ModelError
from ragqa.generation.arena import ARENA_ATTENTION, Arena, ArenaStep, Segment, register_arena_attention


class TransformersRunner:
    """The reference path, for any causal language model of transformers that takes an attention function."""

    def __init__(self, model: PreTrainedModel, *, kv_tokens: int) -> None:
        config = model.config
        if not getattr(model, "_supports_attention_backend", False):
            raise ModelError(
                f"{config.model_type!r} models do not take an attention function; use the openai generator"
            )
        register_arena_attention()
        config._attn_implementation = ARENA_ATTENTION
        self.model = model
        self.device = model.lm_head.weight.device
        size = getattr(config, "head_dim", None) or config.hidden_size // config.num_attention_heads
        # Place 0 belongs to nobody: idle rows of a captured decode step write there.
        self.arena = Arena(
            config.num_hidden_layers,
            kv_tokens + 1,
            config.num_key_value_heads,
            size,
            model.lm_head.weight.dtype,
            self.device,
        )
        self.first_place = 1
        self.context = int(config.max_position_embeddings)

    def forward(self, segments: Sequence[Segment]) -> torch.Tensor:
        """Return float32 logits (segments, vocabulary) for the token after each segment's last."""
        step = ArenaStep(self.arena, segments)
        with torch.inference_mode():
            found = self.model(
                input_ids=step.ids,
                position_ids=step.positions,
                use_cache=False,
                logits_to_keep=step.last,
                arena_step=step,
            )
        logits: torch.Tensor = found.logits[0].float()
        return logits

    def reset(self) -> None:
        """Empty the arena."""
        self.arena.clear()
