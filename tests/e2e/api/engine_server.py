"""A server process with the real engine over a scripted model; run as a script with a folder.

The model answers yes, unless it reads one of these words: at `hold` it tells `held` on stdout and waits for a line on
stdin; `stall` is the same with an engine that takes half a second for too long; at `break` the model fails; at `perish`
the thread of the engine ends; at `mumble` it cites nothing until it is asked again, at `grumble` not until `calm`.
"""

import sys
from collections.abc import Sequence

import torch
from tokenizers import Tokenizer, models, pre_tokenizers
from transformers import PreTrainedTokenizerFast

from ragqa.generation.arena import Arena, Segment
from ragqa.generation.engine import Engine, EngineLimits
from ragqa.generation.transformers_generator import TransformersGenerator
from tests.e2e.api.scripted_server import serve, server_settings, tell

WORDS = [
    "(unknown)",
    "</s>",
    "verdict:",
    "yes",
    "no",
    "conditional",
    "unknown",
    "It",
    "may.",
    "[1]",
    "hold",
    "stall",
    "break",
    "perish",
    "mumble",
    "grumble",
    "once",
    "calm",
]
IDS = {word: number for number, word in enumerate(WORDS)}
FOLLOWS = {IDS["verdict:"]: "yes", IDS["yes"]: "It", IDS["It"]: "may.", IDS["may."]: "[1]", IDS["[1]"]: "</s>"}
CONTEXT = 600
PATIENT = EngineLimits(rows=1, queue=1, stall_seconds=600)
IMPATIENT = EngineLimits(rows=1, queue=1, stall_seconds=0.5)


class WordRunner:
    """A model whose every token is a word."""

    def __init__(self) -> None:
        self.arena = Arena(1, 4 * CONTEXT, 1, 1, torch.float32, torch.device("cpu"))
        self.first_place = 1
        self.context = CONTEXT
        self.engine = Engine(self, PATIENT)
        self.mumbles = 0

    def forward(self, segments: Sequence[Segment]) -> torch.Tensor:
        read = {number for segment in segments for number in segment.ids}
        if IDS["break"] in read:
            raise RuntimeError("device lost")
        if IDS["perish"] in read:
            raise SystemExit
        if not read.isdisjoint((IDS["hold"], IDS["stall"])):
            self.engine.limits = IMPATIENT if IDS["stall"] in read else PATIENT
            tell("held")
            sys.stdin.readline()
            self.engine.limits = PATIENT
        self._heed(read)
        follows = FOLLOWS | ({IDS["may."]: "</s>"} if self.mumbles else {})
        logits = torch.zeros(len(segments), len(WORDS))
        for row, segment in enumerate(segments):
            logits[row, IDS[follows.get(segment.ids[-1], "</s>")]] = 10.0
        return logits

    def _heed(self, read: set[int]) -> None:
        """`once` stands in the request to repair; what is said before it is shared with the first try, so not read."""
        if IDS["grumble"] in read or IDS["mumble"] in read:
            self.mumbles = 2 if IDS["grumble"] in read else 1
        elif IDS["calm"] in read or (IDS["once"] in read and self.mumbles == 1):
            self.mumbles = 0

    def reset(self) -> None:
        self.arena.clear()


def word_tokenizer() -> PreTrainedTokenizerFast:
    backend = Tokenizer(models.WordLevel(IDS, unk_token=WORDS[0]))
    backend.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    return PreTrainedTokenizerFast(tokenizer_object=backend, unk_token=WORDS[0], eos_token="</s>")


if __name__ == "__main__":
    words = TransformersGenerator(
        WordRunner().engine, word_tokenizer(), name="words", max_new_tokens=16, stop_ids=frozenset({IDS["</s>"]})
    )
    serve(server_settings(sys.argv), words)
