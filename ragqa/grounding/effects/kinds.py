"""What type an effect is, and how fast."""

from ragqa.datatypes import Card
from ragqa.grounding.effects.facts import EffectType
from ragqa.grounding.effects.grammar import Grammar

_SPEEDS = {
    EffectType.IGNITION: 1,
    EffectType.TRIGGER: 1,
    EffectType.FLIP: 1,
    EffectType.QUICK: 2,
}


def type_line(card: Card) -> str:
    """Return the type line, empty where the card has none."""
    return str(card.facts.get("type_line") or "")


def card_speed(card: Card) -> int:
    """Return the Spell Speed of a Spell or Trap Card's activation."""
    if card.kind == "trap":
        return 3 if "Counter" in type_line(card) else 2
    return 2 if "Quick-Play" in type_line(card) else 1


def read_type(
    card: Card, grammar: Grammar, whole: str, before: str, activated: bool, number: int, pendulum: bool
) -> EffectType:
    """Tell an effect's type: as the text states it, else from the shape of its activation clause."""
    if number == 0:
        return EffectType.CONDITION
    stated = stated_type(grammar, whole[:60])
    if stated:
        return stated
    if card.kind != "monster" and not pendulum and _is_card_activation(card, grammar, whole, activated, number):
        return EffectType.ACTIVATION
    if not activated:
        return EffectType.CONDITION if grammar.procedure.search(whole) else EffectType.CONTINUOUS
    if grammar.response_quick.search(before) or grammar.any_turn.search(whole):
        return EffectType.QUICK
    if grammar.event.search(before):
        return EffectType.TRIGGER
    if grammar.quick.search(before):
        return EffectType.QUICK
    return EffectType.TRIGGER if grammar.trigger.search(before) else EffectType.IGNITION


def stated_type(grammar: Grammar, text: str) -> EffectType | None:
    """Return the type that a text names, None if it names none."""
    return next((kind for kind, pattern in grammar.stated_types if pattern.search(text)), None)


def speed_of(card: Card, kind: EffectType, pendulum: bool) -> int | None:
    """Return the Spell Speed of an effect, None if it is not activated."""
    if kind is EffectType.ACTIVATION:
        return card_speed(card)
    if card.kind == "trap" and kind in _SPEEDS:
        return 2
    return _SPEEDS.get(kind)


def _is_card_activation(card: Card, grammar: Grammar, whole: str, activated: bool, number: int) -> bool:
    """The first effect of a card that is used up by its activation; of one that stays only what it does when played."""
    elsewhere = any(pattern.search(whole) for _, pattern in grammar.places)
    stays = any(word in type_line(card) for word in ("Continuous", "Field", "Equip"))
    return number == 1 and not stays and not elsewhere
