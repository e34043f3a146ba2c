"""Texts in pieces, so that a page can mark some of them: what was quoted, what changed, what names a card. Pure."""

import re
from collections.abc import Iterable, Iterator
from difflib import SequenceMatcher
from enum import StrEnum

import msgspec

_TOKEN = re.compile(r"[A-Za-z0-9']+|\s+|.", re.DOTALL)


class Mark(StrEnum):
    """What a piece is, by the HTML element that shows it; `PLAIN` is just text."""

    PLAIN = ""
    QUOTED = "mark"
    ADDED = "ins"
    REMOVED = "del"


class Piece(msgspec.Struct, frozen=True):
    """Some characters of a text, and how they are marked."""

    text: str
    mark: Mark = Mark.PLAIN


def marked(text: str, spans: Iterable[tuple[int, int]]) -> list[Piece]:
    """Cut a text so that the characters of the spans (start, end) are marked; spans that overlap are joined."""
    pieces: list[Piece] = []
    done = 0
    for start, end in sorted(spans):
        start = max(start, done)
        if start < end:
            pieces += [Piece(text[done:start]), Piece(text[start:end], Mark.QUOTED)]
            done = end
    return [piece for piece in (*pieces, Piece(text[done:])) if piece.text]


def with_quote(text: str, quote: str) -> list[Piece]:
    """Mark the first place where the quote stands in the text."""
    start = text.find(quote) if quote else -1
    return marked(text, [(start, start + len(quote))] if start >= 0 else [])


def changes(before: str, after: str) -> list[Piece]:
    """Return the later text with what was added and, in its place, what was removed, by words or by CJK signs."""
    first, second = (_TOKEN.findall(text) for text in (before, after))
    return list(_joined(first, second))


def _joined(first: list[str], second: list[str]) -> Iterator[Piece]:
    for _, a, b, c, d in SequenceMatcher(None, first, second, autojunk=False).get_opcodes():
        if first[a:b] == second[c:d]:
            yield Piece("".join(first[a:b]))
            continue
        if b > a:
            yield Piece("".join(first[a:b]), Mark.REMOVED)
        if d > c:
            yield Piece("".join(second[c:d]), Mark.ADDED)
