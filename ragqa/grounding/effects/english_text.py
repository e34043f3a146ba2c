"""How English card text is cut: Problem-Solving Card Text (condition: cost; effect) and numbered effects "(1)"."""

import re
from collections.abc import Sequence

from ragqa.grounding.effects.facts import Action, Deed, Span, Zone
from ragqa.grounding.effects.grammar import DEED_ZONES, Block, Parts, Pattern, zones_in

_NUMBER = re.compile(r"(?:(?<=[.;:)]\s)|(?<=\n)|^)\((?P<n>[1-9])\)(?!\s*(?:and|or|to|of)\b)")
_SENTENCE = re.compile(r"[^.\n]+(?:\.(?!\s|$)[^.\n]+)*(?:\.(?=\s|$)|\n|$)(?:\s*●[^●]*?(?=\n●|\n(?!●)|$))*\s*")
_GOES_ON = re.compile(
    r"\s*(?:\(|you can only|this effect|this turn|that |those |these |it |they |also|then|otherwise|if "
    r"you do|during the"
    r" end phase of this turn|during your opponent's next|until |for the rest|you cannot|your opponent "
    r"cannot|neither player"
    r"|while equipped|if this effect|monsters? summoned by|the (?:equipped|targeted|summoned|destroyed)|when this card"
    r" (?:leaves|is destroyed)|if that|each |after this)"
)
_PREFACE = re.compile(
    r"\s*(?:\d\+? |cannot be (?:normal|special)|must (?:be|first)|(?:this card )?can(?:not)? be special"
    r"|there can only|to summon"
    r"|\(this card is always|[^.:;]* \+ |＿* ?\+|＿+\n|this card's name|if you control no)"
)
_OUTER = re.compile(r"\([^)]*\)|[:;]")
_BREAK = re.compile(r"[.;\n●]")


def english_blocks(text: str, start: int, end: int, monster: bool) -> list[Block]:
    """Cut at "(1)" where effects are numbered, else at sentences that begin another effect."""
    begins: list[int] = []
    for match in _NUMBER.finditer(text, start, end):
        if int(match["n"]) == len(begins) + 1:
            begins.append(match.start())
    if begins:
        ends = [*begins[1:], end]
        blocks = [Block(0, start, begins[0], True)] if text[start : begins[0]].strip() else []
        return blocks + [Block(n, b, e, True) for n, (b, e) in enumerate(zip(begins, ends, strict=True), 1)]
    return _sentence_blocks(text, start, end, monster)


def _sentence_blocks(text: str, start: int, end: int, monster: bool) -> list[Block]:
    cut: list[tuple[bool, int, int]] = []
    for match in _SENTENCE.finditer(text, start, end):
        piece = match[0]
        preface = not any(not p for p, _, _ in cut) and bool(_PREFACE.match(piece)) and ";" not in piece
        begins = bool(separators(piece)) and (monster or "you can" in piece or "if this" in piece)
        goes_on = bool(cut) and not begins and (bool(_GOES_ON.match(piece)) or not monster)
        if cut and goes_on and not cut[-1][0]:
            cut[-1] = (cut[-1][0], cut[-1][1], match.end())
        else:
            cut.append((preface, match.start(), match.end()))
    blocks: list[Block] = []
    number = 0
    for preface, begin, stop in cut:
        number += not preface
        blocks.append(Block(0 if preface else number, begin, stop, False))
    return blocks


def separators(text: str) -> list[tuple[str, int]]:
    """Return the colons and semicolons outside parentheses, with their offsets."""
    return [(m[0], m.start()) for m in _OUTER.finditer(text) if m[0] in ":;"]


def english_parts(text: str, start: int, end: int) -> Parts:
    """Condition before the first colon, cost before the first semicolon, the rest is resolution."""
    first = text.find("●", start, end)
    marks = separators(text[start : end if first < 0 else first])
    colon = next((start + at for mark, at in marks if mark == ":"), None)
    semicolon = next((start + at for mark, at in marks if mark == ";"), None)
    if colon is not None and semicolon is not None and colon > semicolon:
        colon = None
    condition = (start, start if colon is None else colon + 1)
    cost = (condition[1], condition[1] if semicolon is None else semicolon + 1)
    return Parts(condition, cost, (cost[1], end), bool(marks))


def verb_first_actions(
    text: str,
    start: int,
    end: int,
    *,
    deeds: Sequence[tuple[Deed, Pattern, Pattern | None]],
    sources: Pattern,
    undone: Pattern,
    zones: Sequence[tuple[Zone, Pattern]],
) -> list[Action]:
    """Find deeds: a verb, and for some a word that has to follow in its clause; `from …` names the source."""
    found = sorted(
        (match.start(), -match.end(), number)
        for number, (_, pattern, _) in enumerate(deeds)
        for match in pattern.finditer(text, start, end)
    )
    actions: list[Action] = []
    for place, (begin, stop, number) in enumerate(found):
        deed, _, needed = deeds[number]
        follows = [other for other, _, _ in found[place + 1 :] if other >= -stop]
        broken = _BREAK.search(text, -stop, end)
        clause_end = min([end, *follows[:1], *([broken.start()] if broken else [])])
        clause = text[begin:clause_end]
        if (needed and not needed.search(clause)) or undone.search(text[max(start, begin - 28) : begin]):
            continue
        marks = [zones_in(mark[0], zones) for mark in sources.finditer(clause)]
        named = tuple(zone for zone in Zone if any(zone in mark for mark in marks))
        span = Span(begin, begin + len(clause.rstrip(" ,")))
        actions.append(Action(deed=deed, sources=DEED_ZONES.get(deed, named), span=span))
    return actions
