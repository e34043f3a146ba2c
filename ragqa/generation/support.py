"""Does a passage support a sentence? Shared words and numbers, and nearness of meaning, weighed by a small regression.

This tells what a passage speaks of; it cannot tell "can" from "cannot". A cross-encoder for entailment can
(`RAGQA_SUPPORT_MODEL`), at the price of one more model.
"""

import json
import re
from collections.abc import Sequence
from importlib import resources
from typing import Protocol

import msgspec
import numpy as np

from ragqa.datatypes import Passage
from ragqa.generation.sheet import CitedSentence
from ragqa.protocols import Embedder
from ragqa.text import detect_language, fold, sentences, tokens

_NUMBER = re.compile(r"\d+")


class Support(Protocol):
    """Scores (sentence, passage text) pairs."""

    def probabilities(self, pairs: Sequence[tuple[str, str]]) -> list[float]:
        """Return P(the text supports the sentence) of each pair."""
        ...


class SupportWeights(msgspec.Struct, frozen=True):
    """The regression; made by benchmarks/citation_support.py."""

    intercepts: dict[str, float]
    """By languages, as `ko-ja` (a Korean sentence, a Japanese passage), since cosines are lower across languages;
    `same` and `across` are for pairs that were not fitted."""
    words: float
    cosine: float
    strange_numbers: float

    def probability(self, languages: str, words: float, cosine: float, strange_numbers: float) -> float:
        """Return P(supported) of what `support_features` gives."""
        said, _, text = languages.partition("-")
        start = self.intercepts.get(languages, self.intercepts["same" if said == text else "across"])
        logit = start + self.words * words + self.cosine * cosine + self.strange_numbers * strange_numbers
        return float(1 / (1 + np.exp(-logit)))


class NearnessSupport:
    """Support by words, numbers and the cosine to the passage's nearest sentence."""

    def __init__(self, embedder: Embedder, weights: SupportWeights) -> None:
        self._embedder = embedder
        self._weights = weights

    def probabilities(self, pairs: Sequence[tuple[str, str]]) -> list[float]:
        """Return P(the text supports the sentence) of each pair."""
        features = support_features(pairs, self._embedder)
        return [self._weights.probability(languages_of(*pair), *f) for pair, f in zip(pairs, features, strict=True)]


def languages_of(said: str, text: str) -> str:
    """Return the languages of a sentence and a text, as `ko-ja`."""
    return f"{detect_language(said)}-{detect_language(text)}"


def load_support_weights() -> SupportWeights:
    """Return the fitted weights."""
    content = (resources.files("ragqa.generation") / "support.json").read_bytes()
    return msgspec.convert(json.loads(content), SupportWeights)


def support_features(pairs: Sequence[tuple[str, str]], embedder: Embedder) -> list[tuple[float, float, float]]:
    """Return of each pair: share of the sentence's words in the text, cosine to its nearest sentence, strange numbers.

    The cosine is over single sentences of the text and neighbours joined, since one sentence may restate two.
    """
    pieces = [_pieces(text) for _, text in pairs]
    texts = list(dict.fromkeys([said for said, _ in pairs] + [piece for each in pieces for piece in each]))
    if not texts:
        return []
    vectors = dict(zip(texts, embedder.encode_passages(texts), strict=True))
    return [
        (
            _shared_words(said, text),
            max(float(vectors[said] @ vectors[piece]) for piece in each),
            float(min(2, len(set(_NUMBER.findall(fold(said))) - set(_NUMBER.findall(fold(text)))))),
        )
        for (said, text), each in zip(pairs, pieces, strict=True)
    ]


def supported_sentences(
    written: Sequence[CitedSentence],
    passages: Sequence[Passage],
    support: Support,
    *,
    least: float,
    trusted: Sequence[CitedSentence] = (),
) -> list[CitedSentence]:
    """Keep the sentences that one of the passages they cite supports; `trusted` ones are told by the corpus itself."""
    known = {sentence.text for sentence in trusted}
    pairs = [
        (place, sentence.text, f"{passages[number - 1].heading}\n{passages[number - 1].text}")
        for place, sentence in enumerate(written)
        if sentence.text not in known
        for number in sentence.numbers
    ]
    best: dict[int, float] = {}
    for (place, _, _), found in zip(pairs, support.probabilities([pair[1:] for pair in pairs]), strict=True):
        best[place] = max(best.get(place, 0.0), found)
    return [sentence for place, sentence in enumerate(written) if best.get(place, 1.0) >= least]


def _pieces(text: str) -> list[str]:
    single = sentences(text) or [text]
    return [*single, *(f"{one} {other}" for one, other in zip(single, single[1:], strict=False))]


def _shared_words(said: str, text: str) -> float:
    words = set(tokens(said))
    return len(words & set(tokens(text))) / len(words) if words else 0.0
