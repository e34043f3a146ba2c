"""Has a generator write its sheet, and asks once more for one that cannot be read."""

from collections.abc import AsyncGenerator

import msgspec

from ragqa.datatypes import SheetFault, Usage, Verdict
from ragqa.errors import InvalidInput
from ragqa.generation.attribution import valid_sentences
from ragqa.generation.prompt import ask_again
from ragqa.generation.sheet import parse_sheet
from ragqa.protocols import Delta, Generator, Prompt


class Written(msgspec.Struct):
    """What a generator has written so far; `stated` is the probability that it gave its own verdict.

    `usage` counts both tries, where it was asked again. `fault` says why what is there cannot be read.
    """

    text: str = ""
    stated: float = 0.0
    usage: Usage = Usage()
    asked_again: bool = False
    fault: SheetFault | None = None

    def take(self, delta: Delta) -> None:
        """Add a piece, with what it tells beside its text."""
        self.text += delta.text
        if delta.verdict_probabilities:
            self.stated = max(delta.verdict_probabilities.values())
        if delta.usage:
            self.usage = Usage(
                prompt_tokens=self.usage.prompt_tokens + delta.usage.prompt_tokens,
                completion_tokens=self.usage.completion_tokens + delta.usage.completion_tokens,
            )


async def write_sheet(generator: Generator, prompt: Prompt, written: Written) -> AsyncGenerator[str, None]:
    """Yield the text as it comes and keep it in `written`; a sheet that cannot be read is asked for once more.

    Where something settles the question nothing is asked twice, for it explains itself; nor where no passage was found,
    for there is nothing to cite.
    """
    async for piece in _pieces(generator, prompt, written):
        yield piece
    if prompt.settled is not None or not prompt.passages:
        return
    written.fault = sheet_fault(written.text, prompt)
    if written.fault is None:
        return
    written.text, written.stated, written.asked_again = "", 0.0, True
    yield "\n"
    try:
        async for piece in _pieces(generator, ask_again(prompt, written.fault), written):
            yield piece
    except InvalidInput:
        return  # the prompt fitted just so, and does not with the request to repair
    written.fault = sheet_fault(written.text, prompt)


def sheet_fault(text: str, prompt: Prompt) -> SheetFault | None:
    """Return why nothing can be made of a sheet; None also for one from which only single sentences are dropped."""
    sheet = parse_sheet(text)
    if sheet.verdict is None:
        return SheetFault.NO_VERDICT
    if sheet.verdict is Verdict.UNKNOWN or valid_sentences(sheet.sentences, prompt.passages):
        return None
    return SheetFault.NO_CITATION


async def _pieces(generator: Generator, prompt: Prompt, written: Written) -> AsyncGenerator[str, None]:
    async for delta in generator.stream(prompt):
        written.take(delta)
        if delta.text:
            yield delta.text
