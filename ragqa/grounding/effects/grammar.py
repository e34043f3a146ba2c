"""What the reader has to know of a language, as patterns over flat text."""

import re
from collections.abc import Callable, Sequence

import msgspec

from ragqa.grounding.effects.facts import Action, Deed, EffectType, OncePerTurn, Protection, Timing, Zone

Pattern = re.Pattern[str]


class Block(msgspec.Struct, frozen=True):
    """The text of one effect: number 0 is text before the first effect."""

    number: int
    start: int
    end: int
    numbered: bool


class Parts(msgspec.Struct, frozen=True):
    """Where condition, cost and resolution of an effect begin and end; an empty part has equal ends."""

    condition: tuple[int, int]
    cost: tuple[int, int]
    resolution: tuple[int, int]
    activated: bool
    """Whether the text has an activation clause."""


class Grammar(msgspec.Struct, frozen=True, kw_only=True):
    """One language's patterns, in the order in which they are tried."""

    blocks: Callable[[str, int, int, bool], list[Block]]
    parts: Callable[[str, int, int], Parts]
    actions: Callable[[str, int, int, bool], list[Action]]
    """(text, start, end, told): `told` takes deeds that are only spoken of, too."""
    stated_types: Sequence[tuple[EffectType, Pattern]]
    response_quick: Pattern
    quick: Pattern
    event: Pattern
    any_turn: Pattern
    trigger: Pattern
    procedure: Pattern
    target: Pattern
    no_target: Pattern
    mandatory: Pattern
    when: Pattern
    conditional: Pattern
    limits: Sequence[tuple[OncePerTurn, Pattern]]
    protections: Sequence[tuple[Protection, Pattern]]
    damage_step: Pattern
    places: Sequence[tuple[Zone, Pattern]]
    zones: Sequence[tuple[Zone, Pattern]]
    response: Pattern
    response_includes: Pattern
    opponent: Pattern
    kinds: Sequence[tuple[str, Pattern]]
    cards_only: Pattern
    choice: Pattern

    def timing(self, text: str) -> Timing | None:
        """Return the timing word of a condition."""
        if self.when.search(text):
            return Timing.WHEN
        return Timing.IF if self.conditional.search(text) else None


def zones_in(text: str, zones: Sequence[tuple[Zone, Pattern]]) -> tuple[Zone, ...]:
    """Return the zones named in a text, each once, in the order of `Zone`."""
    left = text
    found: set[Zone] = set()
    for zone, pattern in zones:
        left, count = pattern.subn(" ", left)
        if count:
            found.add(zone)
    return tuple(zone for zone in Zone if zone in found)


DEED_ZONES: dict[Deed, tuple[Zone, ...]] = {Deed.DRAW: (Zone.DECK,), Deed.DISCARD: (Zone.HAND,)}
"""Where cards come from when the deed itself tells."""
