"""Reading the answer sheet that every generator writes: a verdict line, then sentences with citation numbers."""

import re

import msgspec

from ragqa.datatypes import Verdict

_VERDICT = re.compile(r"^\s*verdict\s*:\s*(yes|no|conditional|unknown)\b[ .]*", re.IGNORECASE)
_CITED = re.compile(r"(?P<text>.*?)\s*(?P<numbers>(?:\[\d{1,2}\]\s*)+)[.。]?", re.DOTALL)


class CitedSentence(msgspec.Struct, frozen=True):
    """One sentence with the passage numbers it names."""

    text: str
    numbers: tuple[int, ...]


class Sheet(msgspec.Struct, frozen=True):
    """A parsed answer; `verdict` is None where the text does not begin with a verdict line."""

    verdict: Verdict | None
    sentences: tuple[CitedSentence, ...]


def parse_sheet(text: str) -> Sheet:
    """Parse strictly: what carries no citation number is dropped, because nobody could check it."""
    match = _VERDICT.match(text)
    body = text[match.end() :] if match else text
    found = []
    for part in _CITED.finditer(body):
        sentence = " ".join(part["text"].split())
        numbers = tuple(dict.fromkeys(int(number) for number in re.findall(r"\d+", part["numbers"])))
        if sentence:
            found.append(CitedSentence(sentence, numbers))
    return Sheet(Verdict(match[1].lower()) if match else None, tuple(found))
