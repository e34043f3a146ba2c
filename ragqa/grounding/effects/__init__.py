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
from ragqa.grounding.effects.search import search_effects

__all__ = [
    "Action",
    "Deed",
    "Effect",
    "EffectType",
    "OncePerTurn",
    "Protection",
    "Response",
    "Span",
    "Timing",
    "Zone",
    "read_effects",
    "search_effects",
]
