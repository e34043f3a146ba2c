"""From a source text to its passages, and from a passage to the text that is embedded. Pure."""

import re
from collections.abc import Mapping

from ragqa.datatypes import Card, CardAliases, Language, Passage, Rule, Ruling, Source, SourceKind

MAX_CHARS = {Language.EN: 1400, Language.KO: 700, Language.JA: 700}
"""Longest passage by language: what fits the 512 tokens of the bundled embedder with room for the heading."""

_PARAGRAPH_END = re.compile(r"(?<=\n)")
_SENTENCE_END = re.compile(r"(?<=[.!?])(?=\s)|(?<=[。！？])")


def passages_of(source: Source) -> list[Passage]:
    """Cut a source into passages, one language after the other; alias lists have none."""
    match source:
        case Card():
            return _titled(SourceKind.CARD, source.card_id, source.names, source.texts, (source.card_id,))
        case Rule():
            return _titled(SourceKind.RULE, source.rule_id, source.heading, source.text, tuple(source.card_ids))
        case Ruling():
            return _ruling_passages(source)
        case CardAliases():
            return []


def embedding_text(passage: Passage) -> str:
    """Return the text that is embedded: of rulings the question alone, since questions are matched with questions."""
    if passage.kind is SourceKind.RULING or not passage.text:
        return passage.heading
    return f"{passage.heading}\n{passage.text}" if passage.heading else passage.text


def split_text(text: str, limit: int) -> list[str]:
    """Cut a text into pieces of at most `limit` characters, after paragraphs where possible, else after sentences.

    A single sentence beyond the limit stays whole: half a sentence can say the opposite.
    """
    if len(text) <= limit:
        return [text]
    units: list[str] = []
    for paragraph in _PARAGRAPH_END.split(text):
        units.extend([paragraph] if len(paragraph) <= limit else _SENTENCE_END.split(paragraph))
    pieces = [""]
    for unit in units:
        if pieces[-1] and len(pieces[-1]) + len(unit) > limit:
            pieces.append("")
        pieces[-1] += unit
    return [piece.strip() for piece in pieces if piece.strip()]


def _titled(
    kind: SourceKind,
    source_id: str,
    headings: Mapping[Language, str],
    texts: Mapping[Language, str],
    card_ids: tuple[str, ...],
) -> list[Passage]:
    return [
        Passage(
            passage_id=f"{source_id}#{lang}{number}",
            source_id=source_id,
            kind=kind,
            lang=lang,
            card_ids=card_ids,
            heading=_in_language(headings, lang),
            text=piece,
        )
        for lang in Language
        if texts.get(lang, "").strip()
        for number, piece in enumerate(split_text(texts[lang].strip(), MAX_CHARS[lang]), start=1)
    ]


def _ruling_passages(ruling: Ruling) -> list[Passage]:
    # Short, long and further question lead to the same answer, so each is a passage with that answer as its text:
    # a player's wording may be nearest to any of the three.
    out: list[Passage] = []
    for lang in Language:
        asked = [(number, texts.get(lang, "").strip()) for number, texts in enumerate(_questions(ruling), start=1)]
        answer = _in_language(ruling.answer, lang, ruling.lang)
        seen: set[str] = set()
        for number, heading in asked:
            if heading and heading not in seen:
                seen.add(heading)
                out.append(
                    Passage(
                        passage_id=f"{ruling.ruling_id}#{lang}{number}",
                        source_id=ruling.ruling_id,
                        kind=SourceKind.RULING,
                        lang=lang,
                        card_ids=tuple(ruling.card_ids),
                        heading=heading,
                        text=answer,
                    )
                )
    return out


def _questions(ruling: Ruling) -> tuple[Mapping[Language, str], ...]:
    return ruling.question, ruling.detail, ruling.also


def _in_language(texts: Mapping[Language, str], *preferred: Language) -> str:
    """Return the text in the first preferred language that has one, else in any, else nothing."""
    for lang in (*preferred, *Language):
        if texts.get(lang, "").strip():
            return texts[lang].strip()
    return ""
