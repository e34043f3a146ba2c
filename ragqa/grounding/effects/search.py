"""Cards by what their effects do, over facts that are read once and kept as the corpus changes."""

from collections.abc import Sequence
from threading import Lock

import msgspec

from ragqa.datatypes import Card, Language, SourceKind
from ragqa.grounding.effects.reader import read_effects
from ragqa.grounding.effects.terms import EffectQuery, effect_terms
from ragqa.protocols import CorpusStore

_READ_BEST = (Language.JA, Language.KO, Language.EN)
"""Numbered texts are read most surely."""


class EffectFound(msgspec.Struct, frozen=True, kw_only=True):
    """An effect that was looked for: `text` are its words in `lang`, `number` as printed, 0 before the first."""

    card_id: str
    name: str
    lang: Language
    number: int
    text: str
    facts: list[str]


class _Read(msgspec.Struct, frozen=True):
    """An effect as it is kept; equal sets of facts are one object."""

    lang: Language
    number: int
    start: int
    end: int
    facts: frozenset[str]


class EffectFacts:
    """The effects of every card, read when first asked for; the whole game takes about 10 s a language."""

    def __init__(self, store: CorpusStore) -> None:
        self._store = store
        self._lock = Lock()
        self._version: dict[Language, int] = {}
        self._read: dict[Language, dict[str, list[_Read]]] = {}
        self._shared: dict[frozenset[str], frozenset[str]] = {}

    def find(self, query: EffectQuery, lang: Language, limit: int) -> list[EffectFound]:
        """Return the first effect that fits of each card, cards by id; texts in `lang` where a card has one."""
        with self._lock:
            self._catch_up(lang)
            fitting = [
                (card_id, effect)
                for card_id, effects in sorted(self._read[lang].items())
                if (effect := next((each for each in effects if query.matches(each.facts)), None))
            ][:limit]
        return [_found(self._store.card(card_id), effect, lang) for card_id, effect in fitting]

    def _catch_up(self, lang: Language) -> None:
        """Read what was changed since the last search, everything at the first."""
        version = self._store.corpus_version()
        if lang not in self._read:
            self._read[lang] = {card.card_id: self._effects(card, lang) for card in self._store.cards()}
        elif self._version[lang] != version:
            for kind, source_id, source in self._store.changed_sources(self._version[lang]):
                if kind is SourceKind.CARD:
                    self._read[lang].pop(source_id, None)
                    if isinstance(source, Card):
                        self._read[lang][source_id] = self._effects(source, lang)
        self._version[lang] = version

    def _effects(self, card: Card, lang: Language) -> list[_Read]:
        read = next((each for each in (lang, *_READ_BEST) if card.texts.get(each, "").strip()), None)
        return [
            _Read(e.lang, e.number, e.span.start, e.span.end, self._shared.setdefault(facts, facts))
            for e in (read_effects(card, read) if read else [])
            if (facts := effect_terms(e))
        ]


def _found(card: Card, effect: _Read, lang: Language) -> EffectFound:
    names: Sequence[str] = [card.names[each] for each in (lang, *Language) if card.names.get(each)]
    return EffectFound(
        card_id=card.card_id,
        name=names[0] if names else card.card_id,
        lang=effect.lang,
        number=effect.number,
        text=card.texts.get(effect.lang, "")[effect.start : effect.end],
        facts=sorted(effect.facts),
    )
