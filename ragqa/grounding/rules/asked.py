"""What a question asks, where the whole question is one of the forms that a rule may answer."""

import re
from collections.abc import Sequence
from enum import StrEnum
from typing import Protocol

import msgspec

from ragqa.datatypes import Card, Language, Linking, Question, Verdict
from ragqa.grounding.effects import Effect, Span, read_effects
from ragqa.grounding.rules.forms import FORMS
from ragqa.text import fold

_FIRST = 0xE000
_CIRCLED = "①②③④⑤⑥⑦⑧⑨⑩"
_QUOTES = re.compile('[「『"\'“”‘’]*(?P<card>[\ue000-\ue009])[」』"“”]*')
_SURE = 0.8


class Ask(StrEnum):
    """The forms of question that rules know.

    `CHAIN` says that one card is chained to the other; `RESPOND` may also mean that it is used on the other.
    """

    CHAIN = "chain"
    RESPOND = "respond"
    STOP = "stop"
    TARGET_WITH = "target_with"
    TARGETS = "targets"
    DAMAGE_STEP = "damage_step"


RESPONSES = (Ask.CHAIN, Ask.RESPOND, Ask.STOP)
"""The forms that ask whether one card may be used in response to another."""


class AskedFacts(msgspec.Struct, frozen=True, kw_only=True):
    """A question in one of the known forms.

    `actor` is the card whose use is asked about, `against` the card it is used on or responds to. A number is the
    printed number of the effect asked about; `card_only` that the card's own activation is meant.
    """

    text: str
    lang: Language
    ask: Ask
    actor: Card
    against: Card | None = None
    actor_number: int | None = None
    against_number: int | None = None
    actor_is_card: bool = False
    against_is_card: bool = False

    def effects(self, card: Card) -> dict[Language, list[Effect]]:
        """Return the effects of a card in every language it has a text in."""
        return {lang: read_effects(card, lang) for lang in Language if card.texts.get(lang, "").strip()}


class RuleVerdict(msgspec.Struct, frozen=True, kw_only=True):
    """What a rule answers: the verdict, what it rests on (a span of a card's text by language), and why."""

    verdict: Verdict
    rule: str
    rule_id: str
    card_id: str
    spans: dict[Language, Span]
    explanation: dict[Language, str]


class SoundRule(Protocol):
    """Answers one kind of question from effect facts, or declines."""

    name: str

    def apply(self, asked: AskedFacts) -> RuleVerdict | None:
        """Return the verdict, or None where the rule does not hold for sure."""
        ...


def ask_of(question: Question, linking: Linking, cards: Sequence[Card]) -> AskedFacts | None:
    """Read the question; None unless all of it has a known form and every card in it is known for sure.

    `cards` are the linked cards, in the order of `linking.card_ids`.
    """
    if not linking.cards or any(linked.score < _SURE for linked in linking.cards):
        return None
    template = _template(question.text, linking)
    for ask, pattern in FORMS[question.lang]:
        match = pattern.fullmatch(template)
        if match:
            return _facts(question, Ask(ask), match, cards)
    return None


def _template(text: str, linking: Linking) -> str:
    """Put one character in place of each card, and fold the rest."""
    number = {card_id: place for place, card_id in enumerate(linking.card_ids)}
    for linked in sorted(linking.cards, key=lambda each: -each.start):
        mark = chr(_FIRST + min(number[linked.card_id], 9))
        text = text[: linked.start] + mark + text[linked.end :]
    circled = {ord(char): f"({number})" for number, char in enumerate(_CIRCLED, 1)}
    folded = fold(text.translate(circled))
    plain = _QUOTES.sub(lambda match: match["card"], folded)
    return re.sub(r"\s+", " ", plain).strip(" ?!.。ㅋㅠ~w")


def _facts(question: Question, ask: Ask, match: re.Match[str], cards: Sequence[Card]) -> AskedFacts | None:
    groups = {name.rstrip("12"): value for name, value in match.groupdict().items() if value}
    actor = cards[ord(groups["x"]) - _FIRST]
    against = cards[ord(groups["y"]) - _FIRST] if groups.get("y") else None
    mentioned = {place for place in range(len(cards)) if chr(_FIRST + place) in match.string}
    used = {ord(groups[name]) - _FIRST for name in ("x", "y") if groups.get(name)}
    if (against is not None and against.card_id == actor.card_id) or mentioned != used or len(cards) != len(used):
        return None
    return AskedFacts(
        text=question.text,
        lang=question.lang,
        ask=ask,
        actor=actor,
        against=against,
        actor_number=_number(groups.get("xn")),
        against_number=_number(groups.get("yn")),
        actor_is_card=actor.kind != "monster" and not groups.get("xe"),
        against_is_card=bool(against and against.kind != "monster" and not groups.get("ye")),
    )


def _number(text: str | None) -> int | None:
    return int(text) if text else None
