"""Official Q&As as rulings: one ruling of a question and its translations, with the verdict read from the answer."""

import msgspec

from ragqa.corpus.verdict_notes import VerdictNote, noted_verdict
from ragqa.corpus.verdict_reading import read_verdict
from ragqa.datatypes import Language, Ruling, Verdict

QA_SOURCE = "Konami OCG card database Q&A (via db-ygoresources-com/yugioh-qa-history)"
"""The same in every format, so that a re-import finds the rulings of the last one."""
_PAGE = "https://www.db.yugioh-card.com/yugiohdb/faq_search.action?ope=5&fid={fid}&request_locale=ja"
_DOUBTS = {
    "outdated": "the Japanese answer changed after it was translated",
    "zombie": "the Japanese original was gone when it was translated",
}


class QaText(msgspec.Struct, frozen=True, kw_only=True):
    """An official Q&A in one language."""

    title: str
    question: str = ""
    answer: str


def ruling_id_of(fid: int) -> str:
    """Return the ruling id of an official Q&A number."""
    return f"ygo-qa-{fid}"


def official_url(fid: int) -> str:
    """Return the address of a Q&A in the official database."""
    return _PAGE.format(fid=fid)


def official_ruling(
    fid: int,
    texts: dict[Language, QaText],
    *,
    card_ids: list[str],
    published: str | None,
    withdrawn: str | None = None,
    notes: list[str] | None = None,
    tags: list[str] | None = None,
    source: str,
) -> Ruling:
    """Join the languages of a Q&A. The original is the Japanese one where it is there; it also gives the verdict."""
    lang = Language.JA if Language.JA in texts else next(iter(texts))
    note = _noted(fid, texts) or VerdictNote(_read(texts, doubtful=bool(notes)))
    return Ruling(
        ruling_id=ruling_id_of(fid),
        official_id=fid,
        lang=lang,
        question={each: text.title for each, text in texts.items()},
        detail={each: text.question for each, text in texts.items() if text.question not in ("", text.title)},
        answer={each: text.answer for each, text in texts.items()},
        verdict=note.verdict,
        conditions=list(note.conditions),
        card_ids=list(dict.fromkeys(card_ids)),
        published=published,
        withdrawn=withdrawn,
        note="; ".join(notes or []),
        tags=tags or [],
        source=source,
        source_url=official_url(fid),
    )


TCG_DIFFERS = "the translators hold that the TCG rules otherwise"
"""The note of a ruling that is not to be applied to the Trading Card Game."""


def translation_notes(status: str | None, *, differs: bool = False, invalid_tcg: bool = False) -> list[str]:
    """Say what is to be doubted about an English translation."""
    doubt = _DOUBTS.get(status or "") or ("the Japanese text differs now from what was translated" if differs else "")
    notes = [f"English translation: {doubt}"] if doubt else []
    return [*notes, TCG_DIFFERS] if invalid_tcg else notes


def _noted(fid: int, texts: dict[Language, QaText]) -> VerdictNote | None:
    original = texts.get(Language.JA)
    return noted_verdict(fid, original.title, original.answer) if original else None


def _read(texts: dict[Language, QaText], *, doubtful: bool) -> Verdict | None:
    """Read the Japanese answer by rules, or the English one where that is in no doubt."""
    for lang in (Language.JA,) if doubtful and Language.JA in texts else (Language.JA, Language.EN):
        if lang in texts:
            verdict = read_verdict(texts[lang].answer, texts[lang].title, lang).verdict
            if verdict:
                return verdict
    return None
