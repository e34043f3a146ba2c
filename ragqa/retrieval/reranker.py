"""Optional reranking by a cross-encoder; off unless configured."""

from collections.abc import Sequence

import msgspec
from sentence_transformers import CrossEncoder

from ragqa.datatypes import ScoredPassage
from ragqa.errors import ModelError


class CrossEncoderReranker:
    """A `Reranker` over any sentence-transformers cross-encoder."""

    def __init__(self, model_id: str, device: str | None) -> None:
        self.model_id = model_id
        try:
            self._model = CrossEncoder(model_id, device=device)
        except (OSError, ValueError) as error:
            raise ModelError(f"reranker {model_id!r} cannot be loaded ({error}); check RAGQA_RERANKER") from error

    def rerank(self, question: str, passages: Sequence[ScoredPassage]) -> list[ScoredPassage]:
        """Return the passages in their new order; the channel "reranker" holds the model's score."""
        pairs = [(question, f"{scored.passage.heading}\n{scored.passage.text}") for scored in passages]
        scores = [float(score) for score in self._model.predict(pairs, show_progress_bar=False)]
        scored = [
            msgspec.structs.replace(passage, score=score, channels={**passage.channels, "reranker": score})
            for passage, score in zip(passages, scores, strict=True)
        ]
        return sorted(scored, key=lambda passage: -passage.score)
