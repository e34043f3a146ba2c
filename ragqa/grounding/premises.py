"""False premises: a question that takes for granted what no text of its card says.

Precision comes from the card's side: a claim counts as false only if every language of the text is silent about the
deed altogether, so that a claim that was read badly is still believed wherever the text speaks of such a thing.
"""

from collections.abc import Callable, Iterator

from ragqa.corpus.passages import passages_of
from ragqa.datatypes import Card, FalsePremise, Language, LinkedCard, Linking, Question
from ragqa.errors import NotFound
from ragqa.grounding.effects import read_effects
from ragqa.grounding.effects.flat import flat
from ragqa.grounding.premise_words import CLAIM_WORDS, CLAIMS, NUMBERED, SENTENCE_END, TEXT_WORDS
from ragqa.text import fold

_SURE = 0.8
CardOf = Callable[[str], Card]
"""From a card id to the card. Raises NotFound."""


def false_premise(question: Question, linking: Linking, card_of: CardOf) -> FalsePremise | None:
    """Return the first effect that a question gives to a card, linked for sure, without any ground in its texts."""
    for linked, tail in _tails(question, linking):
        try:
            card = card_of(linked.card_id)
        except NotFound:  # removed since the question was linked
            continue
        claim = _unfounded(tail, card, question.lang)
        if claim:
            said = question.text[linked.start : linked.end + len(claim)].strip()
            return FalsePremise(card_id=card.card_id, name=linked.name, claim=said, passage=_passage(card, question))
    return None


def _tails(question: Question, linking: Linking) -> Iterator[tuple[LinkedCard, str]]:
    """Yield each card that is linked for sure, with what follows it up to the next card or the end of the sentence."""
    links = sorted((each for each in linking.cards if each.surface), key=lambda each: each.start)
    for place, linked in enumerate(links):
        if linked.score < _SURE:
            continue
        end = links[place + 1].start if place + 1 < len(links) else len(question.text)
        said = question.text[linked.end : end]
        folded = fold(said)
        tail = folded if len(folded) == len(said) else said.lower()
        stop = SENTENCE_END[question.lang].search(tail)
        yield linked, tail[: stop.start()] if stop else tail


def _unfounded(tail: str, card: Card, lang: Language) -> str | None:
    """Return the part of the tail that claims what no text of the card speaks of."""
    texts = {each: flat(text) for each, text in card.texts.items() if text.strip()}
    if not texts:
        return None
    number, effects = _number(tail, lang), _effects(card)
    if 0 < effects < number:
        return tail
    for match in filter(None, (pattern.match(tail) for pattern in CLAIMS[lang])):
        for deed, words in CLAIM_WORDS[lang].items():
            silent = not any(TEXT_WORDS[each][deed].search(text) for each, text in texts.items())
            if silent and words.search(match["claim"]):
                return match[0]
    return None


def _number(tail: str, lang: Language) -> int:
    match = NUMBERED[lang].match(tail)
    return int(match["n"]) if match else 0


def _effects(card: Card) -> int:
    """Return how many effects the card's numbered texts have, 0 where none is numbered."""
    return max((effect.number for effect in read_effects(card) if effect.numbered), default=0)


def _passage(card: Card, question: Question) -> str:
    """Return the id of the passage that says what the card does, in the asker's language if it has one."""
    passages = passages_of(card)
    return next((p.passage_id for p in passages if p.lang is question.lang), passages[0].passage_id)
