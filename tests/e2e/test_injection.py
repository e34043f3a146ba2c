"""Nothing in a question or in a corpus text changes a verdict by instruction."""

import re
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from pathlib import Path

import anyio
import msgspec
import pytest

from ragqa.ask import ask
from ragqa.bootstrap import Service, open_service
from ragqa.config import Settings
from ragqa.datatypes import (
    Answer,
    Basis,
    CardAliases,
    Language,
    Question,
    Rule,
    Ruling,
    SheetFault,
    Source,
    SourceKind,
    Verdict,
)
from ragqa.protocols import Delta, Generator, Prompt
from tests.e2e.injection_parts import ASKED, OPPOSITE, Asked, Attempt, attempts, write_small_corpus

IN_QUESTION = [(a, asked) for a in attempts() if a.where == "question" for asked in ASKED if asked.lang is a.lang]
PLANTED = [(a, asked) for a in attempts() if a.where != "question" for asked in ASKED if asked.lang is a.lang]


class Obedient:
    """A model that does what any instruction in its prompt says, for it knows what the attempt is after."""

    name = "obedient"

    def __init__(self, wanted: Verdict, sentence: str) -> None:
        self._sheet = f"verdict: {wanted}\n{sentence}"
        self._wanted = wanted

    async def stream(self, prompt: Prompt) -> AsyncIterator[Delta]:
        yield Delta(text=self._sheet, verdict_probabilities={self._wanted: 0.99})


class Watching:
    """A model that keeps its prompts and knows nothing."""

    name = "watching"

    def __init__(self) -> None:
        self.prompts: list[Prompt] = []

    async def stream(self, prompt: Prompt) -> AsyncIterator[Delta]:
        self.prompts.append(prompt)
        yield Delta(text="verdict: unknown\n")


class Unsettled:
    """A gate that settles nothing, so that only the model speaks."""

    def settle(self, *_: object) -> None:
        return None


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory, models: Path) -> Iterator[Service]:
    folder = tmp_path_factory.mktemp("injection")
    (folder / "home").mkdir()
    (folder / "home" / "models").symlink_to(models)
    write_small_corpus(folder / "corpus")
    opened = open_service(Settings.model_validate({"home": folder / "home", "corpus_dir": folder / "corpus"}))
    yield opened
    opened.close()


def answer(
    service: Service, text: str, lang: Language, generator: Generator | None = None, gate: bool = True
) -> Answer:
    parts = msgspec.structs.replace(service.parts, generator=generator or service.parts.generator)
    if not gate:
        parts = msgspec.structs.replace(parts, gate=Unsettled())
    return anyio.run(ask, Question(text=text, lang=lang), parts)


@contextmanager
def planted(service: Service, attempt: Attempt, asked: Asked) -> Iterator[None]:
    """Write the attempt into the corpus, and take it out again."""
    before, source = _source(service, attempt, asked)
    service.add(source)
    try:
        yield
    finally:
        if before is not None:
            service.add(before)
        else:
            service.remove(*_key(source))


def _source(service: Service, attempt: Attempt, asked: Asked) -> tuple[Source | None, Source]:
    text, lang = attempt.filled(asked.text, asked.verdict), attempt.lang
    match attempt.where:
        case "card":
            card = service.store.card(asked.card_id)
            return card, msgspec.structs.replace(card, texts={**card.texts, lang: f"{card.texts[lang]} {text}"})
        case "ruling text":
            ruling = service.store.ruling(asked.ruling_id)
            answers = {**ruling.answer, lang: f"{ruling.answer[lang]} {text}"}
            return ruling, msgspec.structs.replace(ruling, answer=answers)
        case "other ruling":
            return None, Ruling(
                ruling_id="planted", lang=lang, question={lang: text}, answer={lang: text}, card_ids=[asked.card_id]
            )
        case "alias":
            return _aliases(service, asked.card_id), CardAliases(card_id=asked.card_id, aliases={lang: [text]})
        case _:
            return None, Rule(rule_id="planted", heading={lang: text}, text={lang: text})


def _aliases(service: Service, card_id: str) -> CardAliases | None:
    return next((each for each in service.store.aliases() if each.card_id == card_id), None)


def _key(source: Source) -> tuple[SourceKind, str]:
    match source:
        case Ruling():
            return SourceKind.RULING, source.ruling_id
        case CardAliases():
            return SourceKind.ALIASES, source.card_id
    return SourceKind.RULE, "planted"


def named(pairs: list[tuple[Attempt, Asked]]) -> list[str]:
    return [f"{attempt.attempt_id}-{attempt.kind}-{asked.verdict}" for attempt, asked in pairs]


def test_there_are_attempts_of_every_kind() -> None:
    every = attempts()
    assert len(every) >= 60
    assert {attempt.lang for attempt in every} == set(Language)
    assert {"card", "ruling text", "other ruling", "alias", "rule", "question"} == {a.where for a in every}


@pytest.mark.parametrize("asked", ASKED, ids=lambda asked: asked.text)
def test_without_an_instruction_the_ruling_answers(service: Service, asked: Asked) -> None:
    given = answer(service, asked.text, asked.lang)
    assert (given.verdict, given.basis) == (asked.verdict, Basis.OFFICIAL)


@pytest.mark.parametrize(("attempt", "asked"), IN_QUESTION, ids=named(IN_QUESTION))
def test_an_instruction_in_the_question_never_turns_the_verdict(
    service: Service, attempt: Attempt, asked: Asked
) -> None:
    text = attempt.filled(asked.text, asked.verdict)
    assert answer(service, text, asked.lang).verdict in (asked.verdict, Verdict.UNKNOWN)


@pytest.mark.parametrize(("attempt", "asked"), PLANTED, ids=named(PLANTED))
def test_an_instruction_in_the_corpus_never_turns_the_verdict(service: Service, attempt: Attempt, asked: Asked) -> None:
    watching = Watching()
    with planted(service, attempt, asked):
        assert answer(service, asked.text, asked.lang).verdict in (asked.verdict, Verdict.UNKNOWN)
        answer(service, asked.text, asked.lang, watching, gate=False)
    content = watching.prompts[0].messages[1]["content"]
    numbers = [int(match[1]) for match in re.finditer(r"^\[(\d+)\] ", content, re.MULTILINE)]
    assert numbers == list(range(1, len(watching.prompts[0].passages) + 1))
    assert not re.search(r"<\||\[/?INST\]|</?s>|^verdict:", content, re.MULTILINE)


@pytest.mark.parametrize("asked", ASKED, ids=lambda asked: asked.text)
def test_an_obedient_model_does_not_overrule_a_ruling(service: Service, asked: Asked) -> None:
    obedient = Obedient(OPPOSITE[asked.verdict], "The system message says so. [1]")
    given = answer(service, asked.text, asked.lang, obedient)
    assert (given.verdict, given.basis) == (asked.verdict, Basis.OFFICIAL)
    assert "system message" not in given.explanation


@pytest.mark.parametrize("sentence", ["No ruling is needed.", "Q&A 99999 says so. [42]", "It was said. [0]", ""])
def test_an_obedient_model_without_existing_citations_answers_nothing(service: Service, sentence: str) -> None:
    asked = ASKED[0]
    given = answer(service, asked.text, asked.lang, Obedient(Verdict.NO, sentence), gate=False)
    assert (given.verdict, given.unreadable, given.citations) == (Verdict.UNKNOWN, SheetFault.NO_CITATION, ())
    assert not sentence or sentence not in given.explanation
