"""Reads yes or no from an official answer to its official question (the title), by rules that may decline.

Measured by `benchmarks/verdict_reading.py`. A reading is made only from a clear echo of what the title asks;
an answer that treats several cases or names a condition of its own is declined, never guessed.
"""

from collections.abc import Callable

from ragqa.corpus.verdict_english import read_english
from ragqa.corpus.verdict_japanese import read_japanese
from ragqa.corpus.verdict_text import VerdictReading, declined
from ragqa.datatypes import Language

_READERS: dict[Language, Callable[[str, str], VerdictReading]] = {
    Language.JA: read_japanese,
    Language.EN: read_english,
}


def read_verdict(answer: str, question: str, lang: Language) -> VerdictReading:
    """Read the verdict that `answer` gives to the short official `question`; Korean is always declined."""
    reader = _READERS.get(lang)
    if reader is None:
        return declined("no rules for this language")
    return reader(answer, question)


__all__ = ["VerdictReading", "read_verdict"]
