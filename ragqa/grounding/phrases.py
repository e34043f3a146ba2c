"""The pieces of words by which a question turns a ruling round: 안 되, survive, 残る.

Whether "yes" to the question is "yes" to the ruling hangs on a few letters at a verb's end in Korean and Japanese, and
on one word in English. The gate learns weights for character n-grams of the asking sentence and of the ruling's own
predicate; no list of such words could be complete in three languages.
"""

from collections.abc import Iterator

from ragqa.datatypes import Language
from ragqa.text import fold

_SHORTEST, _LONGEST = 2, 5
_CLAUSE_CHARS = 60
_PREDICATE_CHARS = 22


def asked_phrases(clause: str, lang: Language) -> frozenset[str]:
    """Return the n-grams of a question's asking sentence, its card names blanked, e.g. `asks ko 안되`."""
    return frozenset(f"asks {lang} {part}" for part in _ngrams(fold(clause)[-_CLAUSE_CHARS:], _LONGEST))


def ruled_phrases(title: str, lang: Language) -> frozenset[str]:
    """Return the n-grams of the end of a ruling's question, where Japanese and Korean have the verb."""
    return frozenset(f"rules {lang} {part}" for part in _ngrams(fold(title)[-_PREDICATE_CHARS:], _LONGEST - 1))


def _ngrams(text: str, longest: int) -> Iterator[str]:
    """Yield the character n-grams of each word, its borders marked by a space."""
    for word in text.split():
        bounded = f" {word} "
        for size in range(_SHORTEST, longest + 1):
            for start in range(len(bounded) - size + 1):
                yield bounded[start : start + size]
