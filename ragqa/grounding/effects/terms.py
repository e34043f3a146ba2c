"""Effect facts as words, the same in a search and of an effect: `special_summon:deck type:quick targets`."""

from collections.abc import Iterator

import msgspec

from ragqa.errors import InvalidInput
from ragqa.grounding.effects.facts import Deed, Effect, EffectType, OncePerTurn, Protection, Timing, Zone

_FIELDS: dict[str, frozenset[str]] = {
    "type": frozenset(EffectType),
    "timing": frozenset(Timing),
    "once": frozenset(OncePerTurn),
    "place": frozenset(Zone),
    "protects": frozenset(Protection),
    "cost": frozenset(Deed),
    "speed": frozenset("123"),
}
_MARKS = frozenset({"targets", "optional", "mandatory", "damage_step", "pendulum"})
_MOST = 12


class EffectQuery(msgspec.Struct, frozen=True):
    """What one effect has to say: a fact of each of `wanted`, and none of `unwanted`."""

    wanted: tuple[frozenset[str], ...]
    unwanted: frozenset[str]

    def matches(self, facts: frozenset[str]) -> bool:
        """Whether an effect of these facts is one that is looked for."""
        return all(each & facts for each in self.wanted) and not self.unwanted & facts


def effect_terms(effect: Effect) -> frozenset[str]:
    """Return the facts of an effect as words; an action stands alone and with each zone it takes cards from."""
    return frozenset(_terms(effect))


def _terms(effect: Effect) -> Iterator[str]:
    for action in effect.actions:
        yield action.deed
        yield from (f"{action.deed}:{zone}" for zone in action.sources)
    yield from (f"cost:{action.deed}" for action in effect.cost_actions)
    yield from (f"place:{zone}" for zone in effect.places)
    yield from (f"protects:{each}" for each in effect.protections)
    yield f"type:{effect.type}"
    for field, value in (("timing", effect.timing), ("once", effect.once_per_turn), ("speed", effect.speed)):
        if value is not None:
            yield f"{field}:{value}"
    if effect.optional is not None:
        yield "optional" if effect.optional else "mandatory"
    for mark, holds in (
        ("targets", effect.targets),
        ("damage_step", effect.damage_step),
        ("pendulum", effect.pendulum),
    ):
        if holds:
            yield mark


def read_query(text: str) -> EffectQuery:
    """Read what is looked for: words parted by spaces, all of them true of one effect.

    An action may name zones that it takes cards from (`add_to_hand:deck`), several mean any of them
    (`special_summon:deck,graveyard`), and `-` before a word means that the effect must not be so (`-targets`).

    Raises:
        InvalidInput: a word is not known; the message says which would be.
    """
    words = text.split()
    if not words:
        raise InvalidInput("effect is blank; name an action such as draw or special_summon:deck", field="effect")
    if len(words) > _MOST:
        raise InvalidInput(f"effect has {len(words)} words; {_MOST} are read at most", field="effect")
    wanted = [_alternatives(word) for word in words if not word.startswith("-")]
    unwanted = [_alternatives(word[1:]) for word in words if word.startswith("-")]
    return EffectQuery(tuple(wanted), frozenset().union(*unwanted))


def _alternatives(word: str) -> frozenset[str]:
    name, colon, values = word.lower().partition(":")
    given = values.split(",") if colon else []
    if name in _FIELDS:
        _known(word, given, _FIELDS[name])
        return frozenset(f"{name}:{value}" for value in given)
    if name in frozenset(Deed):
        if not colon:
            return frozenset({name})
        _known(word, given, frozenset(Zone))
        return frozenset(f"{name}:{zone}" for zone in given)
    if name in _MARKS and not colon:
        return frozenset({name})
    actions = ", ".join(Deed)
    raise InvalidInput(
        f"effect: {word!r} is no fact of an effect; actions are {actions}; others {', '.join(sorted(_MARKS))}, and"
        f" {', '.join(f'{field}:…' for field in _FIELDS)}",
        field="effect",
    )


def _known(word: str, given: list[str], known: frozenset[str]) -> None:
    if not given or not known.issuperset(given):
        raise InvalidInput(
            f"effect: {word!r} does not fit; after the colon comes one or more of {', '.join(sorted(known))},"
            " parted by commas",
            field="effect",
        )
