"""What Korean and Japanese texts share: circled numbers, and verbs that follow the zones cards come from."""

import re
from collections.abc import Sequence

from ragqa.grounding.effects.facts import Action, Deed, Span, Zone
from ragqa.grounding.effects.flat import circled
from ragqa.grounding.effects.grammar import DEED_ZONES, Block, Pattern, zones_in

_NUMBER = re.compile(r"[①-⑩](?=\s*[^①-⑩\s의와과은는、・,のはをかと또]|\s)(?!\s*(?:의|와|과|은|는|또는)\s?)")
_PAUSE = re.compile(r"[、,:]\s*")
_ENDING = re.compile("[ぁ-ん]{1,4}|[가-힣]{1,3}")
_BREAK = re.compile(r"[。.\n●]")


def numbered_blocks(text: str, start: int, end: int, monster: bool) -> list[Block]:
    """Cut at circled numbers that come in order; text without them is one effect."""
    begins: list[int] = []
    for match in _NUMBER.finditer(text, start, end):
        before = text[start : match.start()].rstrip(" ")
        at_start = not before or before[-1] in "。.\n)"
        headed = text[match.end() : match.end() + 1] == ":"
        if circled(match[0]) == len(begins) + 1 and (headed or at_start):
            begins.append(match.start())
    if not begins:
        return [Block(1, start, end, False)]
    blocks = [Block(0, start, begins[0], True)] if text[start : begins[0]].strip() else []
    ends = [*begins[1:], end]
    return blocks + [Block(n, b, e, True) for n, (b, e) in enumerate(zip(begins, ends, strict=True), 1)]


def verb_final_actions(
    text: str,
    start: int,
    end: int,
    *,
    deeds: Sequence[tuple[Deed, Pattern]],
    sources: Pattern,
    held: Pattern,
    undone: Pattern | None,
    zones: Sequence[tuple[Zone, Pattern]],
) -> list[Action]:
    """Find deeds; the cards come from the last zone before the verb that is marked as a source.

    `sources` marks zones cards are taken from, `held` zones they are in; `undone` is what follows a verb that tells
    of an event or forbids it, None to take every verb.
    """
    found = sorted(
        (
            (match.start(), -match.end(), deed)
            for deed, pattern in deeds
            for match in pattern.finditer(text, start, end)
        ),
    )
    actions: list[Action] = []
    reached = start
    for begin, negative_end, deed in found:
        stop = -negative_end
        if stop <= reached:
            continue
        breaks = [match.end() for match in _BREAK.finditer(text, reached, begin)]
        clause = max([reached, *breaks])
        marks = list(sources.finditer(text, clause, begin)) or list(held.finditer(text, clause, begin))
        named = zones_in(marks[-1][0], zones) if marks else ()
        reached = stop
        if not (undone and undone.match(text, stop, end)):
            ending = _ENDING.match(text, stop, end)
            phrase = max([clause, *(m.end() for m in _PAUSE.finditer(text, clause, begin))])
            span = Span(marks[-1].start() if marks else phrase, ending.end() if ending else stop)
            actions.append(Action(deed=deed, sources=DEED_ZONES.get(deed, named), span=span))
    return actions
