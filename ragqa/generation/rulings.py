"""The generator without a model: where a ruling or a sound rule settles the question, its text is the answer."""

from collections.abc import AsyncIterator

from ragqa.datatypes import Language, Verdict
from ragqa.errors import NotReady
from ragqa.generation.sheet import CitedSentence
from ragqa.protocols import Delta, Prompt, Settled
from ragqa.text import sentences


def told_by(settled: Settled, lang: Language) -> list[CitedSentence]:
    """Say what settles a question, sentence by sentence, with the numbers of the passages it rests on."""
    if settled.explanation:
        numbers = (1, 2) if settled.rule_passage else (1,)
        told = settled.explanation.get(lang) or next(iter(settled.explanation.values()))
        return [CitedSentence(sentence, numbers) for sentence in sentences(told)]
    # Official answers part their sections with lines like "~~~", which say nothing.
    return [CitedSentence(each, (1,)) for each in sentences(settled.passage.text) if any(map(str.isalnum, each))]


class RulingsGenerator:
    """Writes the sheet from `prompt.settled`, and abstains where nothing is settled."""

    name = "rulings"

    async def stream(self, prompt: Prompt) -> AsyncIterator[Delta]:
        """Yield the verdict, then what settles the question sentence by sentence."""
        settled = prompt.settled
        if settled is None:
            yield Delta(text=f"verdict: {Verdict.UNKNOWN}\n")
            return
        yield Delta(text=f"verdict: {settled.verdict}\n")
        for sentence in told_by(settled, prompt.question.lang):
            yield Delta(text=f"{sentence.text} {''.join(f'[{number}]' for number in sentence.numbers)}\n")


class RulingsMeanwhile:
    """Answers what is settled until the configured generator is loaded.

    Every other question is refused rather than answered with `unknown`, which would not be true a minute later.
    `reason` says why the generator is not there; `retry_after` is in seconds.
    """

    name = RulingsGenerator.name
    reason = "the generator is loading"
    retry_after = 10.0

    async def stream(self, prompt: Prompt) -> AsyncIterator[Delta]:
        """Yield the sheet of a settled question. Raises NotReady for another."""
        if prompt.settled is None:
            raise NotReady(
                f"no ruling settles this question, and {self.reason}; ask again later", retry_after=self.retry_after
            )
        async for delta in RulingsGenerator().stream(prompt):
            yield delta
