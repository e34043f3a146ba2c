"""Official supplements to a card as a rule about that card. Pure."""

from collections.abc import Mapping, Sequence

from ragqa.corpus.importers.card_fields import PENDULUM_HEADINGS, plain
from ragqa.corpus.importers.known_cards import KnownCards
from ragqa.datatypes import Language, Rule

SUPPLEMENT_SOURCE = "Konami OCG card database, card supplement"
_HEADINGS = {Language.EN: "Card supplement", Language.KO: "카드 보충 정보", Language.JA: "カードの補足情報"}
Sentences = Mapping[str, Sequence[str]]


def supplement_rule(
    konami_id: int,
    effects: Mapping[Language, Sentences],
    pendulum_effects: Mapping[Language, Sentences],
    *,
    cards: KnownCards,
    card_id: str | None = None,
    date: str | None = None,
) -> list[Rule]:
    """Write a card's supplements as one rule, in the order of its effects; no rule where all are empty."""
    card_id = card_id or cards.of_konami_id(konami_id)
    text = {
        lang: _joined(effects.get(lang, {}), pendulum_effects.get(lang, {}), lang, cards)
        for lang in Language
        if lang in effects or lang in pendulum_effects
    }
    text = {lang: each for lang, each in text.items() if each}
    if not text:
        return []
    return [
        Rule(
            rule_id=f"ygo-faq-{konami_id}",
            heading={lang: _heading(cards.name(card_id, lang), lang) for lang in text},
            text=text,
            card_ids=[card_id],
            source=f"{SUPPLEMENT_SOURCE}, {date}" if date else SUPPLEMENT_SOURCE,
        )
    ]


def _heading(name: str, lang: Language) -> str:
    return f"{name}: {_HEADINGS[lang]}" if name else _HEADINGS[lang]


def _joined(effects: Sentences, pendulum_effects: Sentences, lang: Language, cards: KnownCards) -> str:
    lines = _lines(effects)
    pendulum = _lines(pendulum_effects)
    if pendulum:
        lines = [*lines, PENDULUM_HEADINGS[lang][0], *pendulum]
    return "\n".join(cards.spelled_out(plain(line), lang) for line in lines)


def _lines(effects: Sentences) -> list[str]:
    return [line for number in sorted(effects, key=_order) for line in effects[number] if line.strip()]


def _order(number: str) -> tuple[float, str]:
    """Effects are numbered "0", "0.5", "1"; anything else comes last."""
    try:
        return float(number), number
    except ValueError:
        return float("inf"), number
