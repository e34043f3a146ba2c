"""What the readers of official answers share: the reading, and text whose quoted parts are masked out."""

import re

import msgspec

from ragqa.datatypes import Verdict

MASK = "＿"
_QUOTED = re.compile(r"『[^『』]*』|「[^「」]*」|\"[^\"]*\"")


class VerdictReading(msgspec.Struct, frozen=True, kw_only=True):
    """A verdict read from an official answer; None means the rules declined and `rule` says at which step.

    `evidence` is the part of the answer that was read, a substring of it.
    """

    verdict: Verdict | None
    evidence: str = ""
    rule: str


def declined(rule: str) -> VerdictReading:
    """A reading without a verdict."""
    return VerdictReading(verdict=None, rule=rule)


def mask_quotes(text: str) -> str:
    """Blank card names and quoted effects, from the inside out, keeping every offset."""
    previous = ""
    while previous != text:
        previous = text
        text = _QUOTED.sub(lambda match: MASK * len(match[0]), text)
    return text
