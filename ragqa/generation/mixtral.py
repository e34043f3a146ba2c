"""Mixtral with one 2-D weight per expert matrix, gate and up fused in one, query, key and value fused in one.

transformers 5 keeps all experts of a layer in one 3-D parameter, which bitsandbytes leaves unquantized without a word.
These modules take the place of the fused ones inside transformers' own `MixtralForCausalLM`, so that everything around
them (rotary embedding, norms, decoder layers) stays transformers' code, and every large matrix is a 2-D linear layer.
"""

from collections.abc import Callable

import torch
from torch import nn
from transformers import Cache, MixtralConfig, MixtralForCausalLM
from transformers.activations import ACT2FN
from transformers.modeling_utils import ALL_ATTENTION_FUNCTIONS
from transformers.models.mixtral.modeling_mixtral import (
    MixtralRotaryEmbedding,
    apply_rotary_pos_emb,
    eager_attention_forward,
)

LinearFactory = Callable[[int, int], nn.Linear]
"""Makes a bias-free linear layer from (input features, output features)."""


class FusedAttention(nn.Module):
    """Grouped-query attention whose query, key and value come from one product."""

    def __init__(self, config: MixtralConfig, layer_idx: int, linear: LinearFactory) -> None:
        super().__init__()
        self.config = config
        self.layer_idx = layer_idx
        self.head_dim = head_dim(config)
        self.num_key_value_groups = config.num_attention_heads // config.num_key_value_heads
        self.scaling = self.head_dim**-0.5
        self.is_causal = True
        self.query_size = config.num_attention_heads * self.head_dim
        self.key_size = config.num_key_value_heads * self.head_dim
        self.qkv_proj = linear(config.hidden_size, self.query_size + 2 * self.key_size)
        self.o_proj = linear(self.query_size, config.hidden_size)

    def forward(
        self,
        hidden_states: torch.Tensor,
        position_embeddings: tuple[torch.Tensor, torch.Tensor],
        attention_mask: torch.Tensor | None = None,
        past_key_values: Cache | None = None,
        **kwargs: object,
    ) -> tuple[torch.Tensor, torch.Tensor | None]:
        """Map (batch, tokens, hidden) to the same shape; the signature is transformers' own."""
        shape = hidden_states.shape[:-1]
        sizes = [self.query_size, self.key_size, self.key_size]
        query, key, value = (
            part.view(*shape, -1, self.head_dim).transpose(1, 2)
            for part in self.qkv_proj(hidden_states).split(sizes, -1)
        )
        query, key = apply_rotary_pos_emb(query, key, *position_embeddings)
        if past_key_values is not None:
            key, value = past_key_values.update(key, value, self.layer_idx)
        attend = ALL_ATTENTION_FUNCTIONS.get_interface(self.config._attn_implementation, eager_attention_forward)
        attended, weights = attend(
            self,
            query,
            key,
            value,
            attention_mask,
            dropout=0.0,
            scaling=self.scaling,
            sliding_window=self.config.sliding_window,
            **kwargs,
        )
        return self.o_proj(attended.reshape(*shape, -1).contiguous()), weights


class Expert(nn.Module):
    """One gated feed-forward network; `gate_up_proj` holds the gate's rows above the up projection's."""

    def __init__(self, config: MixtralConfig, linear: LinearFactory) -> None:
        super().__init__()
        self.gate_up_proj = linear(config.hidden_size, 2 * config.intermediate_size)
        self.down_proj = linear(config.intermediate_size, config.hidden_size)
        self.activation = ACT2FN[config.hidden_act]

    def forward(self, hidden_states: torch.Tensor) -> torch.Tensor:
        """Map (tokens, hidden) to (tokens, hidden)."""
        gate, up = self.gate_up_proj(hidden_states).chunk(2, dim=-1)
        down: torch.Tensor = self.down_proj(self.activation(gate) * up)
        return down


class SparseExperts(nn.Module):
    """Router and experts. This is the reference: it groups tokens on the host; see `decoding` for the fast path."""

    def __init__(self, config: MixtralConfig, linear: LinearFactory) -> None:
        super().__init__()
        self.top_k = config.num_experts_per_tok
        self.gate = nn.Linear(config.hidden_size, config.num_local_experts, bias=False)
        self.experts = nn.ModuleList(Expert(config, linear) for _ in range(config.num_local_experts))

    def route(self, tokens: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Return for (tokens, hidden) the chosen experts' float32 weights and ids, each (tokens, top_k)."""
        weights, chosen = self.gate(tokens).float().softmax(-1).topk(self.top_k, dim=-1)
        return weights / weights.sum(-1, keepdim=True), chosen

    def forward(self, hidden_states: torch.Tensor) -> torch.Tensor:
        """Map (batch, tokens, hidden) to the same shape."""
        tokens = hidden_states.reshape(-1, hidden_states.shape[-1])
        weights, chosen = self.route(tokens)
        order = chosen.flatten().argsort(stable=True)
        counts = chosen.flatten().bincount(minlength=len(self.experts)).tolist()
        mixed = torch.zeros_like(tokens)
        for expert, pairs in zip(self.experts, torch.split(order, counts), strict=True):
            if len(pairs):
                rows = pairs // self.top_k
                scaled = expert(tokens[rows]) * weights.flatten()[pairs, None].to(tokens.dtype)
                mixed.index_add_(0, rows, scaled)
        return mixed.reshape(hidden_states.shape)


def head_dim(config: MixtralConfig) -> int:
    """Size of one attention head; older configurations leave it out."""
    return int(getattr(config, "head_dim", None) or config.hidden_size // config.num_attention_heads)


def plain_linear(inputs: int, outputs: int) -> nn.Linear:
    """Make an unquantized layer."""
    return nn.Linear(inputs, outputs, bias=False)


def build_mixtral(config: MixtralConfig, linear: LinearFactory = plain_linear) -> MixtralForCausalLM:
    """Return the model without weights (on torch's meta device), ready to be filled tensor by tensor."""
    with torch.device("meta"):
        model = MixtralForCausalLM(config)
        for index, layer in enumerate(model.model.layers):
            layer.self_attn = FusedAttention(config, index, linear)
            layer.mlp = SparseExperts(config, linear)
    return model.eval()


def materialize_rotary(model: MixtralForCausalLM, device: torch.device) -> None:
    """Compute the rotary frequencies on the device: they are in no checkpoint."""
    model.model.rotary_emb = MixtralRotaryEmbedding(model.config).to(device)
