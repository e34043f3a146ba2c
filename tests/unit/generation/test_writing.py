"""A sheet that cannot be read is asked for once more, in the same words and with what was wrong."""

import asyncio
from collections.abc import AsyncIterator

import msgspec
import pytest

from ragqa.datatypes import Language, Passage, Question, SheetFault, SourceKind, Usage, Verdict
from ragqa.errors import InvalidInput
from ragqa.generation.prompt import ask_again, build_prompt
from ragqa.generation.writing import Written, sheet_fault, write_sheet
from ragqa.protocols import Delta, Prompt, Settled

PASSAGE = Passage(
    passage_id="c#en1", source_id="c", kind=SourceKind.CARD, lang=Language.EN, heading="A Moth", text="It jumps."
)
PROMPT = build_prompt(Question(text="May it jump?", lang=Language.EN), [PASSAGE], None)
SETTLED = build_prompt(
    Question(text="May it jump?", lang=Language.EN),
    [],
    Settled(verdict=Verdict.YES, confidence=0.9, ruling=None, passage=PASSAGE),
)


class Tries:
    """Writes one text after the other, and keeps the prompts it was given."""

    name = "tries"

    def __init__(self, *texts: str | Exception) -> None:
        self._texts = iter(texts)
        self.prompts: list[Prompt] = []

    async def stream(self, prompt: Prompt) -> AsyncIterator[Delta]:
        self.prompts.append(prompt)
        text = next(self._texts)
        if isinstance(text, Exception):
            raise text
        yield Delta(text=text, verdict_probabilities={Verdict.YES: 0.5 + len(self.prompts) / 10})
        yield Delta(text="", usage=Usage(prompt_tokens=100, completion_tokens=10))


def write(tries: Tries, prompt: Prompt = PROMPT) -> tuple[Written, list[str]]:
    written = Written()

    async def collect() -> list[str]:
        return [piece async for piece in write_sheet(tries, prompt, written)]

    return written, asyncio.run(collect())


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("verdict: yes\nIt may. [1]", None),
        ("verdict: unknown\n", None),
        ("verdict: yes\nIt may. [7] It jumps. [1]", None),
        ("It may. [1]", SheetFault.NO_VERDICT),
        ("", SheetFault.NO_VERDICT),
        ("verdict: yes\nIt may.", SheetFault.NO_CITATION),
        ("verdict: yes\nIt may. [2]", SheetFault.NO_CITATION),
        ("verdict: yes\nIt may. [1][2]", SheetFault.NO_CITATION),
    ],
)
def test_what_is_wrong_with_a_sheet(text: str, fault: SheetFault | None) -> None:
    assert sheet_fault(text, PROMPT) is fault


def test_a_sheet_that_can_be_read_is_not_asked_for_again() -> None:
    tries = Tries("verdict: yes\nIt may. [1]")
    written, pieces = write(tries)
    assert pieces == ["verdict: yes\nIt may. [1]"]
    assert (written.asked_again, written.fault, len(tries.prompts)) == (False, None, 1)


def test_the_second_try_counts_and_both_are_paid_for() -> None:
    tries = Tries("It may.", "verdict: yes\nIt may. [1]")
    written, pieces = write(tries)
    assert pieces == ["It may.", "\n", "verdict: yes\nIt may. [1]"]
    assert (written.text, written.stated) == ("verdict: yes\nIt may. [1]", 0.7)
    assert (written.asked_again, written.fault) == (True, None)
    assert written.usage == Usage(prompt_tokens=200, completion_tokens=20)


def test_the_second_prompt_is_the_first_and_then_what_was_wrong() -> None:
    again = ask_again(PROMPT, SheetFault.NO_CITATION)
    assert again.messages[0] == PROMPT.messages[0]
    asked = again.messages[1]["content"]
    assert asked.startswith(PROMPT.messages[1]["content"] + "\n\nYour last reply could not be read: no sentence of it")
    assert asked.endswith("numbered from 1 to 1.")


def test_there_is_no_third_try() -> None:
    tries = Tries("It may.", "verdict: yes\nIt may. [9]")
    written, _ = write(tries)
    assert (written.asked_again, written.fault, len(tries.prompts)) == (True, SheetFault.NO_CITATION, 2)


def test_a_second_prompt_that_does_not_fit_leaves_the_first_fault() -> None:
    written, _ = write(Tries("It may.", InvalidInput("too long")))
    assert (written.asked_again, written.fault) == (True, SheetFault.NO_VERDICT)


@pytest.mark.parametrize("prompt", [SETTLED, msgspec.structs.replace(PROMPT, passages=())], ids=["settled", "empty"])
def test_nothing_is_asked_twice_where_it_could_not_help(prompt: Prompt) -> None:
    tries = Tries("It may.")
    written, _ = write(tries, prompt)
    assert (written.asked_again, written.fault, len(tries.prompts)) == (False, None, 1)
