"""What a card's effects do, in a few words each; the words are phrases of the catalogues."""

from collections.abc import Iterator

import msgspec

from ragqa.datatypes import Card, Language
from ragqa.grounding.effects import (
    Action,
    Deed,
    Effect,
    EffectType,
    OncePerTurn,
    Protection,
    Timing,
    Zone,
    read_effects,
)
from ragqa.wording import N_

TYPES = {
    EffectType.ACTIVATION: N_("card activation"),
    EffectType.IGNITION: N_("Ignition Effect"),
    EffectType.TRIGGER: N_("Trigger Effect"),
    EffectType.QUICK: N_("Quick Effect"),
    EffectType.FLIP: N_("Flip Effect"),
    EffectType.CONTINUOUS: N_("Continuous Effect"),
    EffectType.CONDITION: N_("condition, no effect"),
}
ZONES = {
    Zone.HAND: N_("hand"),
    Zone.DECK: N_("Deck"),
    Zone.EXTRA_DECK: N_("Extra Deck"),
    Zone.FIELD: N_("field"),
    Zone.GRAVEYARD: N_("GY"),
    Zone.BANISHED: N_("banished"),
}
DEEDS = {
    Deed.ADD_TO_HAND: N_("adds to the hand"),
    Deed.DRAW: N_("draws"),
    Deed.SPECIAL_SUMMON: N_("Special Summons"),
    Deed.SEND_TO_GRAVEYARD: N_("sends to the GY"),
    Deed.DESTROY: N_("destroys"),
    Deed.BANISH: N_("banishes"),
    Deed.NEGATE_ACTIVATION: N_("negates an activation"),
    Deed.NEGATE_EFFECT: N_("negates an effect"),
    Deed.NEGATE_SUMMON: N_("negates a Summon"),
    Deed.NEGATE_ATTACK: N_("negates an attack"),
    Deed.RETURN_TO_HAND: N_("returns to the hand"),
    Deed.RETURN_TO_DECK: N_("returns to the Deck"),
    Deed.TAKE_CONTROL: N_("takes control"),
    Deed.CHANGE_POSITION: N_("changes the battle position"),
    Deed.FACE_DOWN: N_("turns face-down"),
    Deed.SET: N_("Sets"),
    Deed.PLACE: N_("places on the field"),
    Deed.EQUIP: N_("equips"),
    Deed.DISCARD: N_("discards"),
    Deed.TRIBUTE: N_("Tributes"),
    Deed.CHANGE_STATS: N_("changes ATK or DEF"),
    Deed.CHANGE_LEVEL: N_("changes a Level"),
    Deed.DAMAGE: N_("inflicts damage"),
    Deed.GAIN_LP: N_("gains LP"),
    Deed.DETACH: N_("detaches material"),
    Deed.TOKEN: N_("Summons a Token"),
}
LIMITS = {
    OncePerTurn.THIS_CARD: N_("once per turn, each copy"),
    OncePerTurn.NAME: N_("once per turn by name"),
    OncePerTurn.NAME_ACTIVATION: N_("one activation per turn by name"),
}
PROTECTIONS = {
    Protection.NOT_TARGETED: N_("cannot be targeted"),
    Protection.NOT_DESTROYED_BY_EFFECTS: N_("not destroyed by effects"),
    Protection.NOT_DESTROYED_BY_BATTLE: N_("not destroyed by battle"),
    Protection.UNAFFECTED: N_("unaffected by effects"),
    Protection.NO_RESPONSE: N_("nothing may be chained to it"),
    Protection.NOT_NEGATED: N_("cannot be negated"),
}


class ActionView(msgspec.Struct, frozen=True, kw_only=True):
    """One thing an effect does: a phrase, the zones it is done from as phrases, the words that say so in the text."""

    deed: str
    zones: list[str]
    words: str
    is_cost: bool


class EffectView(msgspec.Struct, frozen=True, kw_only=True):
    """One effect: its number if it is activated or numbered, its properties as phrases, and what it does."""

    number: int
    type: str
    speed: int | None
    properties: list[str]
    actions: list[ActionView]


def effect_views(card: Card, lang: Language) -> list[EffectView]:
    """Describe the effects that a card's text in a language has; text that is no effect only if it says something."""
    text = card.texts[lang]
    views = [
        EffectView(
            number=effect.number,
            type=TYPES[effect.type],
            speed=effect.speed,
            properties=list(_properties(effect)),
            actions=[
                *(_action(text, action, is_cost=True) for action in effect.cost_actions),
                *(_action(text, action, is_cost=False) for action in effect.actions),
            ],
        )
        for effect in read_effects(card)
        if effect.lang is lang
    ]
    return [view for view in views if view.speed or view.properties or view.actions]


def _properties(effect: Effect) -> Iterator[str]:
    if effect.targets:
        yield N_("targets")
    elif effect.activated:
        yield N_("does not target")
    if effect.once_per_turn:
        yield LIMITS[effect.once_per_turn]
    if effect.timing is Timing.WHEN and effect.optional:
        yield N_("can miss the timing")
    if effect.damage_step:
        yield N_("usable in the Damage Step")
    yield from (PROTECTIONS[protection] for protection in Protection if protection in effect.protections)


def _action(text: str, action: Action, *, is_cost: bool) -> ActionView:
    words = text[action.span.start : action.span.end].strip()
    return ActionView(deed=DEEDS[action.deed], zones=[ZONES[z] for z in action.sources], words=words, is_cost=is_cost)
