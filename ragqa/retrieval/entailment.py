"""Optional: a cross-encoder that tells whether a text supports a sentence; off unless configured."""

from collections.abc import Sequence

from sentence_transformers import CrossEncoder

from ragqa.errors import ModelError


class EntailmentSupport:
    """P(supported) by a model trained on entailment (three labels, NLI) or on support alone (one, as MiniCheck)."""

    def __init__(self, model_id: str, device: str | None) -> None:
        try:
            self._model = CrossEncoder(model_id, device=device)
        except (OSError, ValueError) as error:
            raise ModelError(
                f"support model {model_id!r} cannot be loaded ({error}); check RAGQA_SUPPORT_MODEL"
            ) from error
        labels = {name.casefold(): number for number, name in self._model.config.id2label.items()}
        self._column = labels.get("entailment")
        if len(labels) > 1 and self._column is None:
            raise ModelError(f"support model {model_id!r} has no label 'entailment' but {sorted(labels)}; use another")

    def probabilities(self, pairs: Sequence[tuple[str, str]]) -> list[float]:
        """Return P(the text supports the sentence) of each (sentence, text)."""
        if not pairs:
            return []
        texts_first = [(text, said) for said, text in pairs]
        scores = self._model.predict(texts_first, apply_softmax=self._column is not None, show_progress_bar=False)
        return [float(score if self._column is None else score[self._column]) for score in scores]
