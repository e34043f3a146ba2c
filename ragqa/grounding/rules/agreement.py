"""What the languages of a card agree on: where they do not, a rule declines."""

from collections.abc import Callable, Iterable, Mapping
from typing import TypeVar

from ragqa.datatypes import Language
from ragqa.grounding.effects import Effect

T = TypeVar("T")


def agreed(values: Iterable[T | None]) -> T | None:
    """Return the one value that all give; None where one gives none, or they differ."""
    found = list(values)
    return found[0] if found and all(value == found[0] for value in found) else None


def asked_effects(effects: list[Effect], number: int | None, is_card: bool) -> list[Effect] | None:
    """Return the activated effects a question can mean; None where that cannot be told."""
    activated = [effect for effect in effects if effect.activated]
    if number is not None:
        if not all(effect.numbered or effect.number == 0 for effect in effects):
            return None
        return [e for e in activated if e.number == number and not e.pendulum] or None
    if is_card:
        return [effect for effect in activated if effect.type == "activation"] or None
    return activated or None


def in_every_language(
    effects: Mapping[Language, list[Effect]],
    number: int | None,
    is_card: bool,
    judge: Callable[[Language, Effect], T | None],
) -> T | None:
    """Judge every effect that can be meant, language by language; None where languages differ.

    Two languages have to be sure where the card has texts in two; a third may be in doubt, but not of another mind.
    """
    sure: list[T] = []
    for lang, each in effects.items():
        meant = asked_effects(each, number, is_card)
        value = agreed(judge(lang, effect) for effect in meant) if meant else None
        if value is not None:
            sure.append(value)
    return agreed(sure) if len(sure) >= min(2, len(effects)) else None
