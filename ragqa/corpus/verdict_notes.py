"""Verdicts of official Q&As as noted by reading each answer, for those whose text is still the one that was read.

Rules read an answer's polarity from a clear echo of the question (`verdict_reading`), decline on two answers in five
and err on about one in fifty. `verdict_notes.tsv` holds what careful reading of every current Q&A gave, a line each:
official number, digest of the text that was read, and yes, no, conditional or none. On what a conditional answer
depends stands in `condition_notes.json`, in our own words and three languages, by official number. How both were made
and how far they agree with the rules: `python -m benchmarks.verdict_notes`.
"""

import hashlib
import json
import unicodedata
from functools import lru_cache
from importlib import resources

import msgspec

from ragqa.datatypes import Condition, Verdict

_NOTED = {"yes": Verdict.YES, "no": Verdict.NO, "conditional": Verdict.CONDITIONAL, "none": None}
_DIGEST_CHARS = 8


class VerdictNote(msgspec.Struct, frozen=True):
    """What reading gave: a verdict, or None where the answer gives none to the short question.

    A conditional one says in which case it is yes and in which no.
    """

    verdict: Verdict | None
    conditions: tuple[Condition, ...] = ()


def text_digest(title: str, answer: str) -> str:
    """Return a digest of a Q&A's text, the same whatever its spaces and character widths."""
    text = "".join(unicodedata.normalize("NFKC", f"{title}\n{answer}").split())
    return hashlib.sha256(text.encode()).hexdigest()[:_DIGEST_CHARS]


def noted_verdict(fid: int, title: str, answer: str) -> VerdictNote | None:
    """Return the note on an official Q&A; None if it was not read, or its text has changed since."""
    found = _notes().get(fid)
    if found is None or found[0] != text_digest(title, answer):
        return None
    return VerdictNote(_NOTED[found[1]], _conditions().get(fid, ()))


@lru_cache(maxsize=1)
def _notes() -> dict[int, tuple[str, str]]:
    content = (resources.files("ragqa.corpus") / "verdict_notes.tsv").read_text("utf-8")
    rows = (line.split("\t") for line in content.splitlines())
    return {int(fid): (digest, noted) for fid, digest, noted in rows}


@lru_cache(maxsize=1)
def _conditions() -> dict[int, tuple[Condition, ...]]:
    content = (resources.files("ragqa.corpus") / "condition_notes.json").read_bytes()
    return {int(fid): msgspec.convert(cases, tuple[Condition, ...]) for fid, cases in json.loads(content).items()}
