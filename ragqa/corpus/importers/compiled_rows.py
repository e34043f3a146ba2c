"""The rows of compiled JSONL, and the sources they become. Pure."""

import msgspec

from ragqa.corpus.importers.card_fields import passcode_text, plain, plain_texts, reading_alias, with_pendulum
from ragqa.corpus.importers.official import QaText, official_ruling, translation_notes
from ragqa.datatypes import Card, Language, Ruling

_FACTS = ("type_line", "attribute", "level", "rank", "link", "link_arrows", "atk", "defence", "pendulum_scale")
_MORE_FACTS = ("materials", "series", "alt_passcodes", "limit_regulation", "unofficial_translation")


class CardRow(msgspec.Struct, kw_only=True):
    """A card; `atk` and `def` are "?" on some."""

    id: str
    passcode: int | None = None
    konami_id: int | None = None
    names: dict[Language, str]
    texts: dict[Language, str]
    pendulum_texts: dict[Language, str] = {}
    name_ja_kana: str | None = None
    kind: str
    type_line: str | None = None
    attribute: str | None = None
    level: int | None = None
    rank: int | None = None
    link: int | None = None
    link_arrows: list[str] | None = None
    atk: int | str | None = None
    defence: int | str | None = msgspec.field(name="def", default=None)
    pendulum_scale: int | None = None
    materials: str | None = None
    series: list[str] | None = None
    alt_passcodes: list[int] | None = None
    limit_regulation: dict[str, str | None] | None = None
    unofficial_translation: dict[str, dict[str, bool]] | None = None
    source: dict[str, str] = {}


class RulingRow(msgspec.Struct, kw_only=True):
    """An official Q&A in one language."""

    id: str
    fid: int
    title: str
    question: str
    answer: str
    lang: Language
    card_ids: list[str] = []
    date: str | None = None
    tags: list[str] = []
    withdrawn: str | None = None
    source: str = ""
    translation_status: str | None = None
    ja_text_differs_now: bool = False
    invalid_tcg: bool = False


class FaqRow(msgspec.Struct, kw_only=True):
    """Supplements to one card: sentences by effect number, "0" for those about the card as a whole."""

    id: str
    card_id: str | None
    konami_id: int
    lang: Language
    date: str
    effects: dict[str, list[str]]
    pendulum_effects: dict[str, list[str]] = {}


def card_of(row: CardRow) -> Card:
    """Turn a row into a card; a pendulum card's two texts become one with headings."""
    texts = {
        lang: with_pendulum(plain(row.texts.get(lang, "")), plain(row.pendulum_texts.get(lang, "")), lang)
        for lang in Language
    }
    facts = {
        "def" if name == "defence" else name: value
        for name in (*_FACTS, *_MORE_FACTS)
        if (value := getattr(row, name)) is not None
    }
    return Card(
        card_id=row.id,
        passcode=passcode_text(row.passcode) if row.passcode else None,
        konami_id=row.konami_id,
        names=plain_texts(row.names),
        aliases=reading_alias(row.names.get(Language.JA, ""), row.name_ja_kana),
        kind=row.kind,
        facts=facts,
        texts=plain_texts(texts),
        source=", ".join(sorted(set(row.source.values()))),
    )


def ruling_of(row: RulingRow | None, translation: RulingRow | None) -> Ruling:
    """Join a Q&A and its English translation; one of them may be absent, not both."""
    rows = [each for each in (row, translation) if each]
    original = rows[0]
    notes: list[str] = []
    if translation:
        notes = translation_notes(
            translation.translation_status,
            differs=translation.ja_text_differs_now,
            invalid_tcg=translation.invalid_tcg,
        )
    return official_ruling(
        original.fid,
        {
            each.lang: QaText(title=plain(each.title), question=plain(each.question), answer=plain(each.answer))
            for each in rows
        },
        card_ids=[card_id for each in rows for card_id in each.card_ids],
        published=original.date,
        withdrawn=original.withdrawn,
        notes=notes,
        tags=original.tags,
        source=original.source,
    )
