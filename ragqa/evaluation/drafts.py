"""Drafting a test set from the corpus: templates a person then rewords, since a question must not copy its ruling."""

import hashlib
import random
from collections.abc import Sequence

from ragqa.datatypes import Card, Language, Ruling, Verdict
from ragqa.evaluation.controls import FICTIONAL_NAMES
from ragqa.evaluation.examples import Example
from ragqa.protocols import CorpusStore

FRAMES: dict[Language, tuple[str, ...]] = {
    Language.EN: (
        "quick ruling question: {question}",
        "my opponent says otherwise, so I ask: {question}",
        "{question} we argued about this at locals",
    ),
    Language.KO: (
        "룰 질문이요. {question}",
        "친구랑 말이 달라서 물어봅니다. {question}",
        "{question} 대회에서 나온 상황이에요",
    ),
    Language.JA: (
        "裁定の質問です。{question}",
        "相手と意見が分かれました。{question}",
        "{question} ショップ大会での出来事です",
    ),
}
DRAFT = "draft: reword it as a player would ask, then check it"


def make_drafts(
    store: CorpusStore, *, languages: Sequence[Language] = tuple(Language), count: int = 100, seed: int = 0
) -> list[Example]:
    """Draft up to `count` questions, spread over verdicts and languages, one in seven about a card that does not exist.

    Card names become nicknames where the corpus has some. A ruling is used once, and its split follows from its id, so
    that no ruling is on both sides. Withdrawn rulings and those without a verdict are left out.
    """
    rng = random.Random(seed)
    cards = _cards_with_aliases(store)
    drafts: list[Example] = []
    for ruling, lang in _spread(list(store.rulings()), languages, rng):
        if len(drafts) == count:
            break
        drafts.append(_draft(ruling, lang, cards, rng, fictional=len(drafts) % 7 == 6))
    return drafts


def split_of(ruling_id: str) -> str:
    """Return dev or test, by the id alone."""
    return "dev" if hashlib.sha256(ruling_id.encode()).digest()[0] < 128 else "test"


def _spread(
    rulings: Sequence[Ruling], languages: Sequence[Language], rng: random.Random
) -> list[tuple[Ruling, Language]]:
    """Take turns between verdicts, and between the languages a ruling has, so that a small count is balanced."""
    by_verdict: dict[Verdict, list[tuple[Ruling, Language]]] = {}
    for ruling in sorted(rulings, key=lambda ruling: ruling.ruling_id):
        spoken = [lang for lang in languages if ruling.question.get(lang, "").strip()]
        if ruling.verdict and not ruling.withdrawn and spoken:
            turn = by_verdict.setdefault(ruling.verdict, [])
            turn.append((ruling, spoken[len(turn) % len(spoken)]))
    for turn in by_verdict.values():
        rng.shuffle(turn)
    longest = max(map(len, by_verdict.values()), default=0)
    return [turn[i] for i in range(longest) for _, turn in sorted(by_verdict.items()) if i < len(turn)]


def _draft(ruling: Ruling, lang: Language, cards: dict[str, Card], rng: random.Random, *, fictional: bool) -> Example:
    text, style, replaced = ruling.question[lang].strip(), ["draft"], False
    for position, card_id in enumerate(ruling.card_ids):
        card = cards.get(card_id)
        name = card.names.get(lang) if card else None
        if card is None or not name or name not in text:
            continue
        if fictional:
            text, replaced = text.replace(name, FICTIONAL_NAMES[lang][position % len(FICTIONAL_NAMES[lang])]), True
        elif card.aliases.get(lang):
            text = text.replace(name, rng.choice(card.aliases[lang]))
            style.append("nickname")
    question = rng.choice(FRAMES[lang]).format(question=text)
    return Example(
        query_id=f"draft-{lang}-{ruling.ruling_id}{'-fictional' if replaced else ''}",
        lang=lang,
        question=question.lower() if lang is Language.EN else question,
        verdict=Verdict.UNKNOWN if replaced else ruling.verdict or Verdict.UNKNOWN,
        ruling_ids=() if replaced else (ruling.ruling_id,),
        card_ids=() if replaced else tuple(ruling.card_ids),
        style=tuple(dict.fromkeys([*style, "fictional-card"] if replaced else style)),
        note=DRAFT,
        split=split_of(ruling.ruling_id),
    )


def _cards_with_aliases(store: CorpusStore) -> dict[str, Card]:
    """Return the cards, each with the nicknames that are kept apart from it as well."""
    cards = {card.card_id: card for card in store.cards()}
    for extra in store.aliases():
        card = cards.get(extra.card_id)
        if card:
            for lang, names in extra.aliases.items():
                card.aliases.setdefault(lang, []).extend(names)
    return cards
