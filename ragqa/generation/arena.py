"""The KV cache of all running requests: one arena of token places, a contiguous range for each request.

Any transformers model writes and reads it through an attention function registered under `ARENA_ATTENTION`, so that
requests of any length share one forward pass without padding.
"""

from collections.abc import Sequence

import msgspec
import torch
from torch.nn.functional import scaled_dot_product_attention
from transformers import AttentionInterface
from transformers.models.mixtral.modeling_mixtral import MixtralAttention

ARENA_ATTENTION = "ragqa_arena"


class Segment(msgspec.Struct, frozen=True):
    """New tokens of one request: `past` of its tokens are already at `start` and after in the arena."""

    start: int
    past: int
    ids: Sequence[int]


class Arena:
    """Keys and values, each (layers, places, key heads, head size)."""

    def __init__(
        self, layers: int, places: int, heads: int, head_size: int, dtype: torch.dtype, device: torch.device
    ) -> None:
        shape = (layers, places, heads, head_size)
        self.keys = torch.zeros(shape, dtype=dtype, device=device)
        self.values = torch.zeros(shape, dtype=dtype, device=device)

    @property
    def places(self) -> int:
        """How many tokens fit."""
        return self.keys.shape[1]

    def clear(self) -> None:
        """Forget every key and value, in place: nothing is allocated where memory is full."""
        for side in (self.keys, self.values):
            side.zero_()

    def copy(self, source: int, target: int, count: int) -> None:
        """Copy the keys and values of `count` tokens: two requests begin with the same words."""
        for side in (self.keys, self.values):
            side[:, target : target + count] = side[:, source : source + count].clone()


class ArenaStep:
    """Where the tokens of one forward pass go: segments one after the other in a batch of one."""

    def __init__(self, arena: Arena, segments: Sequence[Segment]) -> None:
        device = arena.keys.device
        self.arena = arena
        self.segments = segments
        places = [torch.arange(s.start + s.past, s.start + s.past + len(s.ids)) for s in segments]
        positions = [torch.arange(s.past, s.past + len(s.ids)) for s in segments]
        self.places = torch.cat(places).to(device)
        self.positions = torch.cat(positions).to(device)[None]
        self.ids = torch.tensor([token for s in segments for token in s.ids], device=device)[None]
        self.last = torch.tensor([len(s.ids) for s in segments]).cumsum(0).sub(1).to(device)


def attend_in_arena(
    module: MixtralAttention,
    query: torch.Tensor,
    key: torch.Tensor,
    value: torch.Tensor,
    attention_mask: torch.Tensor | None,
    *,
    arena_step: ArenaStep,
    scaling: float | None = None,
    sliding_window: int | None = None,
    **kwargs: object,
) -> tuple[torch.Tensor, None]:
    """Write new keys and values to the arena, and attend from each segment to its own tokens.

    `query` is (1, heads, tokens, head size), `key` and `value` (1, key heads, tokens, head size); the result is
    (1, tokens, heads, head size). The signature is that of transformers' attention functions;
    `module` is the attention of whichever model runs.
    """
    keys, values = arena_step.arena.keys[module.layer_idx], arena_step.arena.values[module.layer_idx]
    keys.index_copy_(0, arena_step.places, key[0].transpose(0, 1))
    values.index_copy_(0, arena_step.places, value[0].transpose(0, 1))
    pieces, first = [], 0
    for segment in arena_step.segments:
        count = len(segment.ids)
        past_and_new = slice(segment.start, segment.start + segment.past + count)
        mask = _mask(segment.past, count, sliding_window, query.device)
        attended = scaled_dot_product_attention(
            query[:, :, first : first + count],
            keys[past_and_new].transpose(0, 1)[None],
            values[past_and_new].transpose(0, 1)[None],
            attn_mask=mask,
            is_causal=mask is None and count > 1,
            scale=scaling,
            enable_gqa=True,
        )
        pieces.append(attended.transpose(1, 2))
        first += count
    return torch.cat(pieces, dim=1), None


def _mask(past: int, count: int, window: int | None, device: torch.device) -> torch.Tensor | None:
    """Return which of past + count tokens each new token sees; None where plain causal attention says the same."""
    windowed = window is not None and past + count > window
    if not windowed and (past == 0 or count == 1):
        return None
    new = torch.arange(past, past + count, device=device)[:, None]
    old = torch.arange(past + count, device=device)[None]
    seen = old <= new
    return seen & (old > new - window) if windowed and window is not None else seen


def register_arena_attention() -> None:
    """Make the attention known to transformers; models use it once their attention implementation says so."""
    AttentionInterface.register(ARENA_ATTENTION, attend_in_arena)
