"""The generator without a model: where a ruling or a sound rule settles the question, its text is the answer."""

from collections.abc import AsyncIterator

from ragqa.datatypes import Verdict
from ragqa.protocols import Delta, Prompt
from ragqa.text import sentences


class RulingsGenerator:
    """Writes the sheet from `prompt.settled`, and abstains where nothing is settled."""

    name = "rulings"

    async def stream(self, prompt: Prompt) -> AsyncIterator[Delta]:
        """Yield the verdict, then the settling passage sentence by sentence."""
        settled = prompt.settled
        if settled is None:
            yield Delta(text=f"verdict: {Verdict.UNKNOWN}\n")
            return
        yield Delta(text=f"verdict: {settled.verdict}\n")
        for sentence in sentences(settled.passage.text):
            yield Delta(text=f"{sentence} [1]\n")
