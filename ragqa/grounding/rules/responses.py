"""May one card be used in response to another: kinds of activation, and Spell Speeds."""

from ragqa.datatypes import Verdict
from ragqa.grounding.effects import Deed, Effect, EffectType
from ragqa.grounding.rules.agreement import agreed, asked_effects
from ragqa.grounding.rules.asked import RESPONSES, Ask, AskedFacts, RuleVerdict
from ragqa.grounding.rules.reasons import reason


class OtherKind:
    """Cards that respond only to some kinds of activation, against a card whose activations are of another kind."""

    name = "kind-of-activation"

    def apply(self, asked: AskedFacts) -> RuleVerdict | None:
        """Answer no where no activation of the other card is of a kind that is named."""
        if asked.ask not in RESPONSES or asked.against is None:
            return None
        if "Pendulum" in str(asked.against.facts.get("type_line")):
            return None
        actor = asked.effects(asked.actor)
        kinds = agreed(_only_kinds(effects) for effects in actor.values())
        if not kinds or asked.against.kind in kinds or not asked.against.kind:
            return None
        return RuleVerdict(
            verdict=Verdict.NO,
            rule=self.name,
            rule_id="ygo-rule-negate-activation-vs-effect",
            card_id=asked.actor.card_id,
            spans={lang: _first_active(effects).span for lang, effects in actor.items()},
            explanation=reason("other-kind", asked.actor.names, asked.against.names),
        )


def _first_active(effects: list[Effect]) -> Effect:
    return next(effect for effect in effects if effect.activated)


def _only_kinds(effects: list[Effect]) -> frozenset[str] | None:
    """Return the kinds of activation a card responds to, if its one activated effect only responds to activations."""
    activated = [effect for effect in effects if effect.activated]
    if len(activated) != 1 or activated[0].response is None:
        return None
    if activated[0].does(Deed.NEGATE_SUMMON) or not activated[0].does(Deed.NEGATE_ACTIVATION) or activated[0].choice:
        return None
    return activated[0].response.kinds or None


class SpellSpeeds:
    """A chain needs Spell Speed 2, and Spell Speed 3 on a Counter Trap."""

    name = "spell-speed"

    def apply(self, asked: AskedFacts) -> RuleVerdict | None:
        """Answer no where the card used is too slow in every way it can be used."""
        if asked.ask is not Ask.CHAIN or asked.against is None:
            return None
        actor = asked.effects(asked.actor)
        speeds = [_fastest(effects, asked) for effects in actor.values()]
        if not speeds or None in speeds:
            return None
        fastest = max(speed for speed in speeds if speed is not None)
        counter = asked.against.kind == "trap" and "Counter" in str(asked.against.facts.get("type_line"))
        if fastest == 1:
            key, spans = "too-slow", {lang: _first_active(effects).span for lang, effects in actor.items()}
        elif counter and asked.against_is_card and fastest == 2:
            key, spans = "counter-trap", {lang: _first_active(effects).span for lang, effects in actor.items()}
        else:
            return None
        return RuleVerdict(
            verdict=Verdict.NO,
            rule=self.name,
            rule_id="ygo-rule-spell-speeds",
            card_id=asked.actor.card_id,
            spans=spans,
            explanation=reason(key, asked.actor.names, asked.against.names),
        )


def _fastest(effects: list[Effect], asked: AskedFacts) -> int | None:
    meant = asked_effects(effects, asked.actor_number, asked.actor_is_card)
    if meant is None or any(effect.type in (EffectType.TRIGGER, EffectType.FLIP) for effect in meant):
        return None
    return max(effect.speed or 0 for effect in meant)
