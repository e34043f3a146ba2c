"""The fast decode step of a 4-bit Mixtral: nine kernels a layer, no wait for the host, captured as CUDA graphs.

The step computes what `mixtral` computes, reading every touched weight once. Prompts go through the reference path,
where large products are bound by arithmetic.
"""

from collections.abc import Sequence
from math import gcd

import msgspec
import torch
import triton
from torch import nn
from transformers import MixtralForCausalLM

from ragqa.generation.arena import Arena
from ragqa.generation.decode_kernels import attention_kernel, combine_kernel, norm_kernel, rotary_kernel
from ragqa.generation.fused_product import fits, fused_product
from ragqa.generation.grouped import ExpertWeights, Tuning, grouped_product
from ragqa.generation.nf4 import BLOCK

BLOCK_TOKENS = 64
ATTENTION_PROGRAMS = 512
SPLIT = 4
"""Into how many shares a product's columns are cut: measured best or near it at every batch and shape."""


class LayerWeights(msgspec.Struct, frozen=True, kw_only=True):
    """What one layer's kernels read."""

    attention_norm: torch.Tensor
    expert_norm: torch.Tensor
    router: torch.Tensor
    qkv: ExpertWeights
    output: ExpertWeights
    gate_up: ExpertWeights
    down: ExpertWeights


class DecodeStep:
    """One decode step at a fixed batch size: fill `tokens`, `starts`, `past`, call `run`, read `logits`."""

    def __init__(
        self,
        model: MixtralForCausalLM,
        layers: Sequence[LayerWeights],
        arena: Arena,
        batch: int,
        *,
        fused: bool,
    ) -> None:
        config, device = model.config, arena.keys.device
        self.model, self.layers, self.arena, self.batch = model, layers, arena, batch
        self.top_k = config.num_experts_per_tok
        self.epsilon = config.rms_norm_eps
        self.key_heads = config.num_key_value_heads
        self.group = config.num_attention_heads // self.key_heads
        self.head_dim = arena.keys.shape[-1]
        self.splits = max(1, min(32, ATTENTION_PROGRAMS // (batch * self.key_heads)))
        hidden, heads = config.hidden_size, config.num_attention_heads
        self.tokens = torch.zeros(batch, dtype=torch.long, device=device)
        self.starts = torch.zeros(batch, dtype=torch.long, device=device)
        self.past = torch.zeros(batch, dtype=torch.long, device=device)
        self.plain = torch.zeros(batch, 1, dtype=torch.int32, device=device)
        self.chosen = torch.zeros(batch, self.top_k, dtype=torch.int32, device=device)

        def space(*shape: int, dtype: torch.dtype = torch.float32) -> torch.Tensor:
            return torch.empty(shape, dtype=dtype, device=device)

        self.weights = space(batch, self.top_k)
        self.residual = space(batch, hidden)
        self.normed = space(batch, hidden, dtype=torch.bfloat16)
        self.query = space(batch, heads, self.head_dim, dtype=torch.bfloat16)
        self.attended = space(batch, heads * self.head_dim, dtype=torch.bfloat16)
        self.shares = (space(batch, heads, self.splits), space(batch, heads, self.splits))
        self.mixed = space(batch, heads, self.splits, self.head_dim)
        first = layers[0]
        pairs = batch * self.top_k
        self.qkv = space(gcd(SPLIT, first.qkv.inputs // BLOCK), batch, first.qkv.outputs)
        self.projected = space(gcd(SPLIT, first.output.inputs // BLOCK), batch, hidden)
        self.activated = space(pairs, first.down.inputs, dtype=torch.bfloat16)
        self.down = space(gcd(SPLIT, first.down.inputs // BLOCK), pairs, hidden)
        self.logits = space(batch, config.vocab_size)
        self.fused = fused and all(
            (
                fits(first.qkv, len(self.qkv)),
                fits(first.output, len(self.projected)),
                fits(first.gate_up, 1),
                fits(first.down, len(self.down)),
            )
        )
        self.graph: torch.cuda.CUDAGraph | None = None

    def run(self) -> None:
        """Compute `logits` for the buffers as they are; replays the captured graph if there is one."""
        if self.graph is not None:
            self.graph.replay()
        else:
            self.launch()

    def capture(self) -> None:
        """Record the step as a CUDA graph."""
        self.launch()
        torch.cuda.synchronize()
        graph = torch.cuda.CUDAGraph()
        with torch.cuda.graph(graph):
            self.launch()
        self.graph = graph

    def launch(self) -> None:
        """Launch every kernel of the step."""
        self.residual.copy_(nn.functional.embedding(self.tokens, self.model.model.embed_tokens.weight))
        for index, layer in enumerate(self.layers):
            self._norm(layer.attention_norm, self.down if index else None, pairs=self.top_k)
            self._product(self.normed, self.plain, layer.qkv, self.qkv)
            self._attend(index)
            self._product(self.attended, self.plain, layer.output, self.projected)
            self._norm(layer.expert_norm, self.projected, pairs=1, router=layer.router)
            self._product(self.normed, self.chosen, layer.gate_up, self.activated, gated=True)
            self._product(self.activated, self.chosen, layer.down, self.down, pair_input=True)
        self._norm(self.model.model.norm.weight, self.down, pairs=self.top_k, even_odd=False)
        self.logits.copy_(nn.functional.linear(self.normed, self.model.lm_head.weight))

    def _product(
        self,
        x: torch.Tensor,
        chosen: torch.Tensor,
        weight: ExpertWeights,
        out: torch.Tensor,
        *,
        pair_input: bool = False,
        gated: bool = False,
    ) -> None:
        split = 1 if gated else len(out)
        if self.fused:
            fused_product(x, chosen, weight, out, split=split, pair_input=pair_input, gated=gated)
        else:
            tuning = Tuning(split=split)
            on_card = x.is_cuda
            grouped_product(x, chosen, weight, out, tuning=tuning, pair_input=pair_input, gated=gated, permute=on_card)

    def _norm(
        self,
        norm: torch.Tensor,
        parts: torch.Tensor | None,
        *,
        pairs: int,
        router: torch.Tensor | None = None,
        even_odd: bool = True,
    ) -> None:
        hidden = self.residual.shape[1]
        norm_kernel[(self.batch,)](
            self.residual,
            self.residual if parts is None else parts,
            self.weights,
            norm,
            norm if router is None else router,
            self.normed,
            self.chosen,
            self.weights,
            self.batch,
            hidden,
            self.epsilon,
            SPLIT=0 if parts is None else len(parts),
            PAIRS=pairs,
            EXPERTS=0 if router is None else len(router),
            TOP_K=self.top_k,
            HIDDEN=triton.next_power_of_2(hidden),
            EVEN_ODD=even_odd and not self.fused,
            num_warps=16,
        )

    def _attend(self, index: int) -> None:
        keys, values = self.arena.keys[index], self.arena.values[index]
        heads = self.key_heads * self.group
        rotary = self.model.model.rotary_emb
        rotary_kernel[(self.batch, heads + 2 * self.key_heads)](
            self.qkv,
            rotary.inv_freq,
            self.starts,
            self.past,
            self.query,
            keys,
            values,
            self.batch,
            rotary.attention_scaling,
            SPLIT=len(self.qkv),
            QUERY_HEADS=heads,
            KEY_HEADS=self.key_heads,
            HEAD_DIM=self.head_dim,
            num_warps=1,
        )
        attention_kernel[(self.batch, self.key_heads, self.splits)](
            self.query,
            keys,
            values,
            self.starts,
            self.past,
            *self.shares,
            self.mixed,
            self.head_dim**-0.5,
            KEY_HEADS=self.key_heads,
            GROUP=self.group,
            GROUP_TILE=max(16, triton.next_power_of_2(self.group)),
            HEAD_DIM=self.head_dim,
            SPLITS=self.splits,
            BLOCK_T=BLOCK_TOKENS,
            WIDE=not self.query.is_cuda,
        )
        combine_kernel[(self.batch, heads)](
            *self.shares,
            self.mixed,
            self.attended,
            HEADS=heads,
            HEAD_DIM=self.head_dim,
            SPLITS=self.splits,
            EVEN_ODD=not self.fused,
            num_warps=1,
        )
