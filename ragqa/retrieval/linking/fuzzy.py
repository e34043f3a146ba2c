"""Names with typing errors: character n-grams propose, an edit distance over letters decides.

Hangul is compared letter by letter (jamo), so that 배너티대블 is one letter from 배너티 데블, and kana are already
folded by the key. Every run of whole words of a name is a candidate of its own.
"""

from array import array
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain

import msgspec
import numpy as np
from rapidfuzz.distance import OSA

from ragqa.retrieval.linking.names import NameForm
from ragqa.retrieval.linking.packed import Numbers, Packed, pack
from ragqa.text import jamo

_MAX_RUN_WORDS = 6
_MIN_LETTERS = 4
_PROPOSED = 25


class Run(msgspec.Struct, frozen=True, eq=False):
    """Some consecutive words of a name: `form.key[start:end]`."""

    form: NameForm
    start: int
    end: int


class FuzzyTables(msgspec.Struct, frozen=True):
    """The whole of a `FuzzyNames`; `runs` are triples of a form's position, start and end."""

    letters: list[str]
    sizes: bytes
    runs: Packed
    grams: list[str]
    postings: Packed


class FuzzyNames:
    """An inverted index of letter n-grams over all word runs of all names; changed form by form."""

    def __init__(self, forms: Iterable[NameForm] = ()) -> None:
        self._numbers: dict[str, int] = {}
        self._letters: list[str] = []
        self._sizes = array("H")
        self._runs: list[list[Run]] = []
        self._postings: dict[str, array[int] | Numbers] = {}
        for form in forms:
            self.add(form)

    @classmethod
    def restored(cls, tables: FuzzyTables, forms: Sequence[NameForm]) -> "FuzzyNames":
        """Become what `tables` wrote down, over the same forms in the same order."""
        names = cls()
        names._letters = tables.letters
        names._numbers = {letters: number for number, letters in enumerate(tables.letters)}
        names._sizes = array("H", tables.sizes)
        for triples in tables.runs.lists():
            flat = iter(triples.tolist())
            names._runs.append([Run(forms[at], start, end) for at, start, end in zip(flat, flat, flat, strict=True)])
        names._postings = dict(zip(tables.grams, tables.postings.lists(), strict=True))
        return names

    def tables(self, positions: Mapping[NameForm, int]) -> FuzzyTables:
        """Write everything down, each form as its position in a list."""
        return FuzzyTables(
            letters=self._letters,
            sizes=self._sizes.tobytes(),
            runs=pack(
                list(chain.from_iterable((positions[run.form], run.start, run.end) for run in runs))
                for runs in self._runs
            ),
            grams=list(self._postings),
            postings=pack(self._postings.values()),
        )

    def add(self, form: NameForm) -> None:
        """Add the word runs of one form."""
        for run in _runs(form):
            letters = jamo(form.key[run.start : run.end])
            number = self._numbers.get(letters)
            if number is None:
                number = self._numbers[letters] = len(self._letters)
                grams = _grams(letters)
                self._letters.append(letters)
                self._sizes.append(len(grams))
                self._runs.append([])
                for gram in grams:
                    self._posting(gram).append(number)
            self._runs[number].append(run)

    def discard(self, form: NameForm) -> None:
        """Forget the word runs of one form; letters nobody uses any more stay, without runs."""
        for run in _runs(form):
            number = self._numbers[jamo(form.key[run.start : run.end])]
            self._runs[number] = [kept for kept in self._runs[number] if kept.form is not form]

    def _posting(self, gram: str) -> "array[int]":
        """Return the numbers listed under a gram, to append to; those of a snapshot are copied first."""
        found = self._postings.get(gram)
        if not isinstance(found, array):
            found = self._postings[gram] = array("i", () if found is None else found.tobytes())
        return found

    def search(self, key: str, cutoff: float) -> list[tuple[Run, float]]:
        """Return word runs whose similarity to `key` (1 = equal, 0 = nothing in common) is at least `cutoff`.

        Similarity is one minus the optimal string alignment distance over the longer length.
        """
        letters = jamo(key)
        grams = _grams(letters)
        lists = [np.frombuffer(self._postings[gram], np.int32) for gram in grams if gram in self._postings]
        if not lists:
            return []
        numbers, common = np.unique(np.concatenate(lists), return_counts=True)
        sizes = np.frombuffer(self._sizes, np.uint16)[numbers]
        dice = 2 * common / (sizes + len(grams))
        near = np.flatnonzero(dice >= 0.3)
        best = near[np.argsort(-dice[near], kind="stable")[:_PROPOSED]]
        found: list[tuple[Run, float]] = []
        for number in numbers[best].tolist():
            similarity = OSA.normalized_similarity(letters, self._letters[number], score_cutoff=cutoff)
            if similarity >= cutoff:
                found.extend((run, similarity) for run in self._runs[number])
        return found


def _runs(form: NameForm) -> Iterator[Run]:
    bounds = [*form.words, len(form.key)]
    for i, start in enumerate(bounds[:-1]):
        for end in bounds[i + 1 : i + 1 + _MAX_RUN_WORDS]:
            if len(jamo(form.key[start:end])) >= _MIN_LETTERS:
                yield Run(form, start, end)


def _grams(letters: str) -> set[str]:
    """Trigrams of alphabetic letters, bigrams where a text is kana or ideographs and so shorter."""
    size = 3 if letters.isascii() or "ㄱ" <= letters[0] <= "ㅣ" else 2
    padded = f"^{letters}$"
    return {padded[i : i + size] for i in range(len(padded) - size + 1)}
