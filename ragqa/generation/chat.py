"""From chat messages to token ids, where text from questions and passages can never become a control token."""

from collections.abc import Mapping, Sequence

import msgspec
from jinja2 import TemplateError
from transformers import PreTrainedTokenizerBase

from ragqa.datatypes import Verdict
from ragqa.errors import ModelError

SHEET_START = "verdict:"


class VerdictTokens(msgspec.Struct, frozen=True, kw_only=True):
    """The sheet's first word as tokens, and each verdict's tokens after it, in the order of `Verdict`."""

    start: tuple[int, ...]
    choices: tuple[tuple[int, ...], ...]


def encode_chat(tokenizer: PreTrainedTokenizerBase, messages: Sequence[Mapping[str, str]]) -> list[int]:
    """Return the ids of the messages in the model's own template, ready for the answer.

    Templates that know no system message get it before the user's words; models without a template get plain text.
    """
    chat = [dict(message) for message in messages]
    if tokenizer.chat_template is None:
        text = "\n\n".join(message["content"] for message in chat) + "\n\n"
        ids = tokenizer(text, add_special_tokens=False, split_special_tokens=True)["input_ids"]
        return ([] if tokenizer.bos_token_id is None else [tokenizer.bos_token_id]) + list(ids)
    try:
        return _apply(tokenizer, chat)
    except TemplateError:
        if chat[0]["role"] != "system" or len(chat) < 2:
            raise
        merged = f"{chat[0]['content']}\n\n{chat[1]['content']}"
        return _apply(tokenizer, [{"role": "user", "content": merged}, *chat[2:]])


def verdict_tokens(tokenizer: PreTrainedTokenizerBase) -> VerdictTokens:
    """Return how this tokenizer writes the verdict line. Raises ModelError if two verdicts begin alike."""
    start = _plain(tokenizer, SHEET_START)
    choices = []
    for verdict in Verdict:
        line = _plain(tokenizer, f"{SHEET_START} {verdict}\n")
        if line[: len(start)] != start:
            raise ModelError("the tokenizer joins 'verdict:' with the word after it; use another model")
        choices.append(line[len(start) :])
    if len({choice[0] for choice in choices}) != len(choices):
        raise ModelError("two verdicts begin with the same token, so their probabilities cannot be read")
    return VerdictTokens(start=start, choices=tuple(choices))


def _apply(tokenizer: PreTrainedTokenizerBase, chat: list[dict[str, str]]) -> list[int]:
    ids = tokenizer.apply_chat_template(
        chat, add_generation_prompt=True, tokenize=True, return_dict=False, sanitize_control_tokens=True
    )
    return list(ids)


def _plain(tokenizer: PreTrainedTokenizerBase, text: str) -> tuple[int, ...]:
    return tuple(tokenizer(text, add_special_tokens=False)["input_ids"])
