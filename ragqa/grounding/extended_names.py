"""Names of known cards inside longer names that nobody knows: "Greater Book of Eclipse" is not Book of Eclipse.

A question whose link is so extended is not settled: which card it means is open. Words count as part of a name where
they touch the link without a space (Korean, Japanese), or stand beside it as only names do (English: capitals, "of"),
unless the game's lexicon or ordinary language knows them, or the card's own name goes on in a like way.
"""

import re
from collections.abc import Callable, Mapping, Sequence

import msgspec
from rapidfuzz import fuzz

from ragqa.datatypes import CardCandidate, Language, LinkedCard, Linking, Question, UnlinkedSpan
from ragqa.grounding.concepts import concepts
from ragqa.text import fold, jamo, name_key

NamesOf = Callable[[str], Sequence[str]]
"""From a card id to the official names of that card."""

_FREQUENT = 300
_ALIKE = 55.0
_ALIKE_WORD = 80.0
_CONFIRMED = "confirmed"
_GLUED = {Language.KO: re.compile(r"[가-힣]+"), Language.JA: re.compile(r"[ァ-ヺー・一-鿿々]+")}
_OWNERS = {
    Language.KO: re.compile(
        r"(?:상대|자신|자기|내|제|그|이|걍|그냥|패|덱|묘지|필드|또|더|둘다|만약|보통|근데|혹시|턴|페이즈)$"
    ),
    Language.JA: re.compile(
        r"[相自敵俺僕私今場墓手時後前際中内上下側方分為間同表裏次両例仮]$|(?:ターン|フェイズ|ステップ)$"
    ),
}
_ENDING = re.compile(
    r"(?:이랑|랑|하고|한|에|체인|으로|로|까지|부터|만|도|은|는|이|가|을|를|의|와|과|나|라|처럼|보다|면|켜|킨|켠|쓰|쓴|쓸|썼|써|맞|뜨|뜬|떠|깔|땜"
    r"|때|고|된|될|되|돼|당|치|친|쳐|쳤|칠|쏘|쏜|쏠|있|없|끼리|할|해|했|하|님|들|걸|꺼|던|박|막|먹|발|효|소환|특|파괴|제외|묘지|패[에의로를가]|드|서|세|대|쪽|같|안|못"
    r"|중|전|후|내|바|뒤|올|낸|냈|급|였|인|일|임|입|거|건|께|여|야|아|요|죠|냐|니|지|씩|뿐|밖|조|마|본|자|관)"
)
_NEXT = re.compile(r" (?P<word>[가-힣]{2,}?)(?:을|를|의|에|은|는|이|가|로|한테)(?=[\s,.?!]|$)")
_WHOSE = {
    Language.KO: re.compile(r"(?P<word>[가-힣]+)의 $"),
    Language.JA: re.compile(r"(?P<word>[ァ-ヺー・一-鿿々]+)の$"),
}
_GREATER_CHARS = "대초진신극소大超真新神極小"
_INFLECTED = re.compile("[ぁ-ん](?<![をがはもにのでへや])")
_NAMED = re.compile(
    r"(?:'?s)? of (?:the )?"
    r"(?!(?:my|mine|opp\w*|his|hers?|theirs?|yours?|ours?|an?|same|this|that|it)\b)[A-Za-z][\w'’-]+"
    r"(?: [A-Z][\w'’-]+)*"
    r"|(?:'?s)?(?: (?:of|the|and|in))* [A-Z][a-z'’-]{3,}(?: [A-Z][\w'’-]+)*",
)
_BEFORE = re.compile(r"(?P<first>^|[.!?:;,(\"“] ?)?(?P<word>[A-Za-z][\w’'-]*)[ -]$")
_GREATER = re.compile(
    r"(?:greater|lesser|grand|elder|mega|super|ultra|hyper|neo|mini|anti|true|eternal|ultimate|cursed|corrupted"
    r"|dark|light|black|white|red|blue|golden|silver|old|young|little)$"
)


def extended_names(
    question: Question, linking: Linking, ordinary: Mapping[str, int], names_of: NamesOf
) -> tuple[UnlinkedSpan, ...]:
    """Return the longer names around linked cards that are no card's, each with the linked card as its candidate.

    `ordinary` counts ordinary words by `name_key`. Cards that the user confirmed are never doubted.
    """
    links = sorted((each for each in linking.cards if each.surface), key=lambda each: each.start)
    found = []
    for place, link in enumerate(links):
        if link.via == _CONFIRMED:
            continue
        after = links[place + 1].start if place + 1 < len(links) else len(question.text)
        before = links[place - 1].end if place else 0
        around = _Around(question, _whole(question.text, link, names_of), before, after, ordinary, names_of)
        span = around.english() if question.lang is Language.EN else around.glued()
        if span:
            found.append(span)
    return tuple(found)


class _Around(msgspec.Struct, frozen=True):
    """A link and the free text on both sides of it, from `before` up to `after`."""

    question: Question
    link: LinkedCard
    before: int
    after: int
    ordinary: Mapping[str, int]
    names_of: NamesOf

    def english(self) -> UnlinkedSpan | None:
        head, tail = self._head(), self._tail()
        start, end = self.link.start, self.link.end
        named = _NAMED.match(tail)
        if named and not self._known(named[0].split()[-1]) and not self._goes_on(named[0], before=False):
            end += named.end()
        word = _BEFORE.search(head)
        if word and self._extends(word) and not self._goes_on(word["word"], before=True):
            start = self.before + word.start("word")
        if (start, end) == (self.link.start, self.link.end) and not self._prefixed():
            return None
        return self._span(start, end)

    def _extends(self, word: re.Match[str]) -> bool:
        said = word["word"]
        if _GREATER.match(fold(said)):
            return True
        first = word["first"] is not None and (word["first"] != "" or self.before == 0)
        plain = said.isupper() or said.endswith(("'s", "’s"))
        return said[0].isupper() and not first and not plain and not self._known(said)

    def _prefixed(self) -> bool:
        """Whether a word of the name stands there with something before it, as in "Unmatched"."""
        said = [name_key(word) for word in self.link.surface.split()]
        words = [name_key(word) for name in self.names_of(self.link.card_id) for word in name.split()]
        return any(
            len(word) > 4 and each.endswith(word) and len(each) - len(word) > 1 and each not in words
            for each in said
            for word in words
        )

    def glued(self) -> UnlinkedSpan | None:
        lang, start, end = self.question.lang, self.link.start, self.link.end
        head = re.search(_GLUED[lang].pattern + "$", self._head())
        if head and not (self.before and head.start() == 0) and not self._spoken(head[0], before=True):
            start = self.before + head.start()
        whose = _WHOSE[lang].search(self._head())
        if whose and self._name_before() and not self._spoken(whose["word"], before=True):
            start = self.before + whose.start()
        tail = _GLUED[lang].match(self._tail())
        if tail and self.link.end + tail.end() != self.after and not self._spoken(tail[0], before=False):
            end += tail.end()
        other = _NEXT.match(self._tail()) if lang is Language.KO else None
        if other and self._other_second_word(other["word"]):
            end = self.link.end + other.end("word")
        return None if (start, end) == (self.link.start, self.link.end) else self._span(start, end)

    def _other_second_word(self, word: str) -> bool:
        """Whether only the first words of a name are linked, and a strange word stands for the rest."""
        begun = any(name.startswith(f"{self.link.surface} ") for name in self.names_of(self.link.card_id))
        return begun and not self._spoken(word, before=True)

    def _spoken(self, words: str, *, before: bool) -> bool:
        """Whether what touches the name is speech, or the name itself written in another way."""
        lang = self.question.lang
        usual = name_key(words) in self.ordinary and not (before and words in _GREATER_CHARS)
        if usual or not words.strip("ー・") or self._goes_on(words, before=before):
            return True
        if before:
            return bool(_OWNERS[lang].search(words)) or bool(concepts(words, lang))
        if lang is Language.KO:
            return bool(_ENDING.match(words))
        follows = self.question.text[self.link.end + len(words) :][:1]
        return bool(concepts(words, lang)) or (len(words) <= 2 and bool(_INFLECTED.match(follows)))

    def _goes_on(self, words: str, *, before: bool) -> bool:
        """Whether a name of the card has something like these words there."""
        key, surface = name_key(words), name_key(self.link.surface)
        for name in map(name_key, self.names_of(self.link.card_id)):
            at = name.find(surface)
            if at >= 0:
                rest = name[:at] if before else name[at + len(surface) :]
                if rest and self._alike(rest, key):
                    return True
        return False

    def _alike(self, rest: str, key: str) -> bool:
        """Whether the words are the rest of the name; where words are parted by spaces, whole words are compared."""
        if self.question.lang is Language.EN:
            return rest.startswith(key) or rest.endswith(key) or fuzz.ratio(rest, key) >= _ALIKE_WORD
        return fuzz.partial_ratio(jamo(rest), jamo(key)) >= _ALIKE

    def _name_before(self) -> bool:
        """Whether the linked words are only the end of the card's name, behind a genitive."""
        surface = name_key(self.link.surface)
        return any(
            key.endswith(surface) and key[: -len(surface)].endswith(("의", "の"))
            for key in map(name_key, self.names_of(self.link.card_id))
        )

    def _known(self, word: str) -> bool:
        return self.ordinary.get(name_key(word), 0) >= _FREQUENT or bool(concepts(word, self.question.lang))

    def _head(self) -> str:
        return self.question.text[self.before : self.link.start]

    def _tail(self) -> str:
        return self.question.text[self.link.end : self.after]

    def _span(self, start: int, end: int) -> UnlinkedSpan:
        candidate = CardCandidate(card_id=self.link.card_id, name=self.link.name, score=self.link.score)
        text = self.question.text[start:end]
        return UnlinkedSpan(start=start, end=end, surface=text, candidates=(candidate,))


def _whole(text: str, link: LinkedCard, names_of: NamesOf) -> LinkedCard:
    """Return the link over the whole official name where that stands in the text around it."""
    for name in names_of(link.card_id):
        spaced = r"\s*".join(re.escape(char) for char in name if not char.isspace())
        for match in re.finditer(spaced, text, re.IGNORECASE):
            if match.start() < link.end and link.start < match.end() and len(match[0]) > 2:
                return msgspec.structs.replace(link, start=match.start(), end=match.end(), surface=match[0])
    return link
