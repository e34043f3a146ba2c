"""Why a rule answers as it does, in the asker's language: the phrases of `reasons.json`."""

import json
from collections.abc import Mapping
from functools import lru_cache
from importlib import resources

from ragqa.datatypes import Language

_QUOTED = {Language.EN: '"{}"', Language.KO: '"{}"', Language.JA: "「{}」"}


@lru_cache(maxsize=1)
def phrases() -> Mapping[str, Mapping[str, str]]:
    """Return the phrases by key and language; `{actor}` and `{against}` stand for names of cards."""
    read: Mapping[str, Mapping[str, str]] = json.loads(
        (resources.files("ragqa.grounding.rules") / "reasons.json").read_text("utf-8")
    )
    return read


def reason(
    key: str, actor: Mapping[Language, str], against: Mapping[Language, str] | None = None
) -> dict[Language, str]:
    """Fill in the names of the cards, each language with its own name where there is one."""
    return {
        Language(lang): text.format(actor=_name(actor, Language(lang)), against=_name(against or {}, Language(lang)))
        for lang, text in phrases()[key].items()
    }


def _name(names: Mapping[Language, str], lang: Language) -> str:
    name = next((names[each] for each in (lang, *Language) if names.get(each)), "")
    return _QUOTED[lang].format(name) if name else ""
