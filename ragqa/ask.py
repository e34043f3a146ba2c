"""The use case: from a question to an answer that can be checked."""

from collections.abc import AsyncGenerator
from contextlib import aclosing

import msgspec
from anyio import to_thread

from ragqa.conclusion import conclude, grounds_of
from ragqa.datatypes import Answer, Linking, Passage, Question
from ragqa.generation.prompt import build_prompt
from ragqa.generation.rulings import RulingsGenerator
from ragqa.generation.writing import Written, write_sheet
from ragqa.parts import Parts
from ragqa.stopwatch import Stopwatch


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
    linking = await to_thread.run_sync(parts.linker.link, question)
    clock.lap("linking")
    yield CardsLinked(linking)
    found = await to_thread.run_sync(parts.retriever.retrieve, question, linking)
    clock.lap("retrieval")
    grounds = await to_thread.run_sync(grounds_of, question, linking, found, parts)
    clock.lap("gate")
    prompt = build_prompt(question, [scored.passage for scored in found[: parts.context_passages]], grounds.settled)
    scores = {scored.passage.passage_id: scored.score for scored in found}
    for number, passage in enumerate(prompt.passages, 1):
        yield PassageFound(number, passage, scores.get(passage.passage_id, 0.0))
    written = Written()
    generator = RulingsGenerator() if grounds.declined else parts.generator
    async with aclosing(write_sheet(generator, prompt, written)) as pieces:
        async for piece in pieces:
            yield Token(piece)
    clock.lap("generation")
    answer = await to_thread.run_sync(conclude, grounds, prompt, written, parts)
    timings = clock.finish("attribution", verdict=answer.verdict, basis=answer.basis)
    yield Answered(msgspec.structs.replace(answer, corpus_version=version, timings=timings))


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
