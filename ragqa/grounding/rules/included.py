"""Does an effect include a part that another card responds to: the rule, and the reading it rests on."""

import re

from ragqa.datatypes import Language, Verdict
from ragqa.grounding.effects import Action, Deed, Effect, EffectType, Protection, Response, Zone
from ragqa.grounding.effects.flat import flat
from ragqa.grounding.rules.agreement import agreed, in_every_language
from ragqa.grounding.rules.asked import RESPONSES, AskedFacts, RuleVerdict
from ragqa.grounding.rules.reasons import reason

_DECK = re.compile(r"(?<!ex)(?<!エクストラ)デッキ|(?<!엑스트라 )(?<!엑스트라)덱|(?<!extra )\bdecks?\b")
_DRAW = re.compile(r"ドロー|引[くきい]|드로우|뽑|\bdraw")
_SUMMON = re.compile(r"召喚|소환|summon|トークン|토큰|token")
_GRAVE = re.compile(
    r"墓地(?!(?:へ|に)送)|묘지(?!로 ?보)|(?<!to the )(?<!to your )(?<!to their )\bgys?\b|(?<!to the )graveyard"
)
_COPY = re.compile(
    r"発動時の効果|効果を(?:発動|適用)|同じ(?:効果|になる)|として扱|コピー|代わり|発動時の|효과를 (?:발동"
    r"|적용)|같아진|같은 효과|대신|that effect|activate (?:that|its|the)"
    r"|this effect becomes|instead|same effect|デッキが|덱이"
)
_LATER = re.compile(
    r"発動できる|発動する|場合|素材|代わり|발동할 수 있|발동한다|경우|소재|대신"
    r"|\bif (?!you do)|\bwhen\b|can activate|materials?\b|instead"
)
"""What makes a sentence depend on something, or tell of a permission that is used later."""
_GRANTED = re.compile(
    r"(?<!して)発動(?:できる|する)|効果を得る|발동(?:할 수 있다|한다)|효과를 얻|gains? (?:this|the(?:se)? "
    r"|an? )[^.;]*effect|: you can|each time"
)
"""What gives an effect to another card, to be activated later."""
_SENTENCE_END = re.compile(r"。|\.(?=\s|$)|●")
_BATTLE = re.compile(r"戦闘|ダメージ|リバース|攻撃|전투|데미지|리버스|공격|battle|damage|flip|attack")
_RETURNING = {Deed.ADD_TO_HAND, Deed.RETURN_TO_DECK, Deed.RETURN_TO_HAND}
_MOVING = {Deed.ADD_TO_HAND, Deed.SPECIAL_SUMMON, Deed.SEND_TO_GRAVEYARD, Deed.BANISH, Deed.RETURN_TO_DECK}


class Included:
    """Cards that respond to "an effect that includes …": does the other card's text include it?"""

    name = "included-part"

    def apply(self, asked: AskedFacts) -> RuleVerdict | None:
        """Answer yes or no where every effect that can be meant agrees in every language."""
        if asked.ask not in RESPONSES or asked.against is None:
            return None
        responses = {lang: _response(effects) for lang, effects in asked.effects(asked.actor).items()}
        read = [_wanted(response) for response in responses.values() if response]
        wanted = agreed(read) if len(read) >= min(2, len(responses)) else None
        if not wanted or asked.against.kind not in wanted[1]:
            return None
        texts = {lang: flat(text) for lang, text in asked.against.texts.items()}
        against = asked.effects(asked.against)
        if any(effect.damage_step for effects in against.values() for effect in effects if effect.activated):
            return None

        def judge(lang: Language, effect: Effect) -> bool | None:
            return includes(effect, texts[lang], wanted[0])

        found = in_every_language(against, asked.against_number, asked.against_is_card, judge)
        if found is None or (not found and any(judge(lang, e) for lang, es in against.items() for e in es)):
            return None  # or another effect of the card does include it, and may be meant
        return self._verdict(asked, against, texts, wanted[0], found)

    def _verdict(
        self,
        asked: AskedFacts,
        against: dict[Language, list[Effect]],
        texts: dict[Language, str],
        wanted: frozenset[tuple[Deed, Zone | None]],
        found: bool,
    ) -> RuleVerdict | None:
        assert asked.against is not None
        if not found:
            spans = {
                lang: effect.condition or effect.span
                for lang, effects in asked.effects(asked.actor).items()
                for effect in effects
                if effect.response
            }
            return RuleVerdict(
                verdict=Verdict.NO,
                rule=self.name,
                rule_id="ygo-rule-hand-traps",
                card_id=asked.actor.card_id,
                spans=spans,
                explanation=reason("includes-not", asked.actor.names, asked.against.names),
            )
        actions = {
            lang: action
            for lang, effects in against.items()
            for action in [a for e in effects if e.activated for a in e.actions if _is_wanted(a, wanted)][:1]
        }
        if len(actions) < len(against):
            return None  # a language without the part contradicts the others, even where its reading is in doubt
        drawn = all(action.deed is Deed.DRAW for action in actions.values())
        return RuleVerdict(
            verdict=Verdict.YES,
            rule=self.name,
            rule_id="ygo-rule-draw-vs-add" if drawn else "ygo-rule-hand-traps",
            card_id=asked.against.card_id,
            spans={lang: action.span for lang, action in actions.items()},
            explanation=reason("includes-draw" if drawn else "includes", asked.actor.names, asked.against.names),
        )


def _response(effects: list[Effect]) -> Response | None:
    """Return what a card responds to, if it has one activated effect, which responds to included parts."""
    activated = [effect for effect in effects if effect.activated and (effect.speed or 0) >= 2]
    others = [effect for effect in effects if effect.activated and effect not in activated]
    if len(activated) != 1 or any(effect.type is EffectType.ACTIVATION for effect in others):
        return None
    response = activated[0].response
    return response if response and response.includes and not activated[0].choice else None


def _wanted(response: Response) -> tuple[frozenset[tuple[Deed, Zone | None]], frozenset[str]]:
    deeds: set[tuple[Deed, Zone | None]] = set()
    for action in response.includes:
        zones: tuple[Zone | None, ...] = action.sources or (None,)
        deeds |= {(Deed.ADD_TO_HAND if action.deed is Deed.RETURN_TO_DECK else action.deed, zone) for zone in zones}
    return frozenset(deeds), response.kinds


def _is_wanted(action: Action, wanted: frozenset[tuple[Deed, Zone | None]]) -> bool:
    deed = action.deed
    if deed is Deed.DRAW:
        return (Deed.ADD_TO_HAND, Zone.DECK) in wanted
    if deed is Deed.TOKEN:
        return (Deed.SPECIAL_SUMMON, None) in wanted
    if deed is Deed.RETURN_TO_DECK:
        return Zone.GRAVEYARD in action.sources and (Deed.ADD_TO_HAND, Zone.GRAVEYARD) in wanted
    return (deed, None) in wanted or any((deed, zone) in wanted for zone in action.sources)


def includes(effect: Effect, text: str, wanted: frozenset[tuple[Deed, Zone | None]]) -> bool | None:
    """Tell whether an effect includes a wanted part; None where its text leaves a doubt."""
    if effect.resolution is None or effect.choice:
        return None
    resolution = text[effect.resolution.start : effect.resolution.end]
    before = text[effect.span.start : effect.resolution.start]
    if effect.protections & {Protection.NO_RESPONSE} or _BATTLE.search(before):
        return None
    if any(_sure(action, effect, text, wanted) for action in effect.actions):
        return True
    if any(_is_wanted(action, wanted) for action in effect.actions) or _COPY.search(resolution):
        return None
    return False if _nothing_near(effect, resolution, text, wanted) else None


def _sure(action: Action, effect: Effect, text: str, wanted: frozenset[tuple[Deed, Zone | None]]) -> bool:
    if not _is_wanted(action, wanted):
        return False
    assert effect.resolution is not None
    start = max(text.rfind(mark, effect.resolution.start, action.span.start) for mark in ("。", ". ", "●"))
    if _LATER.search(text, max(start, effect.resolution.start), _sentence_end(text, action.span.end)) or (
        _GRANTED.search(text, effect.resolution.start, action.span.start)
    ):
        return False
    bullets = text.count("●", effect.resolution.start, effect.resolution.end)
    in_bullet = bullets and text.rfind("●", effect.resolution.start, action.span.start) >= 0
    if bullets > 1 and in_bullet:
        return False
    zones = {zone for deed, zone in wanted if deed is action.deed}
    if None in zones or action.deed is Deed.DRAW or len(action.sources) == 1:
        return True
    # Of "the hand or GY" the place of activation or the target decides which: then it depends.
    depends = effect.targets or len(effect.places) > 1
    return not depends


def _sentence_end(text: str, at: int) -> int:
    found = _SENTENCE_END.search(text, at)
    return found.end() if found else len(text)


def _nothing_near(effect: Effect, resolution: str, text: str, wanted: frozenset[tuple[Deed, Zone | None]]) -> bool:
    """Whether the resolution speaks of none of the zones and deeds that a wanted part would need."""
    deeds = {deed for deed, _ in wanted}
    zones = {zone for _, zone in wanted}
    if any(action.deed in deeds and action.deed in _MOVING and not action.sources for action in effect.actions):
        return False
    if Deed.SPECIAL_SUMMON in deeds and (effect.does(Deed.SET) or effect.does(Deed.PLACE)):
        return False  # a monster that is Set by an effect is Special Summoned
    if None in zones and Deed.SPECIAL_SUMMON in deeds and _SUMMON.search(resolution):
        return False
    if None in zones and deeds - {Deed.SPECIAL_SUMMON}:
        return False
    if Zone.GRAVEYARD in zones and _GRAVE.search(resolution):
        return False
    if Zone.DECK in zones:
        left = list(resolution)
        assert effect.resolution is not None
        for action in effect.actions:
            if action.deed in (Deed.RETURN_TO_DECK, Deed.BANISH):
                start, end = (at - effect.resolution.start for at in (action.span.start, action.span.end))
                left[max(0, start) : end] = " " * (end - max(0, start))
        rest = "".join(left)
        return not (_DECK.search(rest) or _DRAW.search(resolution))
    return True
