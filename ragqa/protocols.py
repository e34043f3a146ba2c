"""What the use cases need from their parts; every part can be exchanged behind these."""

from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Mapping, Sequence
from typing import Protocol, runtime_checkable

import msgspec
import numpy as np
from numpy.typing import NDArray

from ragqa.datatypes import (
    Card,
    CardAliases,
    Condition,
    Language,
    Linking,
    Passage,
    Question,
    Rule,
    Ruling,
    ScoredPassage,
    Source,
    SourceKind,
    Usage,
    Verdict,
)

Vectors = NDArray[np.float32]
Progress = Callable[[int, int], None]
"""Called with (done, total) while something long runs."""


class Embedder(Protocol):
    """Turns texts into unit vectors."""

    model_id: str
    dimension: int

    def encode_questions(self, texts: Sequence[str]) -> Vectors:
        """Return (len(texts), dimension) float32 rows of length 1."""
        ...

    def encode_passages(self, texts: Sequence[str], progress: Progress | None = None) -> Vectors:
        """Return (len(texts), dimension) float32 rows of length 1."""
        ...


class StoredPassage(msgspec.Struct, frozen=True):
    """A passage with its row number (the id in every index) and, where asked for, its vector."""

    row: int
    passage: Passage
    vector: Vectors | None = None


class SourceVersion(msgspec.Struct, frozen=True, kw_only=True):
    """One version of a source: `corpus_version` is the change that brought it, `deleted` a tombstone."""

    source: Source
    corpus_version: int
    changed_at: str
    deleted: bool = False


class PassageChanges(msgspec.Struct, frozen=True, kw_only=True):
    """What an index at an older corpus version must do to catch up."""

    corpus_version: int
    removed_rows: Sequence[int]
    added: Sequence[StoredPassage]


class CorpusStore(Protocol):
    """The truth: sources, their history, passages and vectors, changed in one transaction each."""

    def corpus_version(self) -> int:
        """Return the number of the last committed change, 0 for an empty corpus."""
        ...

    def card(self, card_id: str) -> Card:
        """Return the current card. Raises NotFound."""
        ...

    def ruling(self, ruling_id: str) -> Ruling:
        """Return the current ruling. Raises NotFound."""
        ...

    def rule(self, rule_id: str) -> Rule:
        """Return the current rule. Raises NotFound."""
        ...

    def sources(self, kind: SourceKind) -> Iterable[Source]:
        """Yield every current source of a kind."""
        ...

    def changed_sources(self, version: int) -> list[tuple[SourceKind, str, Source | None]]:
        """Return every source changed after a corpus version as it is now; None where it was removed."""
        ...

    def history(self, kind: SourceKind, source_id: str) -> list[SourceVersion]:
        """Return every version of a source, oldest first; empty if it never existed."""
        ...

    def cards(self) -> Iterable[Card]:
        """Yield every current card."""
        ...

    def rulings(self) -> Iterable[Ruling]:
        """Yield every current ruling, withdrawn ones included."""
        ...

    def aliases(self) -> Iterable[CardAliases]:
        """Yield every current alias list."""
        ...

    def passages(self, rows: Sequence[int], model_id: str | None = None) -> list[StoredPassage]:
        """Return passages by row, in the order asked, with the vectors of a model if one is named.

        Rows that no longer exist are left out.
        """
        ...

    def change_mark(self, corpus_version: int) -> str:
        """Return what tells this change from one of the same number in another corpus; empty if there is none."""
        ...

    def apply(
        self,
        upserts: Sequence[tuple[Source, Sequence[Passage], Vectors | None]],
        deletes: Sequence[tuple[SourceKind, str]] = (),
        *,
        model_id: str | None,
        summary: str = "",
    ) -> int:
        """Write sources, their passages and vectors in one transaction; return the new corpus version."""
        ...

    def passage_count(self) -> int:
        """Return how many current passages there are."""
        ...

    def all_passages(self, model_id: str) -> Iterator[list[StoredPassage]]:
        """Yield every current passage with its vector in batches, by row."""
        ...

    def source_passages(
        self, kind: SourceKind, source_ids: Sequence[str], model_id: str
    ) -> dict[str, list[StoredPassage]]:
        """Return the current passages of sources, with the vectors that a model has made of them."""
        ...

    def changes_since(self, version: int, model_id: str) -> PassageChanges:
        """Return passages added and rows removed after `version`, vectors of `model_id` included."""
        ...


class DenseIndex(Protocol):
    """Nearest neighbours by inner product of unit vectors."""

    def add(self, rows: Sequence[int], vectors: Vectors) -> None:
        """Add or replace vectors under their rows."""
        ...

    def remove(self, rows: Sequence[int]) -> None:
        """Remove rows; unknown ones are ignored."""
        ...

    def search(self, vector: Vectors, k: int, among: Sequence[int] | None = None) -> list[tuple[int, float]]:
        """Return at most k (row, score), best first, only rows of `among` if given."""
        ...

    def __len__(self) -> int: ...


class LexicalIndex(Protocol):
    """Ranked word search."""

    def add(self, rows: Sequence[int], texts: Sequence[str]) -> None:
        """Add or replace texts under their rows."""
        ...

    def remove(self, rows: Sequence[int]) -> None:
        """Remove rows; unknown ones are ignored."""
        ...

    def search(self, text: str, k: int) -> list[tuple[int, float]]:
        """Return at most k (row, score), best first."""
        ...

    def __len__(self) -> int: ...


class Linker(Protocol):
    """From words in a question to card ids."""

    def link(self, question: Question) -> Linking:
        """Return the cards meant, and what was left unlinked."""
        ...


class Reranker(Protocol):
    """Scores (question, passage) pairs together."""

    model_id: str

    def rerank(self, question: str, passages: Sequence[ScoredPassage]) -> list[ScoredPassage]:
        """Return the passages in their new order, best first."""
        ...


class Settled(msgspec.Struct, frozen=True, kw_only=True):
    """A verdict that stands before any generator is asked: by a current ruling or by a sound rule.

    A rule brings its own `explanation` by language, the words of the card text it rests on (`quote`, in `passage`)
    and the passage of the rule of the game.
    """

    verdict: Verdict
    confidence: float
    ruling: Ruling | None
    passage: Passage
    conditions: tuple[Condition, ...] = ()
    by_rule: str | None = None
    explanation: dict[Language, str] = {}
    quote: str = ""
    rule_passage: Passage | None = None


class Prompt(msgspec.Struct, frozen=True, kw_only=True):
    """What a generator answers: chat messages, and the same evidence in typed form.

    `passages` are numbered from 1 in the order given; attribution reads the same numbers. A generator without a
    model reads `settled`; one with a model reads `messages`.
    """

    question: Question
    messages: tuple[Mapping[str, str], ...]
    passages: tuple[Passage, ...]
    settled: Settled | None
    version: str


class Delta(msgspec.Struct, frozen=True, kw_only=True):
    """A piece of generated text; the verdict's probabilities come once, with the piece that states it.

    `usage` comes once, with the last piece, from a generator that has a model and knows.
    """

    text: str
    verdict_probabilities: Mapping[Verdict, float] | None = None
    usage: Usage | None = None


class GeneratorLoad(msgspec.Struct, frozen=True, kw_only=True):
    """How busy a model in this process is; `kv_used` of `kv_tokens` places are held by running generations."""

    running: int
    waiting: int
    kv_tokens: int
    kv_used: int


@runtime_checkable
class LoadReporting(Protocol):
    """A generator that can say how busy it is."""

    def load(self) -> GeneratorLoad:
        """Return the load as it is now."""
        ...


class Generator(Protocol):
    """Writes an answer sheet: `verdict: <word>`, then sentences that end in citation numbers such as [1]."""

    name: str

    def stream(self, prompt: Prompt) -> AsyncIterator[Delta]:
        """Yield the sheet piece by piece. Raises InvalidInput, Overloaded, GenerationFailed."""
        ...
