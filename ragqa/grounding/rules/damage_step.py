"""Can a card be activated in the Damage Step: only a "no" is sound, and only where nothing in the text points there."""

import re

from ragqa.datatypes import Language, Verdict
from ragqa.grounding.effects import Deed, Effect, EffectType
from ragqa.grounding.effects.flat import flat
from ragqa.grounding.rules.agreement import asked_effects, in_every_language
from ragqa.grounding.rules.asked import Ask, AskedFacts, RuleVerdict
from ragqa.grounding.rules.reasons import reason

_POINTS_THERE = re.compile(
    r"ダメージ(?:ステップ|計算)|戦闘|攻撃(?:力|を|宣言|対象)|守備力|攻守|発動を無効|破壊され|無効に|"
    r"데미지 (?:스텝|계산)|전투|공격|수비력|발동을 무효|파괴되|"
    r"damage (?:step|calc)|battle|attack|\batk\b|\bdef\b|negate the activation|negate that activation|destroyed"
)


class NotInDamageStep:
    """A Spell, Normal Trap or ignition effect that neither changes ATK or DEF nor negates an activation."""

    name = "not-in-damage-step"

    def apply(self, asked: AskedFacts) -> RuleVerdict | None:
        """Answer no, or decline."""
        if asked.ask is not Ask.DAMAGE_STEP or "Counter" in str(asked.actor.facts.get("type_line")):
            return None
        effects = asked.effects(asked.actor)
        texts = {lang: flat(text) for lang, text in asked.actor.texts.items()}

        def judge(lang: Language, effect: Effect) -> bool | None:
            return cannot(effect, texts[lang])

        if not in_every_language(effects, asked.actor_number, asked.actor_is_card, judge):
            return None
        spans = {
            lang: meant[0].span
            for lang, each in effects.items()
            if (meant := asked_effects(each, asked.actor_number, asked.actor_is_card))
        }
        return RuleVerdict(
            verdict=Verdict.NO,
            rule=self.name,
            rule_id="ygo-rule-damage-step-activations",
            card_id=asked.actor.card_id,
            spans=spans,
            explanation=reason("not-in-damage-step", asked.actor.names),
        )


def cannot(effect: Effect, text: str) -> bool | None:
    """Return True where the effect cannot be activated in the Damage Step for sure, else None."""
    if effect.type not in (EffectType.IGNITION, EffectType.ACTIVATION) or effect.choice:
        return None
    if effect.does(Deed.CHANGE_STATS) or _POINTS_THERE.search(text[effect.span.start : effect.span.end]):
        return None
    return True
