"""Card names that complete what somebody is typing, at the end of a question that is not finished."""

from collections.abc import Callable, Iterator

import msgspec

from ragqa.retrieval.linking.fuzzy import FuzzyNames
from ragqa.retrieval.linking.half_typed import key_ranges
from ragqa.retrieval.linking.names import NameForm, NameIndex, Via
from ragqa.retrieval.linking.question_key import QuestionKey, question_key
from ragqa.text import jamo

_MAX_CHARS = 80
_MAX_WORDS = 6
_MAX_TYPO_WORDS = 4
_ENOUGH = 3
_TYPO_CUTOFF = 0.6
_MIN_TYPO_LETTERS = 4
_ORDINARY = 8
_ENDS = tuple("?!。？！\n")


class Completion(msgspec.Struct, frozen=True, kw_only=True):
    """A card whose name may replace the typed text from character `start` on; `matched` is the name it was found by."""

    card_id: str
    name: str
    matched: str
    via: Via
    start: int


class Found(msgspec.Struct, frozen=True):
    """A name that the key of the typed text matches from `key_start` on; the lower `rank`, the better."""

    form: NameForm
    via: Via
    key_start: int
    rank: tuple[float, ...]


class Completer:
    """Looks up what is typed among all names; `rulings_on` counts the rulings on a card, more of them go first."""

    def __init__(
        self, names: NameIndex, fuzzy: FuzzyNames, ordinary: Callable[[str], int], rulings_on: Callable[[str], int]
    ) -> None:
        self._names = names
        self._fuzzy = fuzzy
        self._ordinary = ordinary
        self._rulings_on = rulings_on

    def complete(self, typed: str, limit: int) -> list[tuple[NameForm, Via, int]]:
        """Return at most `limit` names, each card once, best first, with the character at which each would begin.

        What is typed is taken for a name from each of its last words on; the more of it a name matches, the better.
        """
        skipped = max(0, len(typed) - _MAX_CHARS)
        if typed.endswith(_ENDS):
            return []
        key = question_key(typed[skipped:])
        best: dict[str, Found] = {}
        starts = self._starts(key)
        for start in starts:
            for found in self._exact(key.key[start:], start):
                _keep_better(best, found)
        if len(best) < min(_ENOUGH, limit):
            for start in starts[-_MAX_TYPO_WORDS:]:
                for found in self._typos(key.key[start:], start):
                    _keep_better(best, found)
        ranked = sorted(best.values(), key=lambda found: found.rank)[:limit]
        return [(found.form, found.via, skipped + key.offsets[found.key_start]) for found in ranked]

    def _starts(self, key: QuestionKey) -> list[int]:
        """Key offsets at which a name may begin, the first of them furthest from the end."""
        starts = [i for i, weight in enumerate(key.starts) if weight > 0][-_MAX_WORDS:]
        return [start for start in starts if self._telling(key.key[start:], alone=start == 0)]

    def _telling(self, typed: str, *, alone: bool) -> bool:
        """Whether a text, or the last word of a longer one, may well be the beginning of a name."""
        if alone:
            return len(typed) >= (2 if typed.isascii() else 1)
        letters = jamo(typed)
        least = 3 if typed.isascii() or letters != typed else 2
        return len(letters) >= least and self._ordinary(typed) < _ORDINARY

    def _exact(self, typed: str, key_start: int) -> Iterator[Found]:
        for low, high in key_ranges(typed):
            for form, start in self._names.between(low, high):
                whole = start == 0 and len(form.key) == len(typed)
                kind = 0 if whole else 1 if start == 0 else 2
                via = Via.PARTIAL if start else Via.ALIAS if form.is_alias else Via.NAME
                yield Found(form, via, key_start, (key_start, kind, -self._rulings_on(form.card_id), len(form.key)))

    def _typos(self, typed: str, key_start: int) -> Iterator[Found]:
        if len(jamo(typed)) < _MIN_TYPO_LETTERS:
            return
        for run, similarity in self._fuzzy.search(typed, _TYPO_CUTOFF):
            rank = (key_start, 3, -similarity, -self._rulings_on(run.form.card_id))
            yield Found(run.form, Via.TYPO, key_start, rank)


def _keep_better(best: dict[str, Found], found: Found) -> None:
    kept = best.get(found.form.card_id)
    if kept is None or found.rank < kept.rank:
        best[found.form.card_id] = found
