"""Support by a cross-encoder: a real one, tiny and untrained, and what a trained one would say."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from transformers import BertConfig, BertForSequenceClassification, BertTokenizerFast

from ragqa.datatypes import Language, Passage, SourceKind
from ragqa.errors import ModelError
from ragqa.generation.sheet import CitedSentence
from ragqa.generation.support import supported_sentences
from ragqa.retrieval import entailment
from ragqa.retrieval.entailment import EntailmentSupport

NLI = {0: "contradiction", 1: "entailment", 2: "neutral"}


def saved(folder: Path, labels: dict[int, str]) -> str:
    """Save a cross-encoder of a few hundred weights that tells these labels."""
    words = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "eclipse", "draws", "cards", "it", "can", "not"]
    folder.mkdir()
    (folder / "vocab.txt").write_text("\n".join(words))
    torch.manual_seed(3)
    config = BertConfig(
        vocab_size=len(words),
        hidden_size=8,
        num_hidden_layers=1,
        num_attention_heads=2,
        intermediate_size=8,
        id2label=labels,
        label2id={name: number for number, name in labels.items()},
    )
    BertForSequenceClassification(config).save_pretrained(folder)
    BertTokenizerFast(str(folder / "vocab.txt")).save_pretrained(folder)
    return str(folder)


def test_a_real_cross_encoder_gives_each_pair_the_probability_of_entailment(tmp_path: Path) -> None:
    support = EntailmentSupport(saved(tmp_path / "nli", NLI), "cpu")
    pairs = [("it can", "eclipse draws cards"), ("it can not", "eclipse draws cards")]
    found = support.probabilities(pairs)
    assert len(found) == 2 and all(0 < each < 1 for each in found)
    assert found[0] == pytest.approx(support.probabilities(pairs[:1])[0], abs=1e-5)
    assert support.probabilities([]) == []


def test_a_model_without_the_label_and_one_that_is_none_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="no label 'entailment' but"):
        EntailmentSupport(saved(tmp_path / "moods", {0: "glad", 1: "sad"}), "cpu")
    (tmp_path / "empty").mkdir()
    with pytest.raises(ModelError, match="RAGQA_SUPPORT_MODEL"):
        EntailmentSupport(str(tmp_path / "empty"), "cpu")


class Config:
    def __init__(self, labels: dict[int, str]) -> None:
        self.id2label = labels


class Reads:
    """A cross-encoder that understands "not": the text comes first, as in entailment."""

    labels = NLI

    def __init__(self, model_id: str, device: str | None) -> None:
        self.config = Config(self.labels)

    def predict(self, pairs: Sequence[tuple[str, str]], *, apply_softmax: bool, **_: Any) -> Any:  # noqa: ANN401
        same = [("not" in text) == ("not" in said) for text, said in pairs]
        if len(self.labels) == 1:
            assert not apply_softmax
            return np.array([0.8 if each else 0.1 for each in same])
        assert apply_softmax
        return np.array([[0.1, 0.8, 0.1] if each else [0.8, 0.1, 0.1] for each in same])


class ReadsSupport(Reads):
    labels = {0: "LABEL_0"}


@pytest.mark.parametrize("model", [Reads, ReadsSupport])
def test_sentences_that_deny_their_passage_are_dropped(monkeypatch: pytest.MonkeyPatch, model: type[Reads]) -> None:
    monkeypatch.setattr(entailment, "CrossEncoder", model)
    support = EntailmentSupport("any", None)
    passage = Passage(
        passage_id="r#en1", source_id="r", kind=SourceKind.RULING, lang=Language.EN, text="Eclipse draws cards."
    )
    agrees, denies = CitedSentence("It draws.", (1,)), CitedSentence("It does not draw.", (1,))
    assert support.probabilities([(s.text, passage.text) for s in (agrees, denies)]) == pytest.approx([0.8, 0.1])
    assert supported_sentences([agrees, denies], [passage], support, least=0.5, trusted=()) == [agrees]
