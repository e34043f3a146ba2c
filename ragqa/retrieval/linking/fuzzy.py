"""Names with typing errors: character bigrams propose, an edit distance over letters decides.

Hangul is compared letter by letter (jamo), so that 배너티대블 is one letter from 배너티 데블, and kana are already
folded by `name_key`. Every run of whole words of a name is a candidate of its own.
"""

from collections.abc import Iterable

import msgspec
import numpy as np
from numpy.typing import NDArray
from rapidfuzz.distance import OSA

from ragqa.retrieval.linking.names import NameForm
from ragqa.text import jamo

_MAX_RUN_WORDS = 6
_PROPOSED = 40


class Run(msgspec.Struct, frozen=True, eq=False):
    """Some consecutive words of a name: `form.key[start:end]`."""

    form: NameForm
    start: int
    end: int


class FuzzyNames:
    """An inverted index of letter bigrams over all word runs of all names."""

    def __init__(self, forms: Iterable[NameForm]) -> None:
        runs: dict[str, list[Run]] = {}
        for form in forms:
            bounds = [*form.words, len(form.key)]
            for i, start in enumerate(bounds[:-1]):
                for end in bounds[i + 1 : i + 1 + _MAX_RUN_WORDS]:
                    letters = jamo(form.key[start:end])
                    if len(letters) >= 4:
                        runs.setdefault(letters, []).append(Run(form, start, end))
        self._letters = list(runs)
        self._runs = list(runs.values())
        postings: dict[str, list[int]] = {}
        for number, letters in enumerate(self._letters):
            for gram in _bigrams(letters):
                postings.setdefault(gram, []).append(number)
        self._postings = {gram: np.array(numbers, np.int32) for gram, numbers in postings.items()}
        self._lengths: NDArray[np.float32] = np.array([len(_bigrams(text)) for text in self._letters], np.float32)

    def search(self, key: str, cutoff: float) -> list[tuple[Run, float]]:
        """Return word runs whose similarity to `key` (1 = equal, 0 = nothing in common) is at least `cutoff`."""
        letters = jamo(key)
        grams = _bigrams(letters)
        lists = [self._postings[gram] for gram in grams if gram in self._postings]
        if not lists:
            return []
        numbers, common = np.unique(np.concatenate(lists), return_counts=True)
        dice = 2 * common / (self._lengths[numbers] + len(grams))
        best = np.argsort(-dice, kind="stable")[:_PROPOSED]
        found: list[tuple[Run, float]] = []
        for number in numbers[best]:
            similarity = OSA.normalized_similarity(letters, self._letters[number], score_cutoff=cutoff)
            if similarity >= cutoff:
                found.extend((run, similarity) for run in self._runs[number])
        return found


def _bigrams(letters: str) -> set[str]:
    padded = f"^{letters}$"
    return {padded[i : i + 2] for i in range(len(padded) - 1)}
