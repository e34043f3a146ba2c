"""A service small enough to see through: names link by substring, passages rank by shared words."""

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from ragqa.config import Settings
from ragqa.corpus.passages import passages_of
from ragqa.corpus.store import SqlCorpusStore
from ragqa.datatypes import (
    Card,
    Language,
    LinkedCard,
    Linking,
    Question,
    Ruling,
    ScoredPassage,
    Source,
    SourceKind,
    Verdict,
)
from ragqa.errors import GenerationFailed
from ragqa.evaluation.examples import Example
from ragqa.generation.rulings import RulingsGenerator
from ragqa.parts import Parts
from ragqa.protocols import Settled
from ragqa.text import tokens

EN = Language.EN


class SubstringLinker:
    """Links a card whose English name is in the question."""

    def __init__(self, store: SqlCorpusStore) -> None:
        self.cards = sorted(store.cards(), key=lambda card: card.card_id)

    def link(self, question: Question) -> Linking:
        found = []
        for card in self.cards:
            start = question.text.find(card.names[EN])
            if start >= 0 or card.card_id in question.card_ids:
                end = start + len(card.names[EN]) if start >= 0 else 0
                found.append(
                    LinkedCard(
                        card_id=card.card_id,
                        name=card.names[EN],
                        start=max(start, 0),
                        end=end,
                        surface=question.text[max(start, 0) : end],
                        score=1.0,
                        via="name",
                    )
                )
        return Linking(cards=tuple(sorted(found, key=lambda card: card.start)))


class WordRetriever:
    """Ranks every passage by words shared with the question; ties by id."""

    def __init__(self, store: SqlCorpusStore) -> None:
        kinds = (SourceKind.CARD, SourceKind.RULING)
        self.passages = [p for kind in kinds for source in store.sources(kind) for p in passages_of(source)]
        self.calls = 0

    def retrieve(self, question: Question, linking: Linking) -> list[ScoredPassage]:
        self.calls += 1
        if "crash" in question.text:
            raise GenerationFailed("the model stopped")
        asked = set(tokens(question.text))
        scored = [
            ScoredPassage(passage=p, score=float(len(asked & set(tokens(f"{p.heading} {p.text}")))))
            for p in self.passages
        ]
        return sorted(scored, key=lambda s: (-s.score, s.passage.passage_id))


class TopRulingGate:
    """The first ruling about exactly the linked cards settles, unless it is withdrawn."""

    def __init__(self, store: SqlCorpusStore) -> None:
        self.store = store

    def settle(self, question: Question, linking: Linking, passages: Sequence[ScoredPassage]) -> Settled | None:
        for scored in passages:
            passage = scored.passage
            if (
                passage.kind is SourceKind.RULING
                and passage.card_ids
                and set(passage.card_ids) == set(linking.card_ids)
            ):
                ruling = self.store.ruling(passage.source_id)
                if not ruling.withdrawn:
                    verdict = ruling.verdict or Verdict.UNKNOWN
                    return Settled(verdict=verdict, confidence=0.9, ruling=ruling, passage=passage)
        return None


class FakeService(NamedTuple):
    """What evaluation asks."""

    settings: Settings
    store: SqlCorpusStore
    parts: Parts


CARDS = [
    Card(card_id="c1", names={EN: "Red Fox"}, texts={EN: "It jumps over a dog."}),
    Card(card_id="c2", names={EN: "Lazy Dog"}, texts={EN: "It sleeps in the sun."}),
    Card(card_id="c3", names={EN: "Grey Owl"}, texts={EN: "It watches at night."}),
]


def ruling(number: int, question: str, answer: str, verdict: Verdict, cards: list[str], **more: str) -> Ruling:
    return Ruling(
        ruling_id=f"r{number}",
        lang=EN,
        question={EN: question},
        answer={EN: answer},
        verdict=verdict,
        card_ids=cards,
        withdrawn=more.get("withdrawn"),
    )


RULINGS = [
    ruling(1, "May Red Fox jump over Lazy Dog?", "It may jump.", Verdict.YES, ["c1", "c2"]),
    ruling(2, "May Grey Owl sleep by day?", "It may not sleep.", Verdict.NO, ["c3"]),
    ruling(
        3, "May Red Fox jump over the Lazy Dog?", "Old answer: no.", Verdict.NO, ["c1", "c2"], withdrawn="2025-06-15"
    ),
    ruling(4, "Does Lazy Dog snore in battle?", "It depends on the dream.", Verdict.CONDITIONAL, ["c2"]),
]


def example(query_id: str, question: str, verdict: Verdict, rulings: str = "", cards: str = "") -> Example:
    return Example(
        query_id=query_id,
        lang=EN,
        question=question,
        verdict=verdict,
        ruling_ids=tuple(rulings.split()),
        card_ids=tuple(cards.split()),
        style=("short",) if len(question) < 40 else ("long",),
    )


EXAMPLES = [
    example("q1", "can Red Fox hop over Lazy Dog", Verdict.YES, "r1", "c1 c2"),
    example("q2", "is Grey Owl allowed a nap by day", Verdict.NO, "r2", "c3"),
    example("q3", "will Lazy Dog snore in a battle against somebody", Verdict.CONDITIONAL, "r4", "c2"),
    example("q4", "what does Red Fox cost", Verdict.UNKNOWN, "", "c1"),
    example("q5", "Lazy Dog and Grey Owl, who wins", Verdict.NO, "r2", "c2 c3"),
    example("q6", "make it crash, Red Fox", Verdict.YES, "r1", "c1"),
]


def fill(store: SqlCorpusStore, sources: Sequence[Source] = (*CARDS, *RULINGS)) -> None:
    """Put sources into a store."""
    store.apply([(source, passages_of(source), None) for source in sources], model_id=None)


def fake_service(store: SqlCorpusStore, home: Path) -> FakeService:
    """Fill an empty store and build the parts over it."""
    if store.corpus_version() == 0:
        fill(store)
    parts = Parts(
        store=store,
        linker=SubstringLinker(store),
        retriever=WordRetriever(store),
        gate=TopRulingGate(store),
        generator=RulingsGenerator(),
        context_passages=3,
    )
    return FakeService(Settings.model_validate({"home": home}), store, parts)
