"""Every way a card's name can stand in a question: whole, from any of its words on, cut short, as initials.

A name is kept as a key (`ragqa.text.key_characters`: letters and digits only) with the offsets at which its words
begin. All suffixes that begin at a word are kept in one sorted list, so that a walk along the question finds whole
names, partial names (`ネクロバレー`) and clipped names (`미래융합`) alike, by narrowing a range of that list.
"""

from bisect import bisect_left, insort
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from enum import StrEnum
from itertools import pairwise

import msgspec

from ragqa.datatypes import Card, CardAliases, Language
from ragqa.retrieval.linking.packed import Packed, pack, packed, unpacked
from ragqa.text import is_han, is_hangul, is_kana, key_characters, strip_ruby

_LAST = "\U0010ffff"
_SKIPPED_INITIALS = {"the", "of", "and", "a", "an", "to", "in", "for"}


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

    @property
    def morphemes(self) -> list[int]:
        """Offsets at which a part of the name may begin: words and, in Japanese, ideographs and what follows them."""
        starts = set(self.words)
        if self.lang is Language.JA:
            han = [is_han(char) for char in self.key]
            starts |= {i for i, here in enumerate(han) if here or (i and han[i - 1])}
        return sorted(starts)


class PrefixRange(msgspec.Struct, frozen=True):
    """Suffixes that begin with the same `length` characters: entries `low` to `high` of the sorted list."""

    length: int
    low: int
    high: int


def script(char: str) -> str:
    """Tell the script of a letter or digit: han, hira, kata, hangul, digit or latin."""
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
    before, before_offset = "", -2
    for char, offset in key_characters(text):
        here = text[offset]
        separated = offset > before_offset + 1
        changed = bool(before) and here != "ー" and (script(before), script(here)) not in _JOINED
        if not key or (offset != before_offset and (separated or changed or (here.isupper() and before.islower()))):
            words.append(len(key))
        key.append(char)
        before, before_offset = here, offset
    return "".join(key), tuple(words)


_JOINED = {(same, same) for same in ("han", "hira", "kata", "hangul", "digit", "latin")} | {("han", "hira")}


def name_form(card_id: str, lang: Language, text: str, *, is_alias: bool) -> NameForm | None:
    """Build the form of one name; None if it has no letter or digit."""
    key, words = split_words(strip_ruby(text))
    return NameForm(card_id, lang, text, key, words, is_alias) if key else None


def card_forms(card: Card) -> list[NameForm]:
    """Return the forms of a card's names and own aliases."""
    texts = [(lang, text, False) for lang, text in card.names.items()]
    texts += [(lang, text, True) for lang, several in card.aliases.items() for text in several]
    # Nobody writes the article of The White Stone of Ancients.
    texts += [(lang, text[4:], True) for lang, text in card.names.items() if text.startswith("The ")]
    return _built(card.card_id, texts)


def alias_forms(aliases: CardAliases) -> list[NameForm]:
    """Return the forms of a separately kept alias list."""
    return _built(
        aliases.card_id, [(lang, text, True) for lang, several in aliases.aliases.items() for text in several]
    )


def _built(card_id: str, texts: list[tuple[Language, str, bool]]) -> list[NameForm]:
    forms = (name_form(card_id, lang, text, is_alias=alias) for lang, text, alias in texts)
    return [form for form in forms if form is not None]


class SuffixTables(msgspec.Struct, frozen=True):
    """The whole of a `NameIndex`: pairs of a form's position and where a suffix of it begins, how they are sorted
    (as their numbers), and the positions of the forms that initials stand for.
    """

    suffixes: bytes
    order: bytes
    initials: list[str]
    initialled: Packed


class NameIndex:
    """The sorted suffixes and the initials of all forms; changed form by form."""

    def __init__(self, forms: Iterable[NameForm] = ()) -> None:
        self._initials: dict[str, list[NameForm]] = defaultdict(list)
        self._entries: list[tuple[str, int]] = []
        self._forms: dict[int, tuple[NameForm, int]] = {}
        self._next = 0
        self._numbers: dict[NameForm, list[int]] = {}
        for form in forms:
            self._entries.extend(self._register(form))
        self._entries.sort()

    @classmethod
    def restored(cls, tables: SuffixTables, forms: Sequence[NameForm]) -> "NameIndex":
        """Become what `tables` wrote down, over the same forms in the same order."""
        index = cls()
        flat = iter(unpacked(tables.suffixes).tolist())
        suffixes = [(forms[at], start) for at, start in zip(flat, flat, strict=True)]
        index._forms = dict(enumerate(suffixes))
        index._next = len(suffixes)
        for number, (form, _) in enumerate(suffixes):
            index._numbers.setdefault(form, []).append(number)
        for number in unpacked(tables.order).tolist():
            form, start = suffixes[number]
            index._entries.append((form.key[start:], number))
        for letters, positions in zip(tables.initials, tables.initialled.lists(), strict=True):
            index._initials[letters] = [forms[at] for at in positions.tolist()]
        return index

    def tables(self, positions: Mapping[NameForm, int]) -> SuffixTables:
        """Write everything down, each form as its position in a list."""
        anew = {number: at for at, number in enumerate(self._forms)}
        return SuffixTables(
            suffixes=packed([part for form, start in self._forms.values() for part in (positions[form], start)]),
            order=packed([anew[number] for _, number in self._entries]),
            initials=list(self._initials),
            initialled=pack([positions[form] for form in forms] for forms in self._initials.values()),
        )

    def add(self, form: NameForm) -> None:
        """Add one form; visible to the next look-up."""
        for entry in self._register(form):
            insort(self._entries, entry)

    def discard(self, form: NameForm) -> None:
        """Forget one form that was added."""
        for number in self._numbers.pop(form, ()):
            _, start = self._forms.pop(number)
            del self._entries[bisect_left(self._entries, (form.key[start:], number))]
        for letters in initials(form):
            self._initials[letters].remove(form)

    def _register(self, form: NameForm) -> Iterator[tuple[str, int]]:
        for letters in initials(form):
            self._initials[letters].append(form)
        for start in form.words[:1] if form.is_alias else form.morphemes:
            self._forms[self._next] = form, start
            self._numbers.setdefault(form, []).append(self._next)
            yield form.key[start:], self._next
            self._next += 1

    def walk(self, key: str, start: int) -> Iterator[PrefixRange]:
        """Yield, for growing lengths, the range of suffixes that begin with `key[start:start + length]`."""
        low, high = 0, len(self._entries)
        for length in range(1, len(key) - start + 1):
            prefix = key[start : start + length]
            low = bisect_left(self._entries, (prefix, -1), low, high)
            high = bisect_left(self._entries, (prefix + _LAST, -1), low, high)
            if low == high:
                return
            yield PrefixRange(length, low, high)

    def suffixes(self, found: PrefixRange) -> Iterator[tuple[NameForm, int]]:
        """Yield the forms of a range, each with the offset at which its suffix begins."""
        for _, number in self._entries[found.low : found.high]:
            yield self._forms[number]

    def between(self, low: str, high: str) -> Iterator[tuple[NameForm, int]]:
        """Yield the forms of the suffixes from `low` up to but without `high`, each with its suffix's offset."""
        first, last = (bisect_left(self._entries, (bound, -1)) for bound in (low, high))
        yield from self.suffixes(PrefixRange(len(low), first, last))

    def by_initials(self, letters: str) -> list[NameForm]:
        """Return English forms with these initials, or CJK forms with morphemes that begin with these two."""
        return self._initials.get(letters, [])


def initials(form: NameForm) -> set[str]:
    """Return what a form is found by: all its initials in English, pairs of morpheme beginnings in CJK.

    >>> initials(name_form("1", Language.EN, "Mystical Space Typhoon", is_alias=False))
    {'mst'}
    """
    if form.is_alias:
        return set()
    if form.lang is Language.EN:
        words = [form.key[start:end] for start, end in pairwise([*form.words, len(form.key)])]
        spelled = {"".join(word[0] for word in words)}
        spelled.add("".join(word[0] for word in words if word not in _SKIPPED_INITIALS))
        return {letters for letters in spelled if len(letters) >= 3}
    starts = form.morphemes
    return {form.key[a] + form.key[b] for i, a in enumerate(starts) for b in starts[i + 1 :]}
