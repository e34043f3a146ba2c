"""Proposals: which cards the words of a question might mean."""

from collections.abc import Iterable, Iterator, Mapping

import msgspec

from ragqa.datatypes import Language
from ragqa.retrieval.linking.fuzzy import FuzzyNames
from ragqa.retrieval.linking.names import NameForm, NameIndex, Via
from ragqa.retrieval.linking.question_key import QuestionKey
from ragqa.text import is_hangul, is_kana, jamo

_MAX_RANGE = 300
_FUZZY_CUTOFF = 0.7
_MIN_TYPO_LETTERS = 5
_ORDINARY = 8
"""Occurrences in game texts from which on a word is ordinary: a part of a name alone does not mean the card then."""


class Proposal(msgspec.Struct, frozen=True):
    """`key[start:end]` of the question might mean `form.key[form_start:form_end]`."""

    start: int
    end: int
    form: NameForm
    form_start: int
    form_end: int
    via: Via
    similarity: float = 1.0

    @property
    def is_whole(self) -> bool:
        """Whether a whole name or alias stands in the question."""
        return self.via is Via.NAME or self.via is Via.ALIAS

    @property
    def coverage(self) -> float:
        """Share of the name's letters that the question has."""
        return (self.form_end - self.form_start) / len(self.form.key)

    def overlaps(self, other: "Proposal") -> bool:
        """Whether both claim some of the same words."""
        return self.start < other.end and other.start < self.end


class Matcher:
    """Finds proposals in questions over names that change form by form.

    `ordinary` counts words of the game's language, by key: 융합 (Fusion) is a card's name and a word of every
    third text.
    """

    def __init__(self, ordinary: Mapping[str, int], names: NameIndex, fuzzy: FuzzyNames) -> None:
        self._ordinary = ordinary
        self._names = names
        self._fuzzy = fuzzy

    def proposals(self, question: QuestionKey, lang: Language) -> list[Proposal]:
        """Return the best proposal for every card and span."""
        exact = list(self._exact(question))
        best: dict[tuple[str, int, int], Proposal] = {}
        for proposal in (
            *exact,
            *self._initials(question, lang),
            *self._typos(question, lang, _explained(question, exact)),
        ):
            if not self._plausible(question, proposal):
                continue
            key = (proposal.form.card_id, proposal.start, proposal.end)
            if key not in best or _rank(proposal) > _rank(best[key]):
                best[key] = proposal
        return list(best.values())

    def _plausible(self, question: QuestionKey, proposal: Proposal) -> bool:
        if proposal.is_whole:
            return True
        surface = question.key[proposal.start : proposal.end]
        if self._ordinary.get(surface, 0) >= _ORDINARY:
            return False
        cut_anywhere = not question.ends[proposal.end] and proposal.form_end not in (
            *proposal.form.words,
            len(proposal.form.key),
        )
        return not (proposal.via is Via.PARTIAL and cut_anywhere and len(surface) < 4)

    def _exact(self, question: QuestionKey) -> Iterator[Proposal]:
        for start in range(len(question.key)):
            char = question.text[question.offsets[start]]
            if not (question.starts[start] or is_hangul(char) or is_kana(char)):
                continue
            longest: dict[str, Proposal] = {}
            for found in self._names.walk(question.key, start):
                if found.high - found.low > _MAX_RANGE:
                    continue
                for form, form_start in self._names.suffixes(found):
                    proposal = _exact_proposal(question, start, form, form_start, found.length)
                    if proposal and _better(question, proposal, longest.get(form.card_id)):
                        longest[form.card_id] = proposal
            yield from longest.values()

    def _initials(self, question: QuestionKey, lang: Language) -> Iterator[Proposal]:
        for start, end in _windows(question, lang, shortest=2, longest=5, words=1):
            surface = question.key[start:end]
            if surface in self._ordinary:
                continue
            if lang is Language.EN:
                for form in self._names.by_initials(surface):
                    yield Proposal(start, end, form, 0, len(form.key), Via.INITIALS)
                continue
            for split in range(1, len(surface)):
                for form in self._names.by_initials(surface[0] + surface[split]):
                    if form.lang is not Language.EN and (spread := _clipped(form, surface, split)):
                        yield Proposal(start, end, form, *spread, Via.INITIALS)

    def _typos(self, question: QuestionKey, lang: Language, explained: list[bool]) -> Iterator[Proposal]:
        for start, end in _windows(question, lang, shortest=3, longest=24, words=4):
            surface = question.key[start:end]
            if surface in self._ordinary or all(explained[start:end]) or len(jamo(surface)) < _MIN_TYPO_LETTERS:
                continue
            if len(surface) <= 3 and not surface.isascii():
                continue
            for run, similarity in self._fuzzy.search(surface, _FUZZY_CUTOFF):
                if similarity < 1.0:
                    yield Proposal(start, end, run.form, run.start, run.end, Via.TYPO, similarity)


def _exact_proposal(question: QuestionKey, start: int, form: NameForm, form_start: int, length: int) -> Proposal | None:
    form_end = form_start + length
    whole = form_start == 0 and form_end == len(form.key)
    if form.is_alias and not whole:
        return None
    if length < 2 and not (whole and question.starts[start] and question.ends[start + 1]):
        return None
    via = (Via.ALIAS if form.is_alias else Via.NAME) if whole else Via.PARTIAL
    return Proposal(start, start + length, form, form_start, form_end, via)


def _better(question: QuestionKey, new: Proposal, old: Proposal | None) -> bool:
    """Prefer whole names, then the longer match unless only the shorter one ends where a word ends."""
    if old is None:
        return True
    if new.is_whole or old.is_whole:
        return new.is_whole
    return question.ends[new.end] >= question.ends[old.end] or new.form_end - new.form_start > 4


def _rank(proposal: Proposal) -> tuple[bool, float]:
    return proposal.is_whole, proposal.similarity * proposal.coverage


def _clipped(form: NameForm, surface: str, split: int) -> tuple[int, int] | None:
    """Where `surface[:split]` and `surface[split:]` begin two morphemes of a name, one after the other."""
    head, tail = surface[:split], surface[split:]
    for first in form.morphemes:
        if form.key.startswith(head, first):
            for second in form.morphemes:
                if second > first + split and form.key.startswith(tail, second):
                    return first, second + len(tail)
    return None


def _explained(question: QuestionKey, proposals: Iterable[Proposal]) -> list[bool]:
    """Mark the characters that a whole name or alias between word boundaries explains already."""
    explained = [False] * len(question.key)
    for proposal in proposals:
        length = proposal.end - proposal.start
        if proposal.is_whole and length >= 3 and question.starts[proposal.start] and question.ends[proposal.end]:
            explained[proposal.start : proposal.end] = [True] * length
    return explained


def _windows(
    question: QuestionKey, lang: Language, *, shortest: int, longest: int, words: int
) -> Iterator[tuple[int, int]]:
    """Yield stretches from a word's start to a possible word end, over at most `words` separated words."""
    length = len(question.key)
    threshold = 1.0 if lang is Language.EN else 0.5
    for start in range(length):
        if question.starts[start] < 1.0:
            continue
        passed = 0
        for end in range(start + 1, min(length, start + longest) + 1):
            if question.ends[end] >= threshold and end - start >= shortest:
                yield start, end
            if end < length and question.offsets[end] > question.offsets[end - 1] + 1:
                passed += 1
                if passed >= words:
                    break
