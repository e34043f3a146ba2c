"""Words that look like the name of a card that nobody here knows, with the nearest names."""

import re
from collections.abc import Callable, Iterator, Mapping

from rapidfuzz import fuzz, process

from ragqa.datatypes import CardCandidate, Language, Linking, Question, UnlinkedSpan
from ragqa.grounding.concepts import concepts
from ragqa.text import fold, name_key

_WORDS = {
    Language.EN: re.compile(r"[A-Za-z][\w'’-]+"),
    Language.KO: re.compile(r"[가-힣A-Za-z0-9・·]+"),
    Language.JA: re.compile(r"(?:[ァ-ヺー・一-鿿々Ａ-ＺA-Z]|(?<=[一-鿿ァ-ヺー])の(?=[ァ-ヺ一-鿿]))+"),
}
_PARTICLES = re.compile(
    r"(?:이라는|라는|한테|에게|에서|으로|이랑|까지|부터|처럼|보다|은|는|이|가|을|를|의|에|로|도|랑|와|과|만)$"
)
_WHOSE = re.compile(r"^(?:相手|自分|お互い)")
_VERBAL = re.compile(
    r"(?:[함됨음임짐감봄줌남됌요까냐나니지죠다면서고데야려해돼써져줘]|[했됐었았]을?|때|[할될쓸는던]|효과|[0-9]번?|있|없|수있|가능|이거|그거)$"
)
_TO_WHOM = re.compile(r"한테|에게")
_ANYONE = re.compile(r"(?:짜리|몹|놈|들|속성|족|마리|명|렙|레벨|몬스터|토큰)$")
_MIN_CHARS = {Language.EN: 4, Language.KO: 2, Language.JA: 3}
_NEAREST = 3
_NEAR_ENOUGH = 60.0
_MOST = 2


def strangers(
    question: Question, linking: Linking, ordinary: Mapping[str, int], names: Mapping[str, str]
) -> tuple[UnlinkedSpan, ...]:
    """Return runs of words outside the links that are neither ordinary nor of the game's lexicon, longest first.

    `ordinary` counts ordinary words by `name_key`, `names` are the cards' names by card id, in the asker's language.
    """
    taken = [(card.start, card.end) for card in linking.cards] + [(span.start, span.end) for span in linking.unlinked]
    runs = [
        run for run in _runs(question, ordinary) if not any(run[0] < end and start < run[1] for start, end in taken)
    ]
    runs.sort(key=lambda run: run[0] - run[1])
    return tuple(_span(question.text, start, end, names) for start, end in sorted(runs[:_MOST]))


def strange_recipients(
    question: Question,
    linking: Linking,
    ordinary: Mapping[str, int],
    names_in: Callable[[Language], Mapping[str, str]],
) -> tuple[UnlinkedSpan, ...]:
    """Return the strangers that something is done to: who is meant by 벨코르한테 is open, whatever else is linked.

    Korean only, whose 한테 and 에게 mark it; English and Japanese have no such mark.
    """
    if question.lang is not Language.KO or not _TO_WHOM.search(question.text):
        return ()
    return tuple(
        span
        for span in strangers(question, linking, ordinary, names_in(question.lang))
        if _TO_WHOM.match(question.text, span.end) and not _ANYONE.search(span.surface)
    )


def _runs(question: Question, ordinary: Mapping[str, int]) -> Iterator[tuple[int, int]]:
    """Yield runs of strange words that only spaces or hyphens part."""
    begun: tuple[int, int] | None = None
    for match in _WORDS[question.lang].finditer(question.text):
        word = _PARTICLES.sub("", match[0]) if question.lang is Language.KO else match[0]
        if not _strange(word, match[0], question.lang, ordinary):
            continue
        end = match.start() + len(word)
        if begun and not question.text[begun[1] : match.start()].strip(" -–・"):
            begun = begun[0], end
            continue
        if begun and begun[1] - begun[0] >= _MIN_CHARS[question.lang]:
            yield begun
        begun = match.start(), end
    if begun and begun[1] - begun[0] >= _MIN_CHARS[question.lang]:
        yield begun


def _strange(word: str, whole: str, lang: Language, ordinary: Mapping[str, int]) -> bool:
    if name_key(word) in ordinary or name_key(whole) in ordinary or concepts(word, lang):
        return False
    if lang is Language.JA:
        return not all(_known_japanese(part, ordinary) for part in word.split("の"))
    if lang is Language.KO:
        return not _VERBAL.search(whole) and len(word) > 1
    return len(word) >= _MIN_CHARS[lang] or word[0].isupper()


def _known_japanese(word: str, ordinary: Mapping[str, int]) -> bool:
    bare = _WHOSE.sub("", word)
    return not bare or name_key(bare) in ordinary or bool(concepts(bare, Language.JA))


def _span(text: str, start: int, end: int, names: Mapping[str, str]) -> UnlinkedSpan:
    near = process.extract(
        text[start:end], names, scorer=fuzz.ratio, processor=fold, limit=_NEAREST, score_cutoff=_NEAR_ENOUGH
    )
    candidates = tuple(
        CardCandidate(card_id=card_id, name=name, score=round(score / 100, 4)) for name, score, card_id in near
    )
    return UnlinkedSpan(start=start, end=end, surface=text[start:end], candidates=candidates)
