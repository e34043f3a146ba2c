"""Texts from questions and from the corpus as they may stand in a prompt: quoted material, whatever they say.

The tokenizer of a model in this process keeps control tokens out by itself (`ragqa.generation.chat`); a server behind
an endpoint may not, so the prompt holds none. Nor may a text look like one of the prompt's own numbered passages.
"""

import re

from ragqa.text import visible

_MARKED = re.compile(r"<(?=[|｜/]?[^<>\n]{0,60}[|｜]>)|(?<=[|｜])>")
"""The brackets of `<|im_start|>`, `<｜User｜>` and their kin."""
_NAMED = re.compile(
    r"[<\[](?=/?(?:s|bos|eos|unk|pad|think|INST|SYS|TOOL_CALLS|TOOL_RESULTS|AVAILABLE_TOOLS|SYSTEM_PROMPT"
    r"|start_of_turn|end_of_turn|system|assistant|user|human|question|passages?)[>\]])",
    re.IGNORECASE,
)
_NUMBER = re.compile(r"\[(?=\s*\d{1,3}\s*\])")
_VERDICT = re.compile(r"^(\s*)(verdict|passages|question)\s*[:：]", re.IGNORECASE | re.MULTILINE)
_BROKEN = {"<": "‹", ">": "›", "[": "("}


def quoted(text: str) -> str:
    """Return a text without control tokens, passage numbers, sheet lines and characters that nobody sees.

    What is taken away is only the form: `<|im_start|>` becomes `‹|im_start|›`, `[1]` becomes `(1]`.
    """
    plain = visible(text)
    for pattern in (_MARKED, _NAMED, _NUMBER):
        plain = pattern.sub(lambda match: _BROKEN[match[0]], plain)
    return _VERDICT.sub(r"\1\2 -", plain)


def quoted_line(text: str) -> str:
    """Return a text as `quoted` does, on one line: a heading or a question cannot begin a passage of its own."""
    return " ".join(quoted(text).split())
