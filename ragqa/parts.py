"""What asking is made of: the parts that `ragqa.bootstrap` builds once and hands over."""

from collections.abc import Callable, Sequence
from typing import Protocol

import msgspec

from ragqa.datatypes import FalsePremise, Linking, Question, RegionVerdict, ScoredPassage, UnlinkedSpan
from ragqa.generation.support import Support
from ragqa.protocols import CorpusStore, Generator, Linker, Settled


class Retriever(Protocol):
    """Finds the passages that may settle a question."""

    def retrieve(self, question: Question, linking: Linking) -> list[ScoredPassage]:
        """Return passages, best first."""
        ...


class Gate(Protocol):
    """Decides whether something in the corpus settles the question before any generator is asked."""

    def settle(self, question: Question, linking: Linking, passages: Sequence[ScoredPassage]) -> Settled | None:
        """Return what settles the question, or None."""
        ...


Premises = Callable[[Question, Linking], FalsePremise | None]
"""Finds an effect that a question takes for granted and no text of its card knows."""
Regions = Callable[[Question, Linking, Settled], tuple[RegionVerdict, ...]]
"""Finds both regions' verdicts where they differ and the question names none."""
Strangers = Callable[[Question, Linking], tuple[UnlinkedSpan, ...]]
"""Finds words that look like the name of a card that nobody here knows."""
Doubts = Callable[[Question, Linking], tuple[UnlinkedSpan, ...]]
"""Finds linked cards whose name is only a part of a longer name that nobody here knows."""


class Parts(msgspec.Struct, frozen=True, kw_only=True):
    """Everything `ask` needs, built once by `ragqa.bootstrap`."""

    store: CorpusStore
    linker: Linker
    retriever: Retriever
    gate: Gate
    generator: Generator
    context_passages: int
    min_reasoned_probability: float = 0.9
    support: Support | None = None
    min_support: float = 0.5
    premises: Premises | None = None
    regions: Regions | None = None
    strangers: Strangers | None = None
    doubts: Doubts | None = None
