"""Reads the polarity of an English answer: "Yes, it can.", or the question's verb again with can or cannot.

The rules decline where the first sentence depends on something the title does not say ("if", "as long as", "unless",
"only") or where a later sentence says the opposite of the same verb.
"""

import re

from ragqa.corpus.verdict_text import VerdictReading, declined, mask_quotes
from ragqa.datatypes import Verdict

_ASKS = re.compile(
    r"(?:^|[,.;:?]\s+|\b(?:then|and|so|case|situation|time|scenario|this)\s+)"
    r"(?:can|could|will|would|do|does|did|is|are|am|was|were|must|may|has|have|should)\b",
    re.IGNORECASE,
)
_OPEN_QUESTION = re.compile(
    r"\b(?:what|how|which|when does|where|who|whose|why|or (?:not|is|do|does|can))\b", re.IGNORECASE
)
_DIRECT = re.compile(r"\s*(yes|no)\b[,.]", re.IGNORECASE)
_CONDITION = re.compile(
    r"\b(?:only|unless|as long as|so long as|provided|providing|assuming|depends?|depending|must|except|however|but)\b",
    re.IGNORECASE,
)
_IF = re.compile(r"\b(?:if|when|while|since)\b", re.IGNORECASE)
_CASES = re.compile(r"[ⒶⒷ●①]|\(A\)|\bA:")
_NEGATIVE = r"(?:can ?not|can't|will not|won't|does not|doesn't|do not|don't|is not|isn't|are not|aren't|unable to)"
_POSITIVE = r"(?:can|will|does|do|is|are|able to)"
_VERB = re.compile(
    r"\b(activat|special summon|normal summon|tribute summon|summon|chain|target|attack|appl(?:y|i)|destroy|banish|"
    r"negat|choos|select|us(?:e|ing)|tribut|equip|add|draw|set\b|return|send|sent|inflict|treated|resolv|remov|detach|discard|tak|"
    r"gain|increas|chang|perform)",
    re.IGNORECASE,
)


def _asked_verb(title: str) -> str | None:
    """Give the stem of the verb that a yes/no title asks about, or None."""
    question = re.split(r"(?<=[.?!])\s+(?=[A-Z])", title.strip())[-1]
    if not question.endswith("?") or _OPEN_QUESTION.search(question) or title.count("?") > 1:
        return None
    asks = list(_ASKS.finditer(question))
    if not asks or re.search(r"\b(?:unable|not|n't|no longer)\b", question[asks[-1].start() :]):
        return None
    passive = list(re.finditer(r"\bbe\s+(?=\w)", question[asks[-1].end() :]))
    verb = _VERB.match(question, asks[-1].end() + passive[-1].end()) if passive else None
    verb = verb or _VERB.search(question, asks[-1].end())
    return verb[1].lower() if verb else ""


def _polarities(verb: str, sentence: str) -> list[tuple[bool, re.Match[str]]]:
    """Find where a sentence affirms (True) or denies (False) the verb."""
    between = r"(?:\s+(?:also|still|be|only|normally|have|not|already))*\s+"
    denied = re.finditer(rf"\b{_NEGATIVE}{between}{verb}", sentence, re.IGNORECASE)
    affirmed = re.finditer(rf"\b{_POSITIVE}(?! ?not\b){between}{verb}", sentence, re.IGNORECASE)
    found = [(False, match) for match in denied]
    return sorted(
        found + [(True, match) for match in affirmed if " not " not in match[0]], key=lambda hit: hit[1].start()
    )


def read_english(answer: str, title: str) -> VerdictReading:
    """Read the verdict of an English official answer to its title."""
    verb = _asked_verb(title)
    if verb is None:
        return declined("title is not yes/no")
    masked = mask_quotes(answer)
    if _CASES.search(masked[:200]):
        return declined("answer treats cases")
    sentence = re.split(r"(?<=[.!])\s", masked.strip(), maxsplit=1)[0]
    direct = _DIRECT.match(masked)
    if direct:
        if (
            _CONDITION.search(sentence)
            or _IF.search(sentence)
            or re.search(r"Ⓑ|\bhowever, if\b", masked, re.IGNORECASE)
        ):
            return declined("answer has a condition")
        verdict = Verdict.YES if direct[1].lower() == "yes" else Verdict.NO
        return VerdictReading(verdict=verdict, evidence=direct[0].strip(), rule="direct")
    return _echo(verb, sentence, masked, title) if verb else declined("title's predicate unknown")


def _echo(verb: str, sentence: str, masked: str, title: str) -> VerdictReading:
    hits = _polarities(verb, sentence)
    if not hits:
        return declined("predicate not echoed")
    affirmed, match = hits[-1]
    if _CONDITION.search(sentence) or _has_new_words(sentence[: match.start()], title):
        return declined("answer has a condition")
    if any(hit != affirmed for hit, _ in _polarities(verb, masked)):
        return declined("answer says both")
    verdict = Verdict.YES if affirmed else Verdict.NO
    return VerdictReading(verdict=verdict, evidence=match[0], rule="echo")


def _has_new_words(before: str, title: str) -> bool:
    """Whether an if-clause before the verb names things that the title does not."""
    condition = _IF.search(before)
    if condition is None or re.match(r"\s*even\b", before, re.IGNORECASE):
        return False
    known = set(re.findall(r"[a-z]{4,}", title.lower()))
    words = set(re.findall(r"[a-z]{4,}", before[condition.start() :].lower()))
    return len(words & known) < 0.6 * len(words)
