"""An answer as the page shows it, with every passage it cites at hand. Reads the corpus, changes nothing."""

from collections.abc import Iterator
from urllib.parse import urlsplit

import msgspec

from ragqa.api.web.card_views import CardView, card_view
from ragqa.api.web.pieces import Piece, marked, with_quote
from ragqa.corpus.passages import passages_of
from ragqa.corpus.store import SqlCorpusStore
from ragqa.datatypes import Answer, Citation, Language, Question, Ruling, Source, Verdict
from ragqa.errors import NotFound
from ragqa.generation.sheet import CitedSentence, parse_sheet

OFFICIAL_SITES = ("yugioh-card.com", "konami.net", "wizards.com")
"""Only links to these are links on a page; what else a source names is shown as text."""


class Translation(msgspec.Struct, frozen=True):
    """The same ruling in another language: as it was given, or as the asker reads it."""

    lang: Language
    question: str
    answer: str
    is_original: bool


class SourceView(msgspec.Struct, frozen=True, kw_only=True):
    """A cited passage: its text with the quoted words marked, where it comes from, and the ruling's other versions.

    It is `struck` through if it no longer held on the day that the question asks about.
    """

    citation: Citation
    struck: bool
    pieces: list[Piece]
    url: str
    translations: list[Translation]


class Branch(msgspec.Struct, frozen=True):
    """One case of a conditional answer."""

    when: str
    verdict: Verdict


class AnswerView(msgspec.Struct, frozen=True, kw_only=True):
    """Everything the page shows of an answer."""

    answer: Answer
    question: Question
    asked: list[Piece]
    sentences: list[CitedSentence]
    branches: list[Branch]
    cards: list[CardView]
    refused: list[tuple[str, str]]
    sources: list[SourceView]
    nearest: list[SourceView]


def answer_view(answer: Answer, question: Question, store: SqlCorpusStore) -> AnswerView:
    """Gather what a page shows of an answer; blocks while it reads the corpus."""
    spans = [(card.start, card.end) for card in answer.linked_cards]
    cards = {card.card_id: card for card in reversed(answer.linked_cards)}
    ordered = [cards[card_id] for card_id in dict.fromkeys(card.card_id for card in answer.linked_cards)]
    return AnswerView(
        answer=answer,
        question=question,
        asked=marked(question.text, spans),
        sentences=_sentences(answer),
        branches=[Branch(_in(answer.lang, each.when), each.verdict) for each in answer.conditions],
        cards=[card_view(card, store, answer.lang, question.as_of) for card in ordered],
        refused=[(card_id, card_name(card_id, answer.lang, store)) for card_id in question.not_card_ids],
        sources=[source_view(citation, answer.lang, question.as_of, store) for citation in answer.citations],
        nearest=[source_view(citation, answer.lang, question.as_of, store) for citation in answer.nearest],
    )


def source_view(citation: Citation, lang: Language, as_of: str | None, store: SqlCorpusStore) -> SourceView:
    """Find the passage of a citation; if it is gone by now, the quote alone is shown."""
    found = store.get_many(citation.kind, [citation.source_id]).get(citation.source_id)
    text = _passage_text(found.source, citation.passage_id) if found else ""
    ruling = found.source if found and isinstance(found.source, Ruling) else None
    return SourceView(
        citation=citation,
        struck=citation.withdrawn is not None and (as_of is None or as_of >= citation.withdrawn),
        pieces=with_quote(text or citation.quote, citation.quote),
        url=official_url(citation.source_url),
        translations=list(_translations(ruling, citation.lang, lang)) if ruling else [],
    )


def card_name(card_id: str, lang: Language, store: SqlCorpusStore) -> str:
    """Return a card's name in a language, else in another, its id if it is unknown."""
    try:
        return _in(lang, store.card(card_id).names) or card_id
    except NotFound:
        return card_id


def official_url(url: str) -> str:
    """Return the URL if it is one of an official site, else nothing."""
    try:
        parts = urlsplit(url)
        host = (parts.hostname or "").lower()
    except ValueError:
        return ""
    official = any(host == site or host.endswith(f".{site}") for site in OFFICIAL_SITES)
    return url if parts.scheme in ("http", "https") and official else ""


def _sentences(answer: Answer) -> list[CitedSentence]:
    if answer.citations:
        return list(parse_sheet(answer.explanation).sentences)
    # Why it abstains: a remark of our own, which cites nothing.
    return [CitedSentence(answer.explanation, ())] if answer.explanation else []


def _passage_text(source: Source, passage_id: str) -> str:
    return next((passage.text for passage in passages_of(source) if passage.passage_id == passage_id), "")


def _translations(ruling: Ruling, shown: Language, lang: Language) -> Iterator[Translation]:
    """Yield the original if another language is shown, and the asker's own language if that is neither."""
    for each in dict.fromkeys((lang, ruling.lang)):
        if each is not shown and ruling.answer.get(each):
            yield Translation(each, ruling.question.get(each, ""), ruling.answer[each], each is ruling.lang)


def _in(lang: Language, texts: "dict[Language, str]") -> str:
    return next((texts[each] for each in (lang, *Language) if texts.get(each)), "")
