"""What speaks for and against a ruling settling a question, as readable features for the gate."""

import math
import re
from collections.abc import Callable, Sequence

import msgspec

from ragqa.datatypes import Language, Linking, Question, Ruling, ScoredPassage, Verdict
from ragqa.grounding.asking import Asking, read_asking
from ragqa.grounding.concepts import concepts
from ragqa.grounding.phrases import asked_phrases, ruled_phrases
from ragqa.text import fold, name_key, tokens

NamesOf = Callable[[str], Sequence[str]]
"""From a card id to all names of that card."""

_QUOTED = re.compile(r"「[^「」]*」|『[^『』]*』|\"[^\"]*\"|“[^”]*”")
_NEAR = 0.02


class Evidence(msgspec.Struct, frozen=True):
    """A ruling as a candidate for settling a question, with the features and phrases that the gate weighs."""

    ruling: Ruling
    scored: ScoredPassage
    features: dict[str, float]
    phrases: frozenset[str]


class RankedRuling(msgspec.Struct, frozen=True):
    """A retrieved ruling with the passage that found it."""

    ruling: Ruling
    scored: ScoredPassage


def weigh(question: Question, linking: Linking, ranked: Sequence[RankedRuling], names_of: NamesOf) -> Evidence | None:
    """Describe the first ruling against the question and the rulings after it; None if it states no verdict.

    "It depends" without saying on what helps nobody, so a conditional ruling needs its conditions.
    """
    best = ranked[0]
    ruling = best.ruling
    if ruling.verdict in (None, Verdict.UNKNOWN) or (ruling.verdict is Verdict.CONDITIONAL and not ruling.conditions):
        return None
    asking = read_asking(question.text, question.lang)
    lang, title = best.scored.passage.lang, best.scored.passage.heading
    asked_by_ruling = read_asking(title, lang)
    features = {
        "cosine": best.scored.channels["dense"],
        "cosine in one language": best.scored.channels["dense"] if lang is question.lang else 0.0,
        "same language": float(lang is question.lang),
        **_card_features(linking, ruling, title, names_of),
        **_rival_features(ranked),
        **_wording_features(question, linking, ruling, lang, title, asking, names_of),
        **_asking_features(asking, asked_by_ruling, question.lang, lang),
        "flips": float(_flips(asking, asked_by_ruling)),
        "says no": float(ruling.verdict is Verdict.NO),
        "says conditional": float(ruling.verdict is Verdict.CONDITIONAL),
    }
    blanked = read_asking(_without_links(question.text, linking, "#"), question.lang).clause
    phrases = asked_phrases(blanked, question.lang) | ruled_phrases(title, lang)
    return Evidence(ruling, best.scored, features, phrases)


def _flips(asking: Asking, ruled: Asking) -> bool:
    """Whether "yes" to the question is "no" to the ruling: it asks whether that is prevented which the ruling allows.

    A response that stops something is allowed by a ruling that allows the response, so there nothing flips.
    """
    return asking.prevented and not ruled.prevented and not ruled.responds and not asking.responds


def _asking_features(asked: Asking, ruled: Asking, lang: Language, ruling_lang: Language) -> dict[str, float]:
    predicate = concepts(asked.predicate, lang)
    ruled_predicate = concepts(ruled.predicate, ruling_lang)
    return {
        "both able": float(asked.able and ruled.able),
        "only asked able": float(asked.able and not ruled.able),
        "only ruled able": float(ruled.able and not asked.able),
        "negation differs": float(asked.negates != ruled.negates),
        "prevented": float(asked.prevented),
        "ruling prevented": float(ruled.prevented),
        "negated": float(asked.negated),
        "claimed": float(asked.claimed),
        "not yes or no": float(not asked.yes_no),
        "outside": float(asked.outside),
        "predicate shared": float(bool(predicate & ruled_predicate)),
        "predicate apart": float(bool(predicate) and not predicate & ruled_predicate),
    }


def _card_features(linking: Linking, ruling: Ruling, title: str, names_of: NamesOf) -> dict[str, float]:
    linked = dict.fromkeys(linking.card_ids)
    scores = {card.card_id: card.score for card in linking.cards}
    titled = set(_titled_cards(ruling, title, names_of))
    named = set(ruling.card_ids)
    shared = [card_id for card_id in linked if card_id in named]
    listed = [card_id for card_id in shared if card_id not in titled]
    return {
        "linked": min(len(linked), 4),
        "found": len(shared) / len(linked) if linked else 0.0,
        "not in ruling": float(len(linked) - len(shared)),
        "titled not asked": float(len(titled - set(linked))),
        "only listed": float(bool(listed)),
        "titled": min(len(titled), 4),
        "titled asked": len(titled & set(linked)) / len(titled) if titled else 0.0,
        "one of several": float(len(linked) == 1 and len(titled) > 1),
        "one of one": float(len(linked) == 1 and len(titled) == 1),
        "weakest link": min((scores[card_id] for card_id in linked), default=0.0),
        "unlinked": float(min(sum(span.candidates[0].score > 0.1 for span in linking.unlinked if span.candidates), 3)),
        "no card": float(not linked),
    }


def _titled_cards(ruling: Ruling, title: str, names_of: NamesOf) -> list[str]:
    """The cards that the ruling's question names, as against those its answer only lists."""
    asked = name_key(title)
    titled = [
        c for c in ruling.card_ids if any(name_key(name) in asked for name in names_of(c) if len(name_key(name)) > 1)
    ]
    return titled or list(ruling.card_ids)


def _rival_features(ranked: Sequence[RankedRuling]) -> dict[str, float]:
    best, others = ranked[0], ranked[1:]
    same_cards = [r for r in others if r.scored.channels["cards_found"] >= best.scored.channels["cards_found"] - 1e-6]
    margin = best.scored.score - others[0].scored.score if others else 0.3
    contrary = [
        best.scored.channels["dense"] - r.scored.channels["dense"]
        for r in same_cards
        if r.ruling.verdict is not best.ruling.verdict and r.ruling.verdict is not None
    ]
    close = [r for r in same_cards if best.scored.score - r.scored.score < _NEAR]
    agree = [r for r in close if r.ruling.verdict is best.ruling.verdict]
    return {
        "margin": min(margin, 0.3),
        "contrary margin": min([*contrary, 0.15]),
        "close rivals": math.log1p(len(close)),
        "close agreeing": math.log1p(len(agree)),
    }


def _wording_features(
    question: Question,
    linking: Linking,
    ruling: Ruling,
    lang: Language,
    title: str,
    asking: Asking,
    names_of: NamesOf,
) -> dict[str, float]:
    names = [name for card_id in (*ruling.card_ids, *linking.card_ids) for name in names_of(card_id)]
    asked = concepts(_without_links(question.text, linking), question.lang)
    clause = concepts(asking.clause, question.lang)
    titled = concepts(mask_names(title, names), lang)
    whole = titled | concepts(mask_names(ruling.detail.get(lang, ""), names), lang)
    whole |= concepts(mask_names(ruling.answer.get(lang, ""), names), lang)
    return {
        "asked in title": _share(asked, titled),
        "asked in ruling": _share(asked, whole),
        "clause in title": _share(clause, titled),
        "clause in ruling": _share(clause, whole),
        "title in asked": _share(titled, asked),
        "strange words": float(min(strange_words(question, linking), 3)),
        "length": math.log1p(len(tokens(question.text))),
        "concepts": math.log1p(len(asked)),
    }


def _share(part: frozenset[str], of: frozenset[str]) -> float:
    return len(part & of) / len(part) if part else 0.5


def mask_names(text: str, names: Sequence[str]) -> str:
    """Blank quoted names and the given ones, so that 死者蘇生 does not count as speaking of reviving."""
    folded = fold(_QUOTED.sub(" ", text))
    for name in sorted({fold(name) for name in names}, key=len, reverse=True):
        if len(name) > 1:
            folded = folded.replace(name, " ")
    return folded


def _without_links(text: str, linking: Linking, mark: str = " ") -> str:
    chars = list(text)
    for card in linking.cards:
        chars[card.start : card.end] = [mark] + [""] * (card.end - card.start - 1)
    return "".join(chars)


_CAPITALISED = re.compile(r"(?<![.!?] )(?<!^)\b[A-Z][a-z]{3,}")
_KATAKANA = re.compile(r"[ァ-ヺー]{4,}")


def strange_words(question: Question, linking: Linking) -> int:
    """Count words outside the links that look like names: capitalised mid-sentence, or long katakana."""
    rest = _without_links(question.text, linking)
    pattern = _CAPITALISED if question.lang is Language.EN else _KATAKANA
    return sum(1 for match in pattern.finditer(rest) if not concepts(match[0], question.lang))
