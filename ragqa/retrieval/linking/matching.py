"""Proposals: which cards the words of a question might mean, each with the features that `scoring` weighs."""

import re
from collections.abc import Iterator, Mapping

import msgspec

from ragqa.datatypes import Language
from ragqa.retrieval.linking.fuzzy import FuzzyNames
from ragqa.retrieval.linking.names import NameForm, NameIndex, Via
from ragqa.text import fold, is_han, is_hangul, is_kana, jamo, key_characters

_MAX_RANGE = 400
_FUZZY_CUTOFF = 0.7
_KO_PARTICLES = re.compile(
    r"(?:이랑|랑|하고|한테|에게|에서|에다|으로|로|까지|부터|만|도|은|는|이|가|을|를|의|에|와|과|나|이나|라도|처럼|보다"
    r"|인데|이면|면|켜|쓰|맞|뜨|깔|땜에|때문에|이고|고|된|당|치|써|칠|쏘|있|없|끼리|한|이라|라|님|들|걸|꺼|으)"
)


class QuestionKey(msgspec.Struct, frozen=True):
    """A question as a key: `offsets[i]` is where key character i comes from, `starts`/`ends` are word boundaries."""

    text: str
    key: str
    offsets: list[int]
    starts: list[float]
    ends: list[float]


class Proposal(msgspec.Struct, frozen=True):
    """`key[start:end]` of the question might mean `form.key[form_start:form_end]`."""

    start: int
    end: int
    form: NameForm
    form_start: int
    form_end: int
    via: Via
    similarity: float = 1.0


def question_key(text: str) -> QuestionKey:
    """Fold a question and judge at every key character how surely a word starts there and ends before it.

    1.0 is a separator or a change of script, 0.5 a possible boundary inside a run (after a Korean stem that a
    particle follows, between ideographs), 0.0 none.
    """
    pairs = list(key_characters(text))
    key = "".join(char for char, _ in pairs)
    offsets = [offset for _, offset in pairs]
    starts = [_start_weight(text, offsets, i) for i in range(len(pairs))]
    ends = [0.0] * (len(pairs) + 1)
    for i in range(1, len(pairs) + 1):
        ends[i] = 1.0 if i == len(pairs) else _end_weight(text, offsets, i)
    return QuestionKey(text, key, offsets, starts, ends)


def _start_weight(text: str, offsets: list[int], i: int) -> float:
    if i == 0 or offsets[i] > offsets[i - 1] + 1:
        return 1.0
    here, before = text[offsets[i]], text[offsets[i - 1]]
    if offsets[i] == offsets[i - 1]:
        return 0.0
    if _group(here) != _group(before):
        return 1.0
    return 0.5 if is_han(here) else 0.0


def _end_weight(text: str, offsets: list[int], i: int) -> float:
    if offsets[i] > offsets[i - 1] + 1:
        return 1.0
    if offsets[i] == offsets[i - 1]:
        return 0.0
    here, before = text[offsets[i]], text[offsets[i - 1]]
    if is_hangul(here) and is_hangul(before):
        return 0.8 if _KO_PARTICLES.match(text, offsets[i]) else 0.0
    if _group(here) != _group(before):
        return 1.0
    return 0.5 if is_han(here) else 0.0


def _group(char: str) -> str:
    if is_han(char):
        return "han"
    if is_kana(char):
        return "hira" if char < "ァ" else "kata"
    if is_hangul(char):
        return "hangul"
    return "digit" if fold(char).isdigit() else "latin"


class Matcher:
    """Finds proposals in a question; holds the fuzzy index that belongs to the names it was built from."""

    def __init__(self, names: NameIndex, ordinary: Mapping[str, int]) -> None:
        names.build()
        self._names = names
        self._ordinary = ordinary
        self._fuzzy = FuzzyNames(names.forms())

    def proposals(self, question: QuestionKey, lang: Language) -> list[Proposal]:
        """Return every proposal, the longest one for each card and start."""
        found = list(self._exact(question))
        found += self._initials(question, lang)
        found += self._typos(question, lang, _covered(question, found))
        return found

    def _exact(self, question: QuestionKey) -> Iterator[Proposal]:
        for start in range(len(question.key)):
            if not question.starts[start] and not is_hangul(question.text[question.offsets[start]]):
                if not is_kana(question.text[question.offsets[start]]):
                    continue
            longest: dict[str, Proposal] = {}
            for found in self._names.walk(question.key, start):
                if found.high - found.low > _MAX_RANGE:
                    continue
                for form, form_start in self._names.entries(found):
                    form_end = form_start + found.length
                    whole = form_start == 0 and form_end == len(form.key)
                    if found.length < 2 and not (whole and question.starts[start] and question.ends[start + 1]):
                        continue
                    if form.is_alias and not whole:
                        continue
                    via = (Via.ALIAS if form.is_alias else Via.NAME) if whole else Via.PARTIAL
                    proposal = Proposal(start, start + found.length, form, form_start, form_end, via)
                    previous = longest.get(form.card_id)
                    if previous is None or _better(question, proposal, previous):
                        longest[form.card_id] = proposal
            yield from longest.values()

    def _initials(self, question: QuestionKey, lang: Language) -> Iterator[Proposal]:
        for start, end in _windows(question, lang, shortest=2, longest=5, words=1):
            surface = question.key[start:end]
            if surface in self._ordinary or question.starts[start] < 1:
                continue
            if lang is Language.EN:
                if len(surface) >= 3:
                    for form, _ in self._names.by_initials(surface):
                        yield Proposal(start, end, form, 0, len(form.key), Via.INITIALS)
                continue
            for split in range(1, len(surface)):
                for form, (first, second) in self._names.by_initials(surface[0] + surface[split]):
                    if form.key.startswith(surface[:split], first) and form.key.startswith(surface[split:], second):
                        if first + split < second:
                            yield Proposal(start, end, form, first, second + len(surface) - split, Via.INITIALS)

    def _typos(self, question: QuestionKey, lang: Language, covered: list[bool]) -> Iterator[Proposal]:
        best: dict[tuple[str, int], Proposal] = {}
        for start, end in _windows(question, lang, shortest=3, longest=24, words=4):
            surface = question.key[start:end]
            if len(jamo(surface)) < 5 or surface in self._ordinary or all(covered[start:end]):
                continue
            for run, similarity in self._fuzzy.search(surface, _FUZZY_CUTOFF):
                if similarity == 1.0:
                    continue
                key = (run.form.card_id, start)
                proposal = Proposal(start, end, run.form, run.start, run.end, Via.TYPO, similarity)
                if key not in best or _typo_rank(proposal) > _typo_rank(best[key]):
                    best[key] = proposal
        yield from best.values()


def _typo_rank(proposal: Proposal) -> float:
    return proposal.similarity * (proposal.end - proposal.start)


def _better(question: QuestionKey, new: Proposal, old: Proposal) -> bool:
    """Prefer the longer match, unless only the shorter one ends where a word ends."""
    if new.via is not Via.PARTIAL or old.via is not Via.PARTIAL:
        return new.via is not Via.PARTIAL
    return question.ends[new.end] >= question.ends[old.end] or new.form_end - new.form_start > 4


def _covered(question: QuestionKey, proposals: list[Proposal]) -> list[bool]:
    """Mark the characters that a whole name or alias explains already."""
    covered = [False] * len(question.key)
    for proposal in proposals:
        if proposal.via in (Via.NAME, Via.ALIAS) and proposal.end - proposal.start >= 3:
            if question.starts[proposal.start] and question.ends[proposal.end]:
                covered[proposal.start : proposal.end] = [True] * (proposal.end - proposal.start)
    return covered


def _windows(
    question: QuestionKey, lang: Language, *, shortest: int, longest: int, words: int
) -> Iterator[tuple[int, int]]:
    """Yield stretches that start at a word and end at a possible word end, over at most `words` separated words."""
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
