"""From a card's texts to its effects."""

import re
from collections.abc import Sequence

import msgspec

from ragqa.datatypes import Card, Language
from ragqa.grounding.effects.english import ENGLISH
from ragqa.grounding.effects.facts import Action, Deed, Effect, EffectType, OncePerTurn, Response, Span, Timing, Zone
from ragqa.grounding.effects.flat import flat, trimmed
from ragqa.grounding.effects.grammar import Block, Grammar, Parts, zones_in
from ragqa.grounding.effects.japanese import JAPANESE
from ragqa.grounding.effects.kinds import read_type, speed_of, stated_type, type_line
from ragqa.grounding.effects.korean import KOREAN

GRAMMARS = {Language.EN: ENGLISH, Language.KO: KOREAN, Language.JA: JAPANESE}
_SECTION = re.compile(
    r"\[ ?(?P<pend>pendulum|monster) (?:effect|text) ?\]|【(?:(?P<ja>ペンデュラム|モンスター)効果"
    r"|(?P<ko>펜듈럼|몬스터) 효과)】"
)
_REFERS = {
    Language.EN: re.compile(r"\b(?:it|them|that (?:target|card|monster)s?|those|the target)\b"),
    Language.KO: re.compile("그 |그것|대상"),
    Language.JA: re.compile("その|それ|対象"),
}
_REVEALED = {
    Language.EN: re.compile(r"excavat|\b(?:reveal|look at)[^.;]*?\bdeck"),
    Language.KO: re.compile("덱[^.]*?(?:넘기|넘긴|넘겨|공개|보여|확인)"),
    Language.JA: re.compile("デッキ[^。]*?(?:めく|公開|見せ|確認)"),
}
_MOVES = {Deed.ADD_TO_HAND, Deed.SPECIAL_SUMMON, Deed.SEND_TO_GRAVEYARD, Deed.BANISH, Deed.RETURN_TO_DECK}


def read_effects(card: Card, lang: Language | None = None) -> list[Effect]:
    """Read the effects of a card in a language, or in every one it has a text in."""
    langs = [lang] if lang else [each for each in Language if card.texts.get(each, "").strip()]
    return [effect for each in langs for effect in _read(card, each)]


def _read(card: Card, lang: Language) -> list[Effect]:
    text = flat(card.texts.get(lang, ""))
    effects: list[Effect] = []
    for pendulum, start, end in _sections(text):
        if not pendulum and card.kind == "monster" and "Normal" in type_line(card):
            continue  # a description, not an effect
        kind = "spell" if pendulum else card.kind
        blocks = GRAMMARS[lang].blocks(text, start, end, kind == "monster" or pendulum)
        preface = " ".join(text[b.start : b.end] for b in blocks if b.number == 0) if len(blocks) == 2 else ""
        sections = [
            _effect(card, lang, text, block, pendulum, preface)
            for block in blocks
            if text[block.start : block.end].strip()
        ]
        effects += _limited(sections, text, start, end, lang)
    return effects


def _sections(text: str) -> list[tuple[bool, int, int]]:
    """Return (pendulum, start, end) of the sections of a text; a text without headings is one monster section."""
    heads = list(_SECTION.finditer(text))
    if not heads:
        return [(False, 0, len(text))]
    ends = [head.start() for head in heads[1:]] + [len(text)]
    return [
        ((head["pend"] or head["ja"] or head["ko"]) in ("pendulum", "ペンデュラム", "펜듈럼"), head.end(), end)
        for head, end in zip(heads, ends, strict=True)
    ]


def _effect(card: Card, lang: Language, text: str, block: Block, pendulum: bool, preface: str) -> Effect:
    grammar = GRAMMARS[lang]
    parts = grammar.parts(text, block.start, block.end)
    whole = text[block.start : block.end]
    before = text[parts.condition[0] : parts.cost[1]]
    kind = read_type(card, grammar, whole, before, parts.activated, block.number, pendulum)
    if block.number == 1 and card.kind == "monster":
        kind = stated_type(grammar, preface) or kind
    speed = speed_of(card, kind, pendulum)
    where = parts.cost if parts.activated else (block.start, block.end)
    targeted = None if grammar.no_target.search(whole) else grammar.target.search(text, *where)
    target_zones = _target_zones(grammar, lang, text, block, targeted)
    actions = [] if block.number == 0 else grammar.actions(text, *parts.resolution, False)
    return Effect(
        lang=lang,
        number=block.number,
        numbered=block.numbered,
        pendulum=pendulum,
        span=trimmed(text, block.start, block.end),
        type=kind,
        speed=speed,
        places=_places(card, grammar, whole, kind, pendulum),
        condition=_span(text, parts.condition),
        cost=_span(text, parts.cost),
        resolution=_span(text, parts.resolution),
        targets=targeted is not None and speed is not None,
        target_zones=target_zones,
        optional=_optional(grammar, lang, whole, before, speed, kind),
        timing=_timing(grammar, text, parts) if speed else None,
        damage_step=True if grammar.damage_step.search(before) else None,
        actions=tuple(_sourced(action, text, parts, lang, target_zones) for action in actions),
        cost_actions=tuple(grammar.actions(text, *parts.cost, False)) if parts.activated else (),
        protections=frozenset(each for each, pattern in grammar.protections if pattern.search(whole)),
        response=_response(grammar, lang, text, block, parts) if speed else None,
        choice=bool(grammar.choice.search(whole)),
    )


def _span(text: str, part: tuple[int, int]) -> Span | None:
    span = trimmed(text, *part)
    return span if span.end > span.start else None


def _optional(
    grammar: Grammar, lang: Language, whole: str, before: str, speed: int | None, kind: EffectType
) -> bool | None:
    if speed is None:
        return None
    if grammar.mandatory.search(before):
        return False
    if lang is Language.EN and kind in (EffectType.TRIGGER, EffectType.FLIP):
        return "you can" in whole or "optional" in whole or "lets you" in whole or "may" in whole
    return True


def _timing(grammar: Grammar, text: str, parts: Parts) -> Timing | None:
    return grammar.timing(text[slice(*parts.condition)])


def _target_zones(
    grammar: Grammar, lang: Language, text: str, block: Block, targeted: re.Match[str] | None
) -> tuple[Zone, ...]:
    if targeted is None:
        return ()
    if lang is Language.EN:
        stop = re.compile(r"[.;:]").search(text, targeted.end(), block.end)
        return zones_in(text[targeted.end() : stop.start() if stop else block.end], grammar.zones)
    clause = re.split(r"[、,。.:]", text[block.start : targeted.start()])[-1]
    return zones_in(clause, grammar.zones)


def _sourced(action: Action, text: str, parts: Parts, lang: Language, target_zones: tuple[Zone, ...]) -> Action:
    """Give an action without a named source the zones of the target or of the revealed cards it speaks of."""
    if action.sources or action.deed not in _MOVES:
        return action
    start = max(text.rfind(mark, parts.resolution[0], action.span.start) for mark in ("。", ". ", "●", ";"))
    clause = text[max(start, parts.resolution[0]) : action.span.end]
    if _REVEALED[lang].search(text, parts.resolution[0], action.span.end):
        return msgspec.structs.replace(action, sources=(Zone.DECK,))
    if target_zones and _REFERS[lang].search(clause):
        return msgspec.structs.replace(action, sources=target_zones)
    return action


def _places(card: Card, grammar: Grammar, whole: str, kind: EffectType, pendulum: bool) -> tuple[Zone, ...]:
    if kind is EffectType.ACTIVATION or pendulum:
        return (Zone.FIELD,)
    found = tuple(zone for zone, pattern in grammar.places if pattern.search(whole))
    return found or (Zone.FIELD,)


def _response(grammar: Grammar, lang: Language, text: str, block: Block, parts: Parts) -> Response | None:
    """Read what an effect responds to: "when a … is activated that includes …"."""
    end = parts.cost[1] if parts.activated else block.end
    found = list(grammar.response.finditer(text, block.start, end))
    if not found:  # the conditions stand in a list below "activate one of these"
        end = block.end
        found = list(grammar.response.finditer(text, block.start, end))
    if not found:
        return None
    what = " ".join(match["what"] for match in found)
    includes: list[Action] = []
    marked = grammar.response_includes.search(text, block.start, end)
    if marked:
        bullets = text.find("●", block.start, block.end)
        own = grammar.actions(text, marked.start(), marked.end(), True)
        includes = own or (grammar.actions(text, bullets, block.end, True) if bullets >= 0 else [])
        if not includes:
            return None
    return Response(
        kinds=frozenset(kind for kind, pattern in grammar.kinds if pattern.search(what)),
        includes=tuple(includes),
        only_opponent=any(grammar.opponent.search(match[0]) for match in found),
        cards_only=bool(grammar.cards_only.search(" ".join(match[0] for match in found))),
    )


def _limited(effects: Sequence[Effect], text: str, start: int, end: int, lang: Language) -> list[Effect]:
    """Give every effect the once-per-turn limit that names it, wherever the text states it."""
    grammar = GRAMMARS[lang]
    out = []
    for effect in effects:
        limit: OncePerTurn | None = None
        for each, pattern in grammar.limits:
            for match in pattern.finditer(text, start, end):
                if limit is None and _covers(effect, match[0], match.start(), each):
                    limit = each
        out.append(msgspec.structs.replace(effect, once_per_turn=limit if effect.speed else None))
    return out


def _covers(effect: Effect, limit: str, at: int, kind: OncePerTurn) -> bool:
    if kind is OncePerTurn.THIS_CARD:
        return effect.span.start <= at < effect.span.end
    numbers = re.findall("[①-⑩]|(?<=\\()[1-9](?=\\))", limit)
    if kind is OncePerTurn.NAME_ACTIVATION:
        return effect.type is EffectType.ACTIVATION
    return not numbers or any(ord(n) - ord("①") + 1 == effect.number or n == str(effect.number) for n in numbers)
