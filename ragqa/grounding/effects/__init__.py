"""Effect facts: what a card's text says, read from English, Korean and Japanese card texts."""

from ragqa.grounding.effects.facts import (
    Action,
    Deed,
    Effect,
    EffectType,
    OncePerTurn,
    Protection,
    Response,
    Span,
    Timing,
    Zone,
)
from ragqa.grounding.effects.reader import read_effects
from ragqa.grounding.effects.search import EffectFacts, EffectFound
from ragqa.grounding.effects.terms import EffectQuery, effect_terms, read_query

__all__ = [
    "Action",
    "Deed",
    "Effect",
    "EffectFacts",
    "EffectFound",
    "EffectQuery",
    "EffectType",
    "OncePerTurn",
    "Protection",
    "Response",
    "Span",
    "Timing",
    "Zone",
    "effect_terms",
    "read_effects",
    "read_query",
]
