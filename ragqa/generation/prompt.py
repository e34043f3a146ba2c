"""The prompt: numbered passages and the question, rendered from a versioned template file.

The part that never changes comes first, so that concurrent requests share its key-value pages.
"""

import hashlib
from collections.abc import Sequence
from functools import lru_cache
from importlib import resources

from jinja2 import Environment, StrictUndefined

from ragqa.datatypes import Language, Passage, Question
from ragqa.generation.quoting import quoted, quoted_line
from ragqa.protocols import Prompt, Settled

_TEMPLATE = "answer-1"
_LANGUAGES = {Language.EN: "English", Language.KO: "Korean", Language.JA: "Japanese"}


@lru_cache(maxsize=1)
def _templates() -> tuple[str, str, str]:
    """Return (system text, user template, version); the version carries a hash of both texts."""
    folder = resources.files("ragqa.generation") / "templates"
    system = (folder / f"{_TEMPLATE}.system.txt").read_text("utf-8")
    user = (folder / f"{_TEMPLATE}.user.j2").read_text("utf-8")
    digest = hashlib.sha256((system + user).encode()).hexdigest()[:8]
    return system, user, f"{_TEMPLATE}+{digest}"


def prompt_version() -> str:
    """Return the version that answers carry."""
    return _templates()[2]


def build_prompt(question: Question, passages: Sequence[Passage], settled: Settled | None) -> Prompt:
    """Number passages from 1, those that settle the question first; attribution reads the same numbers."""
    first = [passage for passage in (settled.passage, settled.rule_passage) if passage] if settled else []
    known = {passage.passage_id for passage in first}
    ordered = [*first, *(passage for passage in passages if passage.passage_id not in known)]
    system, user, version = _templates()
    environment = Environment(undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    environment.filters.update(quoted=quoted, quoted_line=quoted_line)
    text = environment.from_string(user).render(
        passages=list(enumerate(ordered, 1)),
        question=question.text,
        language=_LANGUAGES[question.lang],
        settled=settled,
    )
    messages = ({"role": "system", "content": system.strip()}, {"role": "user", "content": text.strip()})
    return Prompt(question=question, messages=messages, passages=tuple(ordered), settled=settled, version=version)
