"""Does a card target, and can it be used on a card that cannot be targeted or turned face-down."""

import re

from ragqa.datatypes import Card, Language, Verdict
from ragqa.grounding.effects import Deed, Effect, EffectType, Protection, Span
from ragqa.grounding.effects.flat import flat
from ragqa.grounding.rules.agreement import agreed, asked_effects, in_every_language
from ragqa.grounding.rules.asked import Ask, AskedFacts, RuleVerdict
from ragqa.grounding.rules.reasons import reason

_ALWAYS = {
    Language.EN: re.compile(r"(?:this card )?cannot be targeted by (?:card )?effects\.?"),
    Language.KO: re.compile(r"(?:[①-⑩]: )?이 카드는 (?:카드의 )?효과의 대상(?:이 되지 않는다|으로 할 수 없다)\.?"),
    Language.JA: re.compile(r"(?:[①-⑩]:)?このカードは(?:カードの)?効果の対象に(?:ならない|できない)。?"),
}


class Targets:
    """Does this effect target? Its text says so, or names no target at activation."""

    name = "targets"

    def apply(self, asked: AskedFacts) -> RuleVerdict | None:
        """Answer where every effect that can be meant agrees in every language."""
        if asked.ask is not Ask.TARGETS or "Equip" in str(asked.actor.facts.get("type_line")):
            return None
        effects = asked.effects(asked.actor)
        found = in_every_language(effects, asked.actor_number, asked.actor_is_card, _targets)
        if found is None:
            return None
        return RuleVerdict(
            verdict=Verdict.YES if found else Verdict.NO,
            rule=self.name,
            rule_id="ygo-rule-targeting" if found else "ygo-rule-choose-on-resolution",
            card_id=asked.actor.card_id,
            spans=_spans(effects, asked),
            explanation=reason("targets" if found else "targets-not", asked.actor.names),
        )


def _targets(lang: Language, effect: Effect) -> bool | None:
    # Older Korean and Japanese texts, which have no numbers, say "select" whether they target or not.
    unclear = not effect.targets and not effect.numbered and lang is not Language.EN
    return None if effect.choice or unclear else effect.targets


def _spans(effects: dict[Language, list[Effect]], asked: AskedFacts) -> dict[Language, Span]:
    spans: dict[Language, Span] = {}
    for lang, each in effects.items():
        meant = asked_effects(each, asked.actor_number, asked.actor_is_card)
        if meant:
            spans[lang] = meant[0].span
    return spans


class Untargetable:
    """A card that targets cannot be used on one whose text says, without a condition, that effects cannot target it."""

    name = "untargetable"

    def apply(self, asked: AskedFacts) -> RuleVerdict | None:
        """Answer no, or decline."""
        if asked.ask is not Ask.TARGET_WITH or asked.against is None:
            return None
        actor = asked.effects(asked.actor)
        if not in_every_language(actor, asked.actor_number, asked.actor_is_card, _targets):
            return None
        spans = {
            lang: _never_targeted(asked.against, lang, each) for lang, each in asked.effects(asked.against).items()
        }
        found = {lang: span for lang, span in spans.items() if span}
        if len(found) < len(spans) or not found:
            return None
        return RuleVerdict(
            verdict=Verdict.NO,
            rule=self.name,
            rule_id="ygo-rule-untargetable-vs-indestructible",
            card_id=asked.against.card_id,
            spans=found,
            explanation=reason("not-targeted", asked.actor.names, asked.against.names),
        )


def _never_targeted(card: Card, lang: Language, effects: list[Effect]) -> Span | None:
    text = flat(card.texts[lang])
    for effect in effects:
        if Protection.NOT_TARGETED in effect.protections and effect.type is EffectType.CONTINUOUS:
            if _ALWAYS[lang].fullmatch(text[effect.span.start : effect.span.end]):
                return effect.span
    return None


class LinkFaceDown:
    """A card whose only effect turns its target face-down cannot be used on a Link Monster."""

    name = "link-face-down"

    def apply(self, asked: AskedFacts) -> RuleVerdict | None:
        """Answer no, or decline."""
        if asked.ask is not Ask.TARGET_WITH or asked.against is None:
            return None
        if "Link" not in str(asked.against.facts.get("type_line")) and "link" not in asked.against.facts:
            return None
        actor = asked.effects(asked.actor)
        if not agreed(_only_turns_face_down(effects) for effects in actor.values()):
            return None
        return RuleVerdict(
            verdict=Verdict.NO,
            rule=self.name,
            rule_id="ygo-rule-link-monsters",
            card_id=asked.actor.card_id,
            spans={lang: next(e.span for e in effects if e.activated) for lang, effects in actor.items()},
            explanation=reason("link-face-down", asked.actor.names, asked.against.names),
        )


def _only_turns_face_down(effects: list[Effect]) -> bool:
    activated = [effect for effect in effects if effect.activated]
    return len(activated) == 1 and {action.deed for action in activated[0].actions} == {Deed.FACE_DOWN}
