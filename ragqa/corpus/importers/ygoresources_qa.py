"""Official Q&As and card supplements as YGOResources keeps them: API answers with markup, history files without."""

from collections.abc import Iterator
from pathlib import Path

import msgspec

from ragqa.corpus.importers.card_fields import in_our_languages, plain
from ragqa.corpus.importers.known_cards import NO_CARDS, KnownCards
from ragqa.corpus.importers.official import QA_SOURCE, QaText, official_ruling, translation_notes
from ragqa.corpus.importers.records import Item, json_object, json_paths, sources_of
from ragqa.corpus.importers.supplements import supplement_rule
from ragqa.datatypes import Language, Rule, Ruling
from ragqa.errors import InvalidInput


class QaOrigin(msgspec.Struct, kw_only=True):
    """Where and when a text was published."""

    date: str | None = None


class QaInLanguage(msgspec.Struct, kw_only=True):
    """A Q&A in one language, cards written as `<<konami_id>>`."""

    id: int
    title: str
    question: str
    answer: str
    origin: QaOrigin | None = msgspec.field(name="thisSrc", default=None)
    status: str | None = msgspec.field(name="translationStatus", default=None)


class QaPage(msgspec.Struct, kw_only=True):
    """The API's answer for one Q&A."""

    texts: dict[str, QaInLanguage] = msgspec.field(name="qaData")
    cards: list[int] = []
    tags: list[str] = []


class QaHistory(msgspec.Struct, kw_only=True):
    """A history file of one Q&A in Japanese, cards written as 「name」."""

    fid: int
    date: str | None = msgspec.field(name="databaseDate", default=None)
    title: str
    question: str
    answer: str
    tags: list[str] = []
    cards: list[int] | None = msgspec.field(name="mentionedCards", default=None)


class FaqHistory(msgspec.Struct, kw_only=True):
    """A history file of one card's supplements in Japanese."""

    cid: int
    date: str | None = msgspec.field(name="databaseDate", default=None)
    effects: dict[str, list[str]] = msgspec.field(name="FAQ")
    pendulum_effects: dict[str, list[str]] = msgspec.field(name="pendulumFAQ", default={})


class YgoresourcesQaImporter:
    """Reads one API answer of one Q&A, in Japanese and English."""

    name = "YGOResources Q&A JSON"

    def __init__(self, cards: KnownCards = NO_CARDS) -> None:
        self._cards = cards

    def recognises(self, path: Path, head: bytes) -> bool:
        """Tell by its keys."""
        return "qaData" in json_paths(head)

    def read(self, path: Path) -> Iterator[Item]:
        """Yield the ruling."""
        return sources_of(path, json_object(path), QaPage, lambda page: [self._ruling(page)])

    def _ruling(self, page: QaPage) -> Ruling:
        texts = in_our_languages(page.texts)
        if not texts:
            raise InvalidInput("qaData has no text in Japanese or English", field="qaData")
        original = texts.get(Language.JA) or next(iter(texts.values()))
        english = texts.get(Language.EN)
        return official_ruling(
            original.id,
            {lang: self._text(text, lang) for lang, text in texts.items()},
            card_ids=[self._cards.of_konami_id(konami_id) for konami_id in page.cards],
            published=original.origin.date if original.origin else None,
            notes=translation_notes(english.status) if english else [],
            tags=page.tags,
            source=QA_SOURCE,
        )

    def _text(self, text: QaInLanguage, lang: Language) -> QaText:
        title, question, answer = (
            self._cards.spelled_out(plain(each), lang) for each in (text.title, text.question, text.answer)
        )
        return QaText(title=title, question=question, answer=answer)


class QaHistoryImporter:
    """Reads one history file of one Q&A."""

    name = "YGOResources Q&A history"

    def __init__(self, cards: KnownCards = NO_CARDS) -> None:
        self._cards = cards

    def recognises(self, path: Path, head: bytes) -> bool:
        """Tell by its keys."""
        return {"fid", "title"} <= json_paths(head)

    def read(self, path: Path) -> Iterator[Item]:
        """Yield the ruling."""
        return sources_of(path, json_object(path), QaHistory, lambda page: [self._ruling(page)])

    def _ruling(self, page: QaHistory) -> Ruling:
        if page.cards is None:
            card_ids = self._cards.named_in(f"{page.title}\n{page.question}")
        else:
            card_ids = [self._cards.of_konami_id(konami_id) for konami_id in page.cards]
        text = QaText(title=plain(page.title), question=plain(page.question), answer=plain(page.answer))
        return official_ruling(
            page.fid,
            {Language.JA: text},
            card_ids=card_ids,
            published=page.date,
            tags=page.tags,
            source=QA_SOURCE,
        )


class FaqHistoryImporter:
    """Reads one history file of one card's supplements."""

    name = "YGOResources FAQ history"

    def __init__(self, cards: KnownCards = NO_CARDS) -> None:
        self._cards = cards

    def recognises(self, path: Path, head: bytes) -> bool:
        """Tell by its keys."""
        return {"cid", "FAQ"} <= json_paths(head)

    def read(self, path: Path) -> Iterator[Item]:
        """Yield the supplements as a rule about the card; nothing if there are none."""
        return sources_of(path, json_object(path), FaqHistory, self._rule)

    def _rule(self, page: FaqHistory) -> list[Rule]:
        return supplement_rule(
            page.cid,
            {Language.JA: page.effects},
            {Language.JA: page.pendulum_effects},
            cards=self._cards,
            date=page.date,
        )
