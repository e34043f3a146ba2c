"""What the Yu-Gi-Oh! card formats share: ids, plain text, and a pendulum card's two texts in one. Pure."""

import re
from collections.abc import Mapping
from typing import TypeVar

from ragqa.datatypes import Language
from ragqa.text import name_key, strip_ruby

PENDULUM_HEADINGS = {
    Language.EN: ("[ Pendulum Effect ]", "[ Monster Effect ]"),
    Language.KO: ("【펜듈럼 효과】", "【몬스터 효과】"),
    Language.JA: ("【ペンデュラム効果】", "【モンスター効果】"),
}
Text = TypeVar("Text")
_LINE_END = re.compile(r"\r\n?")


def passcode_text(passcode: int) -> str:
    """Write a passcode as cards do: eight digits, leading zeros kept."""
    return f"{passcode:08d}"


def card_id_of(passcode: int | None, konami_id: int | None) -> str | None:
    """Return the id of a card: its passcode, else `kdb<konami_id>`; None for a card that has neither."""
    if passcode:
        return passcode_text(passcode)
    return f"kdb{konami_id}" if konami_id else None


def plain(text: str) -> str:
    """Drop ruby readings and carriage returns; angle brackets of a name, width and case stay as printed."""
    return strip_ruby(_LINE_END.sub("\n", text)).strip()


def plain_texts(texts: dict[Language, str]) -> dict[Language, str]:
    """Clean the texts of every language, leaving out the empty ones."""
    cleaned = {lang: plain(text) for lang, text in texts.items()}
    return {lang: text for lang, text in cleaned.items() if text}


def with_pendulum(text: str, pendulum: str, lang: Language) -> str:
    """Put both texts of a pendulum card under their headings; without a pendulum text the text stays alone."""
    if not pendulum:
        return text
    first, second = PENDULUM_HEADINGS[lang]
    return f"{first}\n{pendulum}\n{second}\n{text}" if text else f"{first}\n{pendulum}"


def reading_alias(name: str, reading: str | None) -> dict[Language, list[str]]:
    """Return the Japanese reading as an alias, where it is another name than the one printed."""
    if not reading or name_key(reading) in ("", name_key(name)):
        return {}
    return {Language.JA: [plain(reading)]}


def in_our_languages(texts: Mapping[str, Text]) -> dict[Language, Text]:
    """Return the values under en, ko and ja."""
    return {lang: texts[lang] for lang in Language if lang in texts}


def given(**facts: object) -> dict[str, object]:
    """Return the facts that are known."""
    return {name: value for name, value in facts.items() if value is not None}
