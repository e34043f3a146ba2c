"""Which actions, places and times a text speaks of, in three languages: the lexicon of `lexicon.toml`."""

import re
import tomllib
from functools import lru_cache
from importlib import resources

from ragqa.datatypes import Language
from ragqa.text import fold


@lru_cache(maxsize=1)
def _lexicon() -> dict[Language, dict[str, re.Pattern[str]]]:
    entries = tomllib.loads((resources.files("ragqa.grounding") / "lexicon.toml").read_text("utf-8"))
    patterns: dict[Language, dict[str, re.Pattern[str]]] = {lang: {} for lang in Language}
    for concept, by_language in entries.items():
        for lang, words in by_language.items():
            bounded = rf"(?<![a-z0-9])(?:{words})(?![a-z0-9])" if lang == Language.EN else words
            patterns[Language(lang)][concept] = re.compile(bounded)
    return patterns


def concepts(text: str, lang: Language) -> frozenset[str]:
    """Return the concepts a text speaks of."""
    folded = fold(text)
    return frozenset(concept for concept, pattern in _lexicon()[lang].items() if pattern.search(folded))
