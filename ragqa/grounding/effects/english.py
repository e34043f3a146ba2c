"""English card texts: what verbs and words mean."""

import re

from ragqa.grounding.effects.english_text import english_blocks, english_parts, verb_first_actions
from ragqa.grounding.effects.facts import Action, Deed, EffectType, OncePerTurn, Protection, Zone
from ragqa.grounding.effects.grammar import Grammar

ZONES = (
    (Zone.EXTRA_DECK, re.compile(r"\bextra decks?\b")),
    (Zone.DECK, re.compile(r"\bdecks?\b")),
    (Zone.HAND, re.compile(r"\bhands?\b")),
    (Zone.GRAVEYARD, re.compile(r"\bgys?\b|\bgraveyards?\b")),
    (Zone.BANISHED, re.compile(r"\bbanish(?:ed|ment)\b|removed from play")),
    (Zone.FIELD, re.compile(r"\bfield\b|\bcontrols?\b|\b(?:monster|trap|pendulum|card) zones?\b")),
)
_WHOSE = (
    r"(?:(?:your|their|the|either|both|each|its|his|her|owner's|opponent's|players?'?s?|that|main|top|bottom|of)\s+)*"
)
_ZONE = r"(?:extra deck|deck|hand|gy|graveyard|banishment|field)s?"
_SOURCES = re.compile(
    rf"(?:\b(?:from|out of)\s+(?:among\s+)?|\bcards? of\s+|\bin\s+){_WHOSE}{_ZONE}"
    rf"(?:(?:,?\s*(?:and/or|or|and)|,|/)\s*{_WHOSE}{_ZONE})*"
    r"|\b(?:that is|that are|of your|your|their|\d) banished\b|banished (?:card|monster)"
)
_UNDONE = re.compile(
    r"\b(?:cannot(?: be)?|can't|would(?: be)?|unable to|may not|instead of|unless|not|could|that (?:was"
    r"|were|is|are)|by|you|if|to) $"
    r"|\bcannot \w+ or $|\bneither player can $|\beach time [^.;]*$"
)
_HAND = re.compile(r"\b(?:to|into|in)\s+(?:[a-z']+\s+){0,4}hands?\b|goes? (?:back )?to the hand")
_GRAVE = re.compile(r"\bto\s+(?:[a-z']+\s+){0,4}(?:gys?|graveyards?)\b")
_DECK = re.compile(r"\b(?:to|into|on|under|of|in)\s+(?:[a-z']+\s+){0,6}decks?\b")
DEEDS: tuple[tuple[Deed, re.Pattern[str], re.Pattern[str] | None], ...] = (
    (Deed.ADD_TO_HAND, re.compile(r"\b(?:add(?:s|ing)?|put(?:s|ting)?|tak(?:es?|ing)|bring(?:s|ing)?)\b"), _HAND),
    (Deed.DRAW, re.compile(r"\bdraw(?:s|ing)?\b(?! phase)"), None),
    (
        Deed.SPECIAL_SUMMON,
        re.compile(r"\b(?:special|fusion|synchro|xyz|link|ritual|pendulum) summon(?:s|ing)?\b"),
        None,
    ),
    (Deed.SEND_TO_GRAVEYARD, re.compile(r"\bsend(?:s|ing)?\b|\bmill\w*\b"), _GRAVE),
    (
        Deed.NEGATE_ACTIVATION,
        re.compile(r"\bnegat(?:es?|ing)\b"),
        re.compile(r"negat\w+ (?:the|that|its) (?:\w+ or )?activation"),
    ),
    (Deed.NEGATE_SUMMON, re.compile(r"\bnegat(?:es?|ing)\b"), re.compile(r"negat\w+ (?:the|that) (?:special )?summon")),
    (Deed.NEGATE_ATTACK, re.compile(r"\bnegat(?:es?|ing)\b"), re.compile(r"negat\w+ (?:the|that|an?) attack")),
    (Deed.NEGATE_EFFECT, re.compile(r"\bnegat(?:es?|ed|ing)\b"), re.compile(r"effect|negated|negate (?:it|them)")),
    (Deed.DESTROY, re.compile(r"\bdestroy(?:s|ing)?\b"), None),
    (Deed.BANISH, re.compile(r"\bbanish(?:es|ing)?\b"), None),
    (Deed.RETURN_TO_HAND, re.compile(r"\breturn(?:s|ing)?\b|\bgoes back\b"), _HAND),
    (Deed.RETURN_TO_DECK, re.compile(r"\b(?:return|shuffle|place|put)(?:s|ing|ting)?\b|\bgoes back\b"), _DECK),
    (Deed.TAKE_CONTROL, re.compile(r"\b(?:tak(?:es?|ing)|switch|gains?|giv(?:es?|ing)) control\b"), None),
    (Deed.FACE_DOWN, re.compile(r"\b(?:change|turn|flip)(?:s|ing)?\b"), re.compile("face-down")),
    (Deed.CHANGE_POSITION, re.compile(r"\b(?:change|turn|flip)(?:s|ing)?\b"), re.compile("position|defense|face-up")),
    (Deed.SET, re.compile(r"\bset\b(?!,? face)"), None),
    (Deed.EQUIP, re.compile(r"\bequip\b"), None),
    (Deed.PLACE, re.compile(r"\bplac(?:es?|ing)\b"), re.compile("zone|counter|face-up")),
    (Deed.DISCARD, re.compile(r"\bdiscard(?:s|ing)?\b"), None),
    (Deed.TRIBUTE, re.compile(r"\btribut(?:es?|ing)\b(?! summon)"), None),
    (Deed.DETACH, re.compile(r"\bdetach(?:es|ing)?\b"), None),
    (
        Deed.CHANGE_STATS,
        re.compile(r"\b(?:gains?|loses?|becomes?|increase|halve|double|has|have)\b"),
        re.compile(r"\b(?:atk|def)\b"),
    ),
    (Deed.CHANGE_LEVEL, re.compile(r"\b(?:increase|reduce|becomes?|change)\b"), re.compile(r"\b(?:level|rank)\b")),
    (Deed.DAMAGE, re.compile(r"\b(?:inflict(?:s|ing)?|takes?|deal(?:s|ing)?)\b"), re.compile("damage")),
    (Deed.GAIN_LP, re.compile(r"\bgains?\b"), re.compile(r"\blp\b")),
)


def _actions(text: str, start: int, end: int, told: bool) -> list[Action]:
    return verb_first_actions(text, start, end, deeds=DEEDS, sources=_SOURCES, undone=_UNDONE, zones=ZONES)


ENGLISH = Grammar(
    blocks=english_blocks,
    parts=english_parts,
    actions=_actions,
    stated_types=(
        (EffectType.QUICK, re.compile(r"quick effect")),
        (EffectType.TRIGGER, re.compile(r"\btrigger\b")),
        (EffectType.IGNITION, re.compile(r"\bignition\b")),
        (EffectType.CONTINUOUS, re.compile(r"^\s*(?:\(\d\)\s*)?continuous\b")),
        (EffectType.FLIP, re.compile(r"^\s*(?:\(\d\)\s*)?flip:")),
    ),
    response_quick=re.compile(r"\(quick effect\)|during either player's turn"),
    quick=re.compile(r"during your opponent's (?:turn|main phase|battle phase)"),
    event=re.compile(r"\b(?:when|after|at the)\b|each time|\b(?:end|standby|draw) phases?\b"),
    any_turn=re.compile(r"\(quick effect\)|can activate this effect during (?:either|your opponent)"),
    trigger=re.compile(
        r"\bif (?!you control|your opponent controls|there (?:is|are)|this card is (?:in|face-up|equipped)"
        r"|your lp|you have"
        r"|no |only |both |all |the only|a player|your opponent has|neither)"
    ),
    procedure=re.compile(r"\bcan(?:not)? (?:be )?(?:normal |special )summon|special summon this card \(from"),
    target=re.compile(r"\btargets?\b(?! of)"),
    no_target=re.compile(r"(?:does not|no) target|no targeting"),
    mandatory=re.compile(r"\bmandatory\b"),
    when=re.compile(r"\bwhen\b"),
    conditional=re.compile(r"\bif\b"),
    limits=(
        (
            OncePerTurn.NAME_ACTIVATION,
            re.compile(r"you can only activate 1 ＿|only 1 activation of this card name|only activate 1"),
        ),
        (
            OncePerTurn.NAME,
            re.compile(
                r"you can only use [^.]*?(?:effects?|＿)[^.]*? (?:once )?per turn|(?:by|of) this card name"
                r"|card name's effect per turn"
                r"|by card name|only once per turn"
            ),
        ),
        (OncePerTurn.THIS_CARD, re.compile(r"once per turn|once in each turn|twice per turn")),
    ),
    protections=(
        (Protection.NO_RESPONSE, re.compile(r"cannot activate [^.;]*in response|cannot (?:chain|be responded)")),
        (Protection.NOT_NEGATED, re.compile(r"activation[^.;]*cannot be negated")),
        (Protection.NOT_TARGETED, re.compile(r"cannot (?:be )?target|neither player can target")),
        (Protection.UNAFFECTED, re.compile(r"unaffected by")),
        (Protection.NOT_DESTROYED_BY_EFFECTS, re.compile(r"cannot be destroyed by (?:[^.;]*?)effects")),
        (Protection.NOT_DESTROYED_BY_BATTLE, re.compile(r"cannot be destroyed by (?:battle|[^.;]*or battle)")),
    ),
    damage_step=re.compile(r"damage step|damage calculation"),
    places=(
        (
            Zone.HAND,
            re.compile(
                r"discard(?:ing)? this card|(?:this card|itself) (?:\([^)]*\) )?(?:from|in) (?:your|the) hand"
                r"|(?:from|in) (?:your|the) hand (?:or \w+ )?(?:to|,|:)"
            ),
        ),
        (
            Zone.GRAVEYARD,
            re.compile(
                r"banish(?:ing)? (?:both )?this card from your gy|this card (?:is )?(?:in|from) (?:your|the) "
                r"gy|this card(?: is|'s)? sent to the gy|from the gy[,:]"
            ),
        ),
    ),
    zones=ZONES,
    response=re.compile(r"\b(?:when|respond to)\b(?P<what>[^.:●]*?\bactivat(?:ed|es|ion)\b[^.:●]*)"),
    response_includes=re.compile(r"(?P<what>)(?:that )?(?:includes?|contains?) (?P<which>[^.:●(]*)"),
    opponent=re.compile(r"\bopponent\b"),
    kinds=(
        ("spell", re.compile(r"\bspells?\b|a card or effect|cards? or effects?|card effect")),
        ("trap", re.compile(r"\btraps?\b|a card or effect|cards? or effects?|card effect")),
        (
            "monster",
            re.compile(
                r"monster(?:'s)? effects?|monster[^.:]*? activates its effect|a card or effect|cards? or "
                r"effects?|card effect"
            ),
        ),
    ),
    cards_only=re.compile(r"(?:spell|trap)(?:/trap)? cards? (?:is|are) activated|activates a (?:spell|trap)"),
    choice=re.compile(r"(?:activate|use) (?:1|one) of these effects|choose 1 of these effects to activate"),
)
