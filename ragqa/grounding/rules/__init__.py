"""Sound rules: questions that card texts and the rules of the game answer without a ruling."""

from collections.abc import Sequence

from ragqa.corpus.passages import passages_of
from ragqa.datatypes import Language, Linking, Passage, Question, Rule, SourceKind
from ragqa.errors import NotFound
from ragqa.grounding.rules.asked import Ask, AskedFacts, RuleVerdict, SoundRule, ask_of
from ragqa.grounding.rules.damage_step import NotInDamageStep
from ragqa.grounding.rules.included import Included
from ragqa.grounding.rules.responses import OtherKind, SpellSpeeds
from ragqa.grounding.rules.targeting import LinkFaceDown, Targets, Untargetable
from ragqa.protocols import CorpusStore, Settled

__all__ = [
    "Ask",
    "AskedFacts",
    "RuleVerdict",
    "SoundRule",
    "ask_of",
    "settle_by_rule",
    "sound_rules",
    "unmeasured_rules",
    "verdict_by_rule",
]

CONFIDENCE = 0.98
"""The least precision a rule is kept at, measured by `benchmarks/sound_rules.py`."""


def sound_rules() -> Sequence[SoundRule]:
    """Return the rules that official answers confirm, in the order in which they are tried."""
    return (Included(), Targets(), NotInDamageStep())


def unmeasured_rules() -> Sequence[SoundRule]:
    """Return the rules that no official question meets; they only say no, and settle nothing unless asked to."""
    return (SpellSpeeds(), OtherKind(), Untargetable(), LinkFaceDown())


def verdict_by_rule(asked: AskedFacts, rules: Sequence[SoundRule]) -> RuleVerdict | None:
    """Return the verdict of the rules that apply; None where none does, or two differ."""
    verdicts = [verdict for rule in rules if (verdict := rule.apply(asked))]
    return verdicts[0] if len({each.verdict for each in verdicts}) == 1 else None


def settle_by_rule(
    question: Question, linking: Linking, store: CorpusStore, rules: Sequence[SoundRule] | None = None
) -> Settled | None:
    """Settle a question by a sound rule over the texts of its cards, or not at all; `rules` default to the measured."""
    try:
        cards = [store.card(card_id) for card_id in linking.card_ids]
    except NotFound:  # removed since the question was linked
        return None
    asked = ask_of(question, linking, cards)
    verdict = verdict_by_rule(asked, sound_rules() if rules is None else rules) if asked else None
    if verdict is None:
        return None
    card = next(card for card in cards if card.card_id == verdict.card_id)
    lang = question.lang if question.lang in verdict.spans else next(iter(verdict.spans))
    span = verdict.spans[lang]
    quote = card.texts[lang][span.start : span.end]
    passage = _passage_with(quote, [p for p in passages_of(card) if p.lang is lang])
    if passage is None:
        return None
    return Settled(
        verdict=verdict.verdict,
        confidence=CONFIDENCE,
        ruling=None,
        passage=passage,
        by_rule=verdict.rule,
        explanation=verdict.explanation,
        rule_passage=_rule_passage(store, verdict.rule_id, question.lang),
        quote=quote,
    )


def _passage_with(quote: str, passages: Sequence[Passage]) -> Passage | None:
    """Return the passage that holds the quote, else the one that holds its beginning."""
    holding = [p for p in passages if quote in p.text] or [p for p in passages if quote[:40] in p.text]
    return holding[0] if holding else None


def _rule_passage(store: CorpusStore, rule_id: str, lang: Language) -> Passage | None:
    try:
        rule: Rule = store.rule(rule_id)
    except NotFound:
        return None
    passages = [passage for passage in passages_of(rule) if passage.kind is SourceKind.RULE]
    return next((p for p in passages if p.lang is lang), passages[0] if passages else None)
