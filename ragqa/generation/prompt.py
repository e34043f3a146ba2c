"""The prompt: numbered passages and the question, rendered from a versioned template file.

The part that never changes comes first, so that concurrent requests share its key-value pages.
"""

import hashlib
from collections.abc import Sequence
from functools import lru_cache
from importlib import resources
from typing import NamedTuple

import msgspec
from jinja2 import Environment, StrictUndefined

from ragqa.datatypes import Language, Passage, Question, SheetFault
from ragqa.generation.quoting import quoted, quoted_line
from ragqa.protocols import Prompt, Settled

_TEMPLATE = "answer-1"
_LANGUAGES = {Language.EN: "English", Language.KO: "Korean", Language.JA: "Japanese"}


_FILES = ("system.txt", "user.j2", "repair.txt")
_FAULTS = {
    SheetFault.NO_VERDICT: 'it did not begin with the line "verdict: ..."',
    SheetFault.NO_CITATION: "no sentence of it ended in the number of a passage",
}


class _Templates(NamedTuple):
    """The texts of a prompt; `version` carries a hash of them."""

    system: str
    user: str
    repair: str
    version: str


@lru_cache(maxsize=1)
def _templates() -> _Templates:
    folder = resources.files("ragqa.generation") / "templates"
    system, user, repair = ((folder / f"{_TEMPLATE}.{name}").read_text("utf-8") for name in _FILES)
    digest = hashlib.sha256((system + user + repair).encode()).hexdigest()[:8]
    return _Templates(system, user, repair, f"{_TEMPLATE}+{digest}")


def prompt_version() -> str:
    """Return the version that answers carry."""
    return _templates().version


def build_prompt(question: Question, passages: Sequence[Passage], settled: Settled | None) -> Prompt:
    """Number passages from 1, those that settle the question first; attribution reads the same numbers."""
    first = [passage for passage in (settled.passage, settled.rule_passage) if passage] if settled else []
    known = {passage.passage_id for passage in first}
    ordered = [*first, *(passage for passage in passages if passage.passage_id not in known)]
    templates = _templates()
    environment = Environment(undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    environment.filters.update(quoted=quoted, quoted_line=quoted_line)
    text = environment.from_string(templates.user).render(
        passages=list(enumerate(ordered, 1)),
        question=question.text,
        language=_LANGUAGES[question.lang],
        settled=settled,
    )
    messages = ({"role": "system", "content": templates.system.strip()}, {"role": "user", "content": text.strip()})
    return Prompt(
        question=question, messages=messages, passages=tuple(ordered), settled=settled, version=templates.version
    )


def ask_again(prompt: Prompt, fault: SheetFault) -> Prompt:
    """Return the prompt with the request to repair what could not be read.

    It comes last and brings nothing of the model's first try along, so that all before it is shared with that try.
    """
    *before, last = prompt.messages
    request = _templates().repair.strip().format(fault=_FAULTS[fault], passages=len(prompt.passages))
    again = {**last, "content": f"{last['content']}\n\n{request}"}
    return msgspec.structs.replace(prompt, messages=(*before, again))
