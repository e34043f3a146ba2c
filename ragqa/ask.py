"""The use case: from a question to an answer that can be checked."""

import logging
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import aclosing
from typing import Protocol

import anyio
import msgspec

from ragqa.datatypes import (
    Answer,
    Basis,
    FalsePremise,
    Language,
    Linking,
    Passage,
    Question,
    RegionVerdict,
    ScoredPassage,
    UnlinkedSpan,
    Usage,
    Verdict,
)
from ragqa.generation.attribution import citations, nearest, valid_sentences
from ragqa.generation.prompt import build_prompt
from ragqa.generation.rulings import RulingsGenerator, told_by
from ragqa.generation.sheet import CitedSentence, Sheet, parse_sheet
from ragqa.generation.support import Support, supported_sentences
from ragqa.grounding.remarks import premise_remark, unknown_remark
from ragqa.protocols import CorpusStore, Generator, Linker, Prompt, Settled
from ragqa.stopwatch import Stopwatch
from ragqa.text import visible

_log = logging.getLogger(__name__)


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


class CardsLinked(msgspec.Struct, frozen=True, tag="card-linked"):
    """First event: the cards the question was understood to mean."""

    linking: Linking


class PassageFound(msgspec.Struct, frozen=True, tag="passage"):
    """A passage that reached the prompt, with its citation number."""

    number: int
    passage: Passage
    score: float


class Token(msgspec.Struct, frozen=True, tag="token"):
    """A piece of the generator's text as it is written; not checked yet."""

    text: str


class Answered(msgspec.Struct, frozen=True, tag="answer"):
    """Last event: the checked answer."""

    answer: Answer


AskEvent = CardsLinked | PassageFound | Token | Answered


async def ask_events(question: Question, parts: Parts) -> AsyncGenerator[AskEvent, None]:
    """Yield what happens while a question is answered; the last event is `Answered`."""
    clock = Stopwatch()
    version = parts.store.corpus_version()
    linking = await anyio.to_thread.run_sync(parts.linker.link, question)
    clock.lap("linking")
    yield CardsLinked(linking)
    found = await anyio.to_thread.run_sync(parts.retriever.retrieve, question, linking)
    clock.lap("retrieval")
    settled = await anyio.to_thread.run_sync(parts.gate.settle, question, linking, found)
    premise = await anyio.to_thread.run_sync(parts.premises, question, linking) if parts.premises else None
    settled = None if premise else settled
    generator = RulingsGenerator() if premise else parts.generator
    regions = await anyio.to_thread.run_sync(_by_region, question, linking, settled, parts)
    clock.lap("gate")
    prompt = build_prompt(question, [scored.passage for scored in found[: parts.context_passages]], settled)
    scores = {scored.passage.passage_id: scored.score for scored in found}
    for number, passage in enumerate(prompt.passages, 1):
        yield PassageFound(number, passage, scores.get(passage.passage_id, 0.0))
    written: list[str] = []
    stated = 0.0
    usage = Usage()
    async for delta in generator.stream(prompt):
        written.append(delta.text)
        if delta.verdict_probabilities:
            stated = max(delta.verdict_probabilities.values())
        usage = delta.usage or usage
        if delta.text:
            yield Token(delta.text)
    clock.lap("generation")
    sheet = parse_sheet("".join(written))
    overruled = _overruled(sheet, settled)
    sheet = _settled_first(sheet, settled, question)
    verdict, basis, confidence = _conclude(sheet, settled, stated, parts.min_reasoned_probability)
    kept = [] if verdict is Verdict.UNKNOWN else await anyio.to_thread.run_sync(_checked, sheet, prompt, parts)
    shown: Sequence[Passage] = prompt.passages
    if not kept:
        verdict, basis, confidence = Verdict.UNKNOWN, Basis.INSUFFICIENT, 0.0
        linking = await anyio.to_thread.run_sync(_with_strangers, question, linking, parts)
        shown = _premise_first([scored.passage for scored in found], premise) if premise else shown
    timings = clock.finish("attribution", verdict=verdict, basis=basis)
    yield Answered(
        Answer(
            verdict=verdict,
            basis=basis,
            confidence=confidence,
            explanation=visible(_told(kept) if kept else _remark(premise, shown, linking, question.lang)),
            citations=citations(parts.store, prompt.passages, kept),
            linked_cards=linking.cards,
            unlinked=linking.unlinked,
            nearest=() if kept else nearest(parts.store, shown),
            conditions=settled.conditions if settled and verdict is Verdict.CONDITIONAL else (),
            lang=question.lang,
            corpus_version=version,
            model=parts.generator.name,
            prompt_version=prompt.version,
            timings=timings,
            usage=usage,
            overruled=overruled,
            false_premise=premise,
            by_region=regions,
        )
    )


async def ask(question: Question, parts: Parts) -> Answer:
    """Answer a question."""
    return await last_answer(ask_events(question, parts))


async def last_answer(events: AsyncGenerator[AskEvent, None]) -> Answer:
    """Return the answer that the events end with."""
    async with aclosing(events):
        async for event in events:
            if isinstance(event, Answered):
                return event.answer
    raise AssertionError("ask_events always ends with Answered")


def _by_region(
    question: Question, linking: Linking, settled: Settled | None, parts: Parts
) -> tuple[RegionVerdict, ...]:
    return parts.regions(question, linking, settled) if settled and parts.regions else ()


def _checked(sheet: Sheet, prompt: Prompt, parts: Parts) -> list[CitedSentence]:
    """Keep what existing passages support; where nothing is left of a settled answer, what settles it speaks."""
    told = told_by(prompt.settled, prompt.question.lang) if prompt.settled else []
    kept = valid_sentences(sheet.sentences, prompt.passages)
    if parts.support is not None:
        kept = supported_sentences(kept, prompt.passages, parts.support, least=parts.min_support, trusted=told)
    return kept or valid_sentences(told, prompt.passages)


def _told(kept: Sequence[CitedSentence]) -> str:
    return " ".join(f"{s.text} {''.join(f'[{n}]' for n in s.numbers)}" for s in kept)


def _remark(premise: FalsePremise | None, shown: Sequence[Passage], linking: Linking, lang: Language) -> str:
    """Say why the question is declined, where the reason can be named."""
    if premise is None:
        return unknown_remark(linking, lang)
    text = next((passage.text for passage in shown if passage.passage_id == premise.passage), "")
    return premise_remark(premise, text, lang)


def _with_strangers(question: Question, linking: Linking, parts: Parts) -> Linking:
    """Add words that no linker would propose a card for, so that a decline can name them."""
    if parts.strangers is None:
        return linking
    unlinked = (*linking.unlinked, *parts.strangers(question, linking))
    return Linking(cards=linking.cards, unlinked=tuple(sorted(unlinked, key=lambda span: span.start)))


def _premise_first(passages: Sequence[Passage], premise: FalsePremise) -> list[Passage]:
    """Show the text that says what the card does before anything else."""
    return sorted(passages, key=lambda passage: passage.passage_id != premise.passage)


def _overruled(sheet: Sheet, settled: Settled | None) -> Verdict | None:
    """Return the generator's verdict if it contradicts what settles the question: worth a look by a maintainer."""
    if settled is None or sheet.verdict is None or sheet.verdict is settled.verdict:
        return None
    _log.warning(
        "the generator says %s where %s settles %s", sheet.verdict, settled.passage.passage_id, settled.verdict
    )
    return sheet.verdict


def _settled_first(sheet: Sheet, settled: Settled | None, question: Question) -> Sheet:
    """Where the generator contradicts what settles the question, or explains nothing, the passage explains itself."""
    if settled is None or (sheet.verdict is settled.verdict and sheet.sentences):
        return sheet
    return Sheet(settled.verdict, tuple(told_by(settled, question.lang)))


def _conclude(
    sheet: Sheet, settled: Settled | None, stated: float, min_reasoned: float
) -> tuple[Verdict, Basis, float]:
    """An official verdict stands whatever the generator wrote; without one the generator's is its own reasoning."""
    if settled is not None:
        return settled.verdict, Basis.RULE if settled.by_rule else Basis.OFFICIAL, settled.confidence
    if sheet.verdict is None or sheet.verdict is Verdict.UNKNOWN or stated < min_reasoned:
        return Verdict.UNKNOWN, Basis.INSUFFICIENT, 0.0
    return sheet.verdict, Basis.REASONED, stated
