"""Card text made plain without moving a character: width, case, and names out of the way."""

import re

from ragqa.corpus.verdict_text import MASK
from ragqa.grounding.effects.facts import Span

_FULL_WIDTH = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)} | {0x3000: 0x20, 0x201C: 0x22, 0x201D: 0x22}
_LOWER = {code: code + 32 for code in range(ord("A"), ord("Z") + 1)}
_NAMES = re.compile(r"「[^「」]*」|\"[^\"\n]*\"")
_NUMBERS = {ord(char): number for number, char in enumerate("①②③④⑤⑥⑦⑧⑨⑩", 1)}


def flat(text: str) -> str:
    """Half-width, lower-case, quoted names blanked; every offset stays."""
    plain = text.translate(_FULL_WIDTH).translate(_LOWER)
    return _NAMES.sub(lambda match: MASK * len(match[0]), plain)


def circled(char: str) -> int:
    """Return the number of a circled digit."""
    return _NUMBERS[ord(char)]


def trimmed(text: str, start: int, end: int) -> Span:
    """Return the span without white space at its ends."""
    piece = text[start:end]
    return Span(start + len(piece) - len(piece.lstrip()), start + len(piece.rstrip()))
