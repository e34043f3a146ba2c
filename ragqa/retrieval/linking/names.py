"""Every way a card's name can stand in a question: whole, from any of its words on, cut short, as initials.

A name is kept as a key (`ragqa.text.name_key`: letters and digits only) with the offsets at which its words begin.
All suffixes that begin at a word are kept in one sorted list, so that a walk along the question finds whole names,
partial names (`ネクロバレー`) and clipped names (`미래융합`) alike, by narrowing a range of that list.
"""

import re
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Iterator
from enum import StrEnum

import msgspec

from ragqa.datatypes import Card, CardAliases, Language
from ragqa.text import is_han, is_hangul, is_kana, key_characters, strip_ruby

_LAST = "\U0010ffff"
_ALWAYS_SKIPPED = {"the", "of", "and", "a", "an", "to", "in", "for"}


class Via(StrEnum):
    """How a span was recognised as a card."""

    NAME = "name"
    ALIAS = "alias"
    PARTIAL = "partial"
    INITIALS = "initials"
    TYPO = "typo"
    CONFIRMED = "confirmed"


class NameForm(msgspec.Struct, frozen=True, eq=False):
    """One name or alias of a card; `words` are the offsets in `key` at which its words begin (0 included)."""

    card_id: str
    lang: Language
    text: str
    key: str
    words: tuple[int, ...]
    is_alias: bool


class PrefixRange(msgspec.Struct, frozen=True):
    """Suffixes that begin with `key[start:start + length]`: entries `low` to `high` of the sorted list."""

    length: int
    low: int
    high: int


def _script(char: str) -> str:
    if is_han(char):
        return "han"
    if is_kana(char):
        return "hira" if char < "ァ" else "kata"
    if is_hangul(char):
        return "hangul"
    return "digit" if char.isdigit() else "latin"


def split_words(text: str) -> tuple[str, tuple[int, ...]]:
    """Return a name's key and the offsets in it at which words begin.

    A word begins after a separator, where the script changes (深淵の|相剣龍) and at CamelCase humps.
    """
    key: list[str] = []
    words: list[int] = []
    previous_offset, previous_script, previous_char = -2, "", ""
    for char, offset in key_characters(text):
        source = text[offset]
        script = _script(source)
        separated = offset > previous_offset + 1
        changed = script != previous_script and source != "ー" and not (script == "hira" and previous_script == "han")
        hump = source.isupper() and previous_char.islower()
        if not key or (offset != previous_offset and (separated or changed or hump)):
            words.append(len(key))
        key.append(char)
        previous_offset, previous_script, previous_char = offset, script, source
    return "".join(key), tuple(words)


def name_forms(card_id: str, lang: Language, text: str, *, is_alias: bool) -> NameForm | None:
    """Build the form of one name; None if it has no letter or digit."""
    key, words = split_words(strip_ruby(text))
    return NameForm(card_id, lang, text, key, words, is_alias) if key else None


class NameIndex:
    """All names and aliases of the corpus, changed card by card."""

    def __init__(self) -> None:
        self._forms: dict[tuple[str, bool], list[NameForm]] = {}
        self._suffixes: list[str] | None = None
        self._entries: list[tuple[NameForm, int]] = []
        self._initials: dict[str, list[tuple[NameForm, tuple[int, ...]]]] = {}

    def put_card(self, card: Card) -> None:
        """Add a card's names, or replace them."""
        self._put(card.card_id, False, card.names, card.aliases)

    def put_aliases(self, aliases: CardAliases) -> None:
        """Add a separately kept alias list, or replace it; it counts only while the card itself is there."""
        self._put(aliases.card_id, True, {}, aliases.aliases)

    def discard(self, card_id: str, *, separate_aliases: bool = False) -> None:
        """Forget a card's names, or its separately kept aliases."""
        if self._forms.pop((card_id, separate_aliases), None) is not None:
            self._suffixes = None

    def _put(
        self, card_id: str, separate: bool, names: dict[Language, str], aliases: dict[Language, list[str]]
    ) -> None:
        texts = [(lang, text, False) for lang, text in names.items()]
        texts += [(lang, text, True) for lang, several in aliases.items() for text in several]
        built = (name_forms(card_id, lang, text, is_alias=alias) for lang, text, alias in texts)
        self._forms[card_id, separate] = [form for form in built if form is not None]
        self._suffixes = None

    def forms(self) -> Iterator[NameForm]:
        """Yield every form of every card that is in the corpus."""
        for (card_id, separate), forms in self._forms.items():
            if not separate or (card_id, False) in self._forms:
                yield from forms

    def forms_of(self, card_id: str) -> list[NameForm]:
        """Return the forms of one card, names first."""
        return [*self._forms.get((card_id, False), ()), *self._forms.get((card_id, True), ())]

    def build(self) -> None:
        """Sort the suffixes; called by the first look-up after a change."""
        if self._suffixes is not None:
            return
        pairs: list[tuple[str, NameForm, int]] = []
        initials: dict[str, list[tuple[NameForm, tuple[int, ...]]]] = defaultdict(list)
        for form in self.forms():
            starts = form.words[:1] if form.is_alias else _morphemes(form)
            pairs.extend((form.key[start:], form, start) for start in starts)
            if not form.is_alias:
                _add_initials(form, initials)
        pairs.sort(key=lambda pair: pair[0])
        self._entries = [(form, start) for _, form, start in pairs]
        self._initials = dict(initials)
        self._suffixes = [suffix for suffix, _, _ in pairs]

    def walk(self, key: str, start: int) -> Iterator[PrefixRange]:
        """Yield, for growing lengths, the range of suffixes that begin with `key[start:start + length]`."""
        self.build()
        suffixes = self._suffixes or []
        low, high = 0, len(suffixes)
        for length in range(1, len(key) - start + 1):
            prefix = key[start : start + length]
            low = bisect_left(suffixes, prefix, low, high)
            high = bisect_left(suffixes, prefix + _LAST, low, high)
            if low == high:
                return
            yield PrefixRange(length, low, high)

    def entries(self, found: PrefixRange) -> Iterable[tuple[NameForm, int]]:
        """Return the (form, offset of the suffix in its key) of a range."""
        return self._entries[found.low : found.high]

    def by_initials(self, letters: str) -> list[tuple[NameForm, tuple[int, ...]]]:
        """Return forms whose words w1 < w2 begin with `letters[0]`, `letters[1]` (CJK) or whose initials these are."""
        self.build()
        return self._initials.get(letters, [])


def _add_initials(form: NameForm, initials: dict[str, list[tuple[NameForm, tuple[int, ...]]]]) -> None:
    words = form.words
    if form.lang is Language.EN:
        ends = [*words[1:], len(form.key)]
        spelled = "".join(
            form.key[start] for start, end in zip(words, ends, strict=True) if len(words) > 2 or end - start > 1
        )
        if len(spelled) >= 3:
            initials[spelled].append((form, words))
            short = "".join(
                form.key[start]
                for start, end in zip(words, ends, strict=True)
                if form.key[start:end] not in _ALWAYS_SKIPPED
            )
            if short != spelled and len(short) >= 3:
                initials[short].append((form, words))
        return
    starts = _morphemes(form)
    for i, first in enumerate(starts):
        for second in starts[i + 1 :]:
            initials[form.key[first] + form.key[second]].append((form, (first, second)))


def _morphemes(form: NameForm) -> list[int]:
    """Offsets at which a part of the name may begin: words and, in Japanese, ideographs and the kana after them."""
    starts = set(form.words)
    if form.lang is Language.JA:
        han = [is_han(char) for char in form.key]
        starts |= {i for i, here in enumerate(han) if here or (i and han[i - 1])}
    return sorted(starts)


def archetype_key(text: str) -> str:
    """Key of an archetype word as it stands between quotation marks in a card text."""
    return split_words(re.sub(r"[「」“”\"']", "", text))[0]
