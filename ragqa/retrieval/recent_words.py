"""The words of texts that are too new for tantivy: it takes a tenth of a second to make one searchable on disk."""

import json
import math
from collections import Counter
from collections.abc import Sequence

import tantivy

_K1, _B = 1.2, 0.75
_AVERAGE = "avgdl, average length of field"


class RecentWords:
    """A few texts scored by BM25 with the statistics that tantivy will have once it has them too.

    k1 and b are tantivy's. Its average length is read out of an explanation: it is told nowhere else.
    """

    def __init__(self) -> None:
        self._words: dict[int, Counter[str]] = {}

    def __len__(self) -> int:
        return len(self._words)

    def __contains__(self, row: int) -> bool:
        return row in self._words

    def put(self, row: int, words: Sequence[str]) -> None:
        """Add a text, or replace it."""
        self._words[row] = Counter(words)

    def discard(self, row: int) -> None:
        """Forget a text, if it is there."""
        self._words.pop(row, None)

    def clear(self) -> None:
        """Forget all."""
        self._words.clear()

    def search(
        self, words: Sequence[str], searcher: tantivy.Searcher, average: float | None
    ) -> list[tuple[int, float]]:
        """Return (row, score) of the texts with at least one of the words.

        `average` is the length in words of the texts that the searcher has, None where it is not known.
        """
        lengths = {row: counts.total() for row, counts in self._words.items()}
        found = {row: counts for row, counts in self._words.items() if any(word in counts for word in words)}
        if not found:
            return []
        weights = {word: self._weight(word, searcher) for word in words}
        others = 0 if average is None else searcher.num_docs
        mean = ((average or 0.0) * others + sum(lengths.values())) / (others + len(lengths))
        return [
            (row, sum(weights[word] * _saturation(counts[word], lengths[row] / mean) for word in words))
            for row, counts in found.items()
        ]

    def _weight(self, word: str, searcher: tantivy.Searcher) -> float:
        having = searcher.doc_freq("words", word) + sum(word in counts for counts in self._words.values())
        texts = searcher.num_docs + len(self._words)
        return (_K1 + 1) * math.log(1 + max(0.0, texts - having + 0.5) / (having + 0.5))


def _saturation(count: int, relative_length: float) -> float:
    return count / (count + _K1 * (1 - _B + _B * relative_length))


def average_length(query: tantivy.Query, searcher: tantivy.Searcher, hit: tantivy.DocAddress) -> float | None:
    """Return the average length of a searcher's texts, from why a hit was found; None where it does not say."""
    waiting = [json.loads(query.explain(searcher, hit).to_json())]
    while waiting:
        part = waiting.pop()
        if part.get("description") == _AVERAGE:
            return float(part["value"])
        waiting.extend(part.get("details", ()))
    return None
