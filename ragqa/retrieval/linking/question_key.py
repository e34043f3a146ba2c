"""A question as a key, with how surely a word begins or ends at every character."""

import re

import msgspec

from ragqa.retrieval.linking.names import script
from ragqa.text import is_han, is_hangul, key_characters

_KO_AFTER_NAME = re.compile(
    r"(?:이랑|랑|하고|한테|에게|에서|에다|으로|로|까지|부터|만|도|은|는|이|가|을|를|의|에|와|과|나|이나|라도|처럼|보다"
    r"|인데|이면|면|켜|쓰|맞|뜨|깔|땜에|때문에|이고|고|된|당|치|써|칠|쏘|있|없|끼리|한|이라|라|님|들|걸|꺼|으)"
)
"""What follows a card's name without a space: particles, and the verbs players attach."""


class QuestionKey(msgspec.Struct, frozen=True):
    """Key character i comes from `text[offsets[i]]`; `starts[i]` and `ends[i]` judge a word boundary before it.

    1.0 is a separator or a change of script, 0.8 a Korean stem before a particle, 0.5 a place between ideographs,
    0.0 the inside of a word. `ends` has one more entry, for the end of the text.
    """

    text: str
    key: str
    offsets: list[int]
    starts: list[float]
    ends: list[float]

    def span(self, start: int, end: int) -> tuple[int, int]:
        """Return the character offsets in the text of `key[start:end]`."""
        return self.offsets[start], self.offsets[end - 1] + 1


def question_key(text: str) -> QuestionKey:
    """Fold a question for look-up."""
    pairs = list(key_characters(text))
    offsets = [offset for _, offset in pairs]
    inner = [_boundary(text, offsets, i) for i in range(1, len(pairs))]
    starts = [1.0, *(0.0 if weight == 0.8 else weight for weight in inner)][: len(pairs)]
    return QuestionKey(text, "".join(char for char, _ in pairs), offsets, starts, [0.0, *inner, 1.0])


def _boundary(text: str, offsets: list[int], i: int) -> float:
    if offsets[i] > offsets[i - 1] + 1:
        return 1.0
    if offsets[i] == offsets[i - 1]:
        return 0.0
    before, here = text[offsets[i - 1]], text[offsets[i]]
    if script(before) != script(here):
        return 1.0
    if is_hangul(here):
        return 0.8 if _KO_AFTER_NAME.match(text, offsets[i]) else 0.0
    return 0.5 if is_han(here) else 0.0
