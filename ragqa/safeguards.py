"""Builds what keeps an answer honest beside the gate: support, regions, unknown and longer names."""

import msgspec

from ragqa.config import Settings
from ragqa.datatypes import Linking, Question, Region, RegionVerdict, UnlinkedSpan
from ragqa.generation.support import NearnessSupport, Support, load_support_weights
from ragqa.grounding.extended_names import extended_names
from ragqa.grounding.gate import RulingGate
from ragqa.grounding.regions import verdicts_by_region
from ragqa.grounding.strangers import strange_recipients, strangers
from ragqa.parts import Doubts, Regions, Strangers
from ragqa.protocols import Embedder, Settled
from ragqa.retrieval.index import CorpusIndex
from ragqa.retrieval.linking.ordinary import load_ordinary_words
from ragqa.retrieval.retriever import HybridRetriever


def support_of(settings: Settings, embedder: Embedder) -> Support:
    """Return the check of a model's sentences that is configured. Raises ModelError."""
    if settings.support_model is None:
        return NearnessSupport(embedder, load_support_weights())
    from ragqa.retrieval.entailment import EntailmentSupport

    return EntailmentSupport(settings.support_model, None if settings.device == "auto" else settings.device)


def regions_of(index: CorpusIndex, retriever: HybridRetriever, gate: RulingGate) -> Regions:
    """Return what settles a question once more in the other region; free where the corpus has rulings of one."""

    def find(question: Question, linking: Linking, settled: Settled) -> tuple[RegionVerdict, ...]:
        def settle_in(region: Region) -> Settled | None:
            there = msgspec.structs.replace(question, region=region)
            return gate.settle(there, linking, retriever.retrieve(there, linking))

        return verdicts_by_region(question, settled, index.regions(), settle_in)

    return find


def strangers_of(index: CorpusIndex) -> Strangers:
    """Return what finds unknown names; it reads all names, and only for a question that is declined."""
    ordinary = load_ordinary_words()

    def find(question: Question, linking: Linking) -> tuple[UnlinkedSpan, ...]:
        return strangers(question, linking, ordinary, index.card_names(question.lang))

    return find


def doubts_of(index: CorpusIndex) -> Doubts:
    """Return what finds linked cards whose name is only part of a longer, unknown one, and unknown cards acted on."""
    ordinary = load_ordinary_words()

    def find(question: Question, linking: Linking) -> tuple[UnlinkedSpan, ...]:
        return (
            *extended_names(question, linking, ordinary, index.names_of),
            *strange_recipients(question, linking, ordinary, index.card_names),
        )

    return find
