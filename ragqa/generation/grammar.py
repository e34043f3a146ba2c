"""The grammar of an answer sheet, token by token, by llguidance.

A model under it cannot write a sentence without a citation, nor cite a passage that is not in the prompt. What it may
still do is run out of tokens in the middle of a sentence, which the parser then drops.
"""

import logging
import threading
from collections.abc import Sequence

import torch
from llguidance import LLMatcher, LLTokenizer
from transformers import PreTrainedTokenizerBase

from ragqa.datatypes import Verdict

logger = logging.getLogger(__name__)
MOST_SENTENCES = 4
MOST_NUMBERS = 4
# A sentence is words between single spaces. Brackets are for citations only, and a full stop followed by a space ends
# the sentence, but for initials: "D.D. Crow". Full-width stops end it whatever follows.
_GRAMMAR = r"""
start: /{answered}/ "\n" body | / ?unknown/ "\n" body?
body: sentence (/[ \n]/ sentence){{0,{more}}} "\n"?
sentence: TEXT CITED
TEXT: /({word} +)*{word}[.!?。！？]{{0,3}} ?/
CITED: /(\[({numbers})\]){{1,{most_numbers}}}[.。]?/
"""
_LETTER = r"[^\[\]\s\x00-\x1f\x7f.!?。！？]"
_WORD = rf"(([.!?]*{_LETTER})+|([.!?]*{_LETTER})*[.!?]*[A-Z]\.)"
_VERDICT_LINE_ONLY = r'start: / ?({verdicts})/ "\n"'


def sheet_grammar_text(passages: int) -> str:
    """Return the sheet after `verdict:` as a Lark grammar, for a prompt with so many passages.

    Without passages nothing can be cited, so the verdict line is all there may be.
    """
    if passages == 0:
        return _VERDICT_LINE_ONLY.format(verdicts="|".join(Verdict))
    answers = "|".join(verdict for verdict in Verdict if verdict is not Verdict.UNKNOWN)
    return _GRAMMAR.format(
        answered=f" ?({answers})",
        more=MOST_SENTENCES - 1,
        word=_WORD,
        numbers="|".join(map(str, range(1, passages + 1))),
        most_numbers=MOST_NUMBERS,
    )


class SheetConstraint:
    """One sheet on its way; not safe for use from several threads at once."""

    def __init__(self, matcher: LLMatcher) -> None:
        self._matcher = matcher

    @property
    def finished(self) -> bool:
        """Whether the sheet is complete and nothing may follow."""
        return self._matcher.is_stopped()

    def fill(self, bits: torch.Tensor) -> None:
        """Write which tokens may come next."""
        self._matcher.unsafe_compute_mask_ptr(bits.data_ptr(), bits.numel() * bits.element_size())

    def accept(self, tokens: Sequence[int]) -> bool:
        """Go on by tokens; False if they do not fit."""
        return self._matcher.consume_tokens(list(tokens))


class SheetGrammar:
    """Hands out constraints for one tokenizer; a grammar is compiled once for each number of passages."""

    def __init__(self, tokenizer: LLTokenizer) -> None:
        self._tokenizer = tokenizer
        self._compiled: dict[int, LLMatcher] = {}
        self._lock = threading.Lock()

    def constraint(self, passages: int) -> SheetConstraint:
        """Return the constraint of one request, from any thread."""
        with self._lock:
            if passages not in self._compiled:
                grammar = LLMatcher.grammar_from_lark(sheet_grammar_text(passages))
                self._compiled[passages] = LLMatcher(self._tokenizer, grammar, log_level=0)
            return SheetConstraint(self._compiled[passages].deep_copy())


def sheet_grammar(
    tokenizer: PreTrainedTokenizerBase,
    *,
    vocabulary: int,
    stop_ids: Sequence[int],
    verdict_lines: Sequence[Sequence[int]],
) -> SheetGrammar | None:
    """Return the grammar in a model's own tokens; None, with a warning, if llguidance cannot read its tokenizer.

    `vocabulary` is the width of the model's logits, which may be more than the tokenizer knows. `verdict_lines` are
    the tokens that end the verdict line, by verdict: each must fit the grammar.
    """
    try:
        backend = tokenizer.backend_tokenizer.to_str()
        grammar = SheetGrammar(LLTokenizer(backend, n_vocab=vocabulary, eos_token=sorted(stop_ids)))
    except (AttributeError, ValueError) as reason:
        logger.warning("answers are parsed instead of held to a grammar: %s", reason)
        return None
    misfits = [line for line in verdict_lines if not grammar.constraint(1).accept(line)]
    if misfits:
        logger.warning("answers are parsed instead of held to a grammar: it has no verdict line of tokens %s", misfits)
        return None
    return grammar
