"""The words of effect facts as frozen values. Offsets count characters of the card's text in that language."""

from enum import StrEnum

import msgspec

from ragqa.datatypes import Language


class Zone(StrEnum):
    """Where cards are."""

    HAND = "hand"
    DECK = "deck"
    EXTRA_DECK = "extra_deck"
    FIELD = "field"
    GRAVEYARD = "graveyard"
    BANISHED = "banished"


class Deed(StrEnum):
    """What an effect does."""

    ADD_TO_HAND = "add_to_hand"
    DRAW = "draw"
    SPECIAL_SUMMON = "special_summon"
    SEND_TO_GRAVEYARD = "send_to_graveyard"
    DESTROY = "destroy"
    BANISH = "banish"
    NEGATE_ACTIVATION = "negate_activation"
    NEGATE_EFFECT = "negate_effect"
    NEGATE_SUMMON = "negate_summon"
    NEGATE_ATTACK = "negate_attack"
    RETURN_TO_HAND = "return_to_hand"
    RETURN_TO_DECK = "return_to_deck"
    TAKE_CONTROL = "take_control"
    CHANGE_POSITION = "change_position"
    FACE_DOWN = "face_down"
    SET = "set"
    PLACE = "place"
    EQUIP = "equip"
    DISCARD = "discard"
    TRIBUTE = "tribute"
    CHANGE_STATS = "change_stats"
    CHANGE_LEVEL = "change_level"
    DAMAGE = "damage"
    GAIN_LP = "gain_lp"
    DETACH = "detach"
    TOKEN = "token"


class EffectType(StrEnum):
    """How an effect comes into play; `CONDITION` is text that is no effect (materials, procedures, limits)."""

    ACTIVATION = "activation"
    IGNITION = "ignition"
    TRIGGER = "trigger"
    QUICK = "quick"
    FLIP = "flip"
    CONTINUOUS = "continuous"
    CONDITION = "condition"


class OncePerTurn(StrEnum):
    """What a once-per-turn limit counts: uses of this copy, uses by card name, or activations by card name."""

    THIS_CARD = "this_card"
    NAME = "name"
    NAME_ACTIVATION = "name_activation"


class Timing(StrEnum):
    """The timing word of a condition."""

    WHEN = "when"
    IF = "if"


class Protection(StrEnum):
    """What a text protects from."""

    NOT_TARGETED = "not_targeted"
    NOT_DESTROYED_BY_EFFECTS = "not_destroyed_by_effects"
    NOT_DESTROYED_BY_BATTLE = "not_destroyed_by_battle"
    UNAFFECTED = "unaffected"
    NO_RESPONSE = "no_response"
    NOT_NEGATED = "not_negated"


class Span(msgspec.Struct, frozen=True):
    """A piece of the text: characters `start` to `end`."""

    start: int
    end: int


class Action(msgspec.Struct, frozen=True, kw_only=True):
    """One thing done. `sources` are the zones that the text names as where the cards come from."""

    deed: Deed
    sources: tuple[Zone, ...] = ()
    span: Span


class Response(msgspec.Struct, frozen=True, kw_only=True):
    """What an effect is activated in response to: which activations, and what those have to include.

    `includes` empty means that any activation of those kinds will do; `only_opponent` that it must be the opponent's.
    """

    kinds: frozenset[str]
    includes: tuple[Action, ...] = ()
    only_opponent: bool = False
    cards_only: bool = False
    """Whether only the activation of a Spell or Trap Card counts, not that of an effect of one."""


class Effect(msgspec.Struct, frozen=True, kw_only=True):
    """One effect of a card in one language.

    `number` is the printed one where there is one, else its place in the text, from 1; 0 is text before the first
    effect. `optional` and `speed` are None where nothing is activated. `damage_step` tells what the text itself
    says, None where it says nothing. `choice` marks effects of which one is chosen when activated.
    """

    lang: Language
    number: int
    numbered: bool
    pendulum: bool = False
    span: Span
    type: EffectType
    speed: int | None = None
    places: tuple[Zone, ...] = ()
    condition: Span | None = None
    cost: Span | None = None
    resolution: Span | None = None
    targets: bool = False
    target_zones: tuple[Zone, ...] = ()
    optional: bool | None = None
    timing: Timing | None = None
    once_per_turn: OncePerTurn | None = None
    damage_step: bool | None = None
    actions: tuple[Action, ...] = ()
    cost_actions: tuple[Action, ...] = ()
    protections: frozenset[Protection] = frozenset()
    response: Response | None = None
    choice: bool = False

    @property
    def activated(self) -> bool:
        """Whether it forms a Chain Link."""
        return self.speed is not None

    def does(self, deed: Deed, zone: Zone | None = None) -> Action | None:
        """Return its first action of a kind, out of a zone if one is given; None if it has none."""
        return next((a for a in self.actions if a.deed is deed and (zone is None or zone in a.sources)), None)
