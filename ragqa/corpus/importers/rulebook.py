"""Rulebooks as plain text: numbered sections become rules; Magic's Comprehensive Rules by their own numbers."""

import itertools
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

import msgspec

from ragqa.corpus.importers.magic import GAME
from ragqa.corpus.importers.records import Item, located, whole
from ragqa.datatypes import Rule
from ragqa.errors import InvalidInput
from ragqa.text import detect_language

_COMPREHENSIVE = "Magic: The Gathering Comprehensive Rules"
_SECTION = re.compile(r"(?P<number>\d{3})\. (?P<title>\S.*)")
_RULE = re.compile(r"(?P<number>\d{3}\.\d+)[a-z]?\.? \S")
_PAGE = re.compile(r"Pages? (?P<page>\d+)(?:-\d+)?:?")
_PAGE_BREAK = re.compile(r"-{3,}|\f")
_HEADING = re.compile(r"(?:\(\d+\)|\d+(?:\.\d+)+\.?|\d+\.|Chapter \d+:) \S.{1,78}[^.,;:]")
_DOTTED_LINE = re.compile(r"\.{5,}")
_NOT_TEXT = re.compile(rb"[\x00-\x08\x0e-\x1f]")
_SLUG = re.compile(r"[\W_]+")


class Section(msgspec.Struct):
    """A heading, where it stands (`number` makes the id) and the lines under it."""

    number: str
    heading: str
    line: int
    lines: list[str]


class RulebookImporter:
    """Reads text files of rules; the last format to try, because any text looks like it."""

    name = "rulebook text"

    def recognises(self, path: Path, head: bytes) -> bool:
        """Tell by being text, and by its rule numbers or its name."""
        try:
            text = head.decode(errors="strict" if len(head) < 65_000 else "ignore").removeprefix("\ufeff").lstrip()
        except UnicodeDecodeError:
            return False
        if not text or text[0] in "{[<" or _NOT_TEXT.search(head):
            return False
        lines = text.splitlines()
        return path.suffix == ".txt" or sum(map(_is_heading, lines)) >= 3 or lines[0].startswith(_COMPREHENSIVE)

    def read(self, path: Path) -> Iterator[Item]:
        """Yield each section with the line that it begins at."""
        try:
            text = whole(path).decode()
        except UnicodeDecodeError as error:
            yield 1, located(path, "byte", error.start + 1, InvalidInput("not UTF-8; save the file as UTF-8"))
            return
        except InvalidInput as error:
            yield 1, InvalidInput(f"{path.name}: {error}", field=error.field)
            return
        lines = text.splitlines()
        if lines and lines[0].startswith(_COMPREHENSIVE):
            yield from _rules(_comprehensive_sections(lines), "mtg-cr", GAME, lines[0].strip())
        else:
            stem = _SLUG.sub("-", path.stem.lower()).strip("-")
            yield from _rules(_sections(lines), stem, "yugioh", path.stem.replace("_", " "))


def _rules(sections: Iterable[Section], stem: str, game: str, source: str) -> Iterator[Item]:
    """Yield the sections that say something; of two with one number the second gets a letter of its own."""
    seen: dict[str, int] = {}
    for section in sections:
        text = "\n".join(line.rstrip() for line in section.lines if not _DOTTED_LINE.search(line)).strip()
        if not text:
            continue
        seen[section.number] = seen.get(section.number, 0) + 1
        repeated = f"-{seen[section.number]}" if seen[section.number] > 1 else ""
        lang = detect_language(text)
        yield (
            section.line,
            Rule(
                rule_id=f"{stem}-{section.number}{repeated}",
                game=game,
                heading={lang: section.heading},
                text={lang: text},
                source=source,
            ),
        )


def _comprehensive_sections(lines: list[str]) -> Iterator[Section]:
    """Yield each rule such as 702.19 with its subrules, then each entry of the glossary."""
    title = ""
    section: Section | None = None
    remaining = iter(enumerate(lines, start=1))
    for number, line in remaining:
        if line.strip() == "Glossary" and section:
            break
        if rule := _RULE.match(line):
            if section is None or section.number != rule["number"]:
                if section:
                    yield section
                section = Section(rule["number"], title, number, [])
            section.lines.append(line)
        elif found := _SECTION.fullmatch(line.strip()):
            title = f"{found['number']}. {found['title']}"
        elif section and line.strip():
            section.lines.append(line)
    if section:
        yield section
    yield from _glossary(remaining)


def _glossary(lines: Iterator[tuple[int, str]]) -> Iterator[Section]:
    """Yield each term: a line after a blank one, with the lines up to the next blank one."""
    entries = itertools.takewhile(lambda line: line[1].strip() != "Credits", lines)
    for has_text, group in itertools.groupby(entries, key=lambda line: bool(line[1].strip())):
        if has_text:
            (number, term), *rest = group
            slug = _SLUG.sub("-", term.lower()).strip("-")
            yield Section(f"glossary-{slug}", term.strip(), number, [line for _, line in rest])


def _sections(lines: list[str]) -> Iterator[Section]:
    """Cut at numbered headings where there are any, and at pages; a text without either is one section."""
    numbered = sum(map(_is_heading, lines)) >= 3
    page, ordinal = 0, 0
    section = Section("s1", _first_words(lines), 1, [])
    for number, line in enumerate(lines, start=1):
        stripped = line.strip()
        marked = _PAGE.fullmatch(stripped)
        if marked or _PAGE_BREAK.fullmatch(stripped):
            yield section
            page, ordinal = int(marked["page"]) if marked else page + 1, 1
            section = Section(f"p{page}", "", number, [])
        elif numbered and _is_heading(line):
            yield section
            ordinal += 1
            section = Section(f"p{page}-{ordinal}" if page else f"s{ordinal + 1}", stripped, number, [])
        else:
            section.heading = section.heading or stripped
            section.lines.append(line)
    yield section


def _is_heading(line: str) -> bool:
    return _HEADING.fullmatch(line.strip()) is not None


def _first_words(lines: list[str]) -> str:
    return next((line.strip()[:80] for line in lines if line.strip()), "")
