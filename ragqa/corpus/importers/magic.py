"""What the Magic formats share: ids, a card of one or several faces, and statements about cards. Pure."""

import hashlib
import re
from collections.abc import Sequence

import msgspec

from ragqa.corpus.importers.card_fields import given, plain_texts
from ragqa.datatypes import Card, Language, Rule

GAME = "mtg"
FACE_SEPARATOR = " // "
LANGUAGES = {"en": Language.EN, "ko": Language.KO, "ja": Language.JA}
LANGUAGE_NAMES = {"English": Language.EN, "Korean": Language.KO, "Japanese": Language.JA}
_TYPE = re.compile(r"[\w’']+(?=\s*(?:—|-|//|$))")


class Face(msgspec.Struct, kw_only=True, frozen=True):
    """One face of a card: names and texts by language."""

    names: dict[Language, str]
    texts: dict[Language, str] = {}


def magic_card_id(name: str) -> str:
    """Return the id of a card by its English name, which no two cards share."""
    return f"{GAME}-{hashlib.md5(name.encode(), usedforsecurity=False).hexdigest()[:10]}"


def magic_card(
    name: str, faces: Sequence[Face], *, type_line: str, oracle_id: str | None, source: str, **facts: object
) -> Card:
    """Join the faces of a card; each face's name alone is an alias of the whole."""
    several = len(faces) > 1
    names = {
        lang: FACE_SEPARATOR.join(face.names[lang] for face in faces)
        for lang in Language
        if all(lang in face.names for face in faces)
    }
    texts = {
        lang: "\n//\n".join(_face_text(face, lang, several=several) for face in faces)
        for lang in Language
        if any(face.texts.get(lang) for face in faces)
    }
    aliases = {lang: [face.names[lang] for face in faces if face.names[lang] != names[lang]] for lang in names}
    kind = _TYPE.search(type_line)
    return Card(
        card_id=magic_card_id(name),
        game=GAME,
        names=plain_texts({**names, Language.EN: name}),
        aliases={lang: several_names for lang, several_names in aliases.items() if several_names},
        kind=kind[0].lower() if kind else "",
        facts=given(type_line=type_line or None, oracle_id=oracle_id, **facts),
        texts=plain_texts(texts),
        source=source,
    )


def statement_rule(card_id: str, card_name: str, text: str, date: str, source: str) -> Rule:
    """Keep an official statement about a card. It answers no question, so it is a rule about that card."""
    digest = hashlib.sha256(text.encode()).hexdigest()[:10]
    return Rule(
        rule_id=f"{card_id}-{digest}",
        game=GAME,
        heading={Language.EN: card_name or "Ruling"},
        text={Language.EN: text},
        card_ids=[card_id],
        source=f"{source}, {date}",
    )


def _face_text(face: Face, lang: Language, *, several: bool) -> str:
    text = face.texts.get(lang, "")
    return f"{face.names.get(lang, '')}\n{text}".strip() if several else text
