"""Which sentences a passage supports."""

from collections.abc import Sequence

import numpy as np
import pytest

from ragqa.datatypes import Language, Passage, SourceKind
from ragqa.generation.sheet import CitedSentence
from ragqa.generation.support import (
    NearnessSupport,
    SupportWeights,
    languages_of,
    load_support_weights,
    support_features,
    supported_sentences,
)
from ragqa.protocols import Progress, Vectors

FIRST = "It can be chained. The draw belongs to the effect."
SECOND = "A face-down monster has 500 DEF."


class Letters:
    """Embeds a text as how often it has each of four letters."""

    model_id = "letters"
    dimension = 4

    def encode_passages(self, texts: Sequence[str], progress: Progress | None = None) -> Vectors:
        rows = np.array([[text.count(char) + 0.1 for char in "aehn"] for text in texts], np.float32)
        unit: Vectors = rows / np.linalg.norm(rows, axis=1, keepdims=True)
        return unit

    encode_questions = encode_passages


def passage(number: int, text: str) -> Passage:
    return Passage(
        passage_id=f"p{number}#en1", source_id=f"p{number}", kind=SourceKind.RULING, lang=Language.EN, text=text
    )


def test_features_are_shared_words_cosine_and_strange_numbers() -> None:
    same, other = support_features([("It can be chained.", FIRST), ("It has 1000 ATK.", SECOND)], Letters())
    assert same == pytest.approx((1.0, 1.0, 0.0))
    assert other[0] == pytest.approx(1 / 4)  # "has" of "it has 1000 atk"
    assert other[2] == 1.0
    assert support_features([], Letters()) == []


def test_probability_is_the_logistic_of_the_weighed_features() -> None:
    weights = SupportWeights({"same": -3.0, "across": -2.0, "ko-ja": -1.0}, 4.0, 2.0, -1.5)
    assert weights.probability("en-en", 1.0, 1.0, 0.0) == pytest.approx(1 / (1 + np.exp(-3.0)))
    assert weights.probability("ja-en", 0.25, 0.5, 2.0) == pytest.approx(1 / (1 + np.exp(3.0)))
    assert weights.probability("ko-ja", 0.0, 0.5, 0.0) == pytest.approx(0.5)
    assert languages_of("체인할 수 있다", "できます") == "ko-ja"


def test_unsupported_sentences_are_dropped_and_trusted_ones_stay() -> None:
    support = NearnessSupport(Letters(), SupportWeights({"same": -3.0, "across": -3.0}, 6.0, 0.0, 0.0))
    written = [
        CitedSentence("It can be chained.", (1,)),
        CitedSentence("The administrator decided so.", (1, 2)),
        CitedSentence("A monster has 500 DEF.", (1, 2)),
        CitedSentence("By rule nine.", (2,)),
    ]
    kept = supported_sentences(
        written,
        [passage(1, FIRST), passage(2, SECOND)],
        support,
        least=0.5,
        trusted=[CitedSentence("By rule nine.", (1,))],
    )
    assert [sentence.text for sentence in kept] == ["It can be chained.", "A monster has 500 DEF.", "By rule nine."]


def test_the_shipped_weights_speak_for_shared_words_and_nearness() -> None:
    weights = load_support_weights()
    assert weights.words > 0 and weights.cosine > 0 and weights.strange_numbers <= 0
    for languages in ("en-en", "ja-ja", "ko-ko"):
        assert weights.probability(languages, 1.0, 1.0, 0.0) > 0.9
        assert weights.probability(languages, 0.0, 0.75, 0.0) < 0.5
