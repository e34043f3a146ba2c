"""Measure linking, retrieval and answers on questions that nothing was fitted on or chosen by.

    python -m benchmarks.unseen --home HOME [FILE]

HOME holds the imported development data (`make import-shared`). FILE is players-unseen.jsonl.gz unless named: questions
written by a language model about rulings that none of the other files asks about, half of them so that the literal
answer is another than the ruling's.
"""

import argparse
from collections.abc import Sequence
from pathlib import Path

import anyio
import msgspec
from rich.console import Console
from rich.progress import track
from rich.table import Table
from scipy.stats import binomtest

from benchmarks.questions import UNSEEN, DevQuestion, read_questions
from ragqa.bootstrap import Service, open_service
from ragqa.config import Settings
from ragqa.datatypes import Language, Question, SourceKind, Verdict

COLUMNS = ("", "n", "recall@1", "@5", "@20", "link P", "R", "wrong-link", "answered", "wrong", "95 %", "right")
NOT_FOUND = 1_000_000
"""The rank of a ruling that was not retrieved."""


class Seen(msgspec.Struct):
    """What the service made of a question."""

    question: DevQuestion
    linked: set[str]
    rank: int
    verdict: Verdict


def look(service: Service, question: DevQuestion) -> Seen:
    """Link, retrieve and answer a question."""
    asked = Question(text=question.question, lang=Language(question.lang))
    linking, passages = service.search(asked, 60)
    found = dict.fromkeys(p.passage.source_id for p in passages if p.passage.kind is SourceKind.RULING)
    rank = next((i for i, ruling in enumerate(found) if ruling in question.ruling_ids), NOT_FOUND)
    return Seen(question, set(linking.card_ids), rank, anyio.run(service.ask, asked).verdict)


def row(name: str, seen: Sequence[Seen]) -> list[str]:
    """Return the figures of some questions, as shares."""
    gold = [each for each in seen if each.question.ruling_ids]
    linked = sum(len(each.linked) for each in seen)
    meant = sum(len(set(each.question.card_ids)) for each in seen)
    hits = sum(len(each.linked & set(each.question.card_ids)) for each in seen)
    astray = sum(bool(each.linked - set(each.question.card_ids)) for each in seen)
    given = [each for each in seen if each.verdict is not Verdict.UNKNOWN]
    right = sum(each.verdict is each.question.verdict for each in given)
    answerable = sum(each.question.verdict is not Verdict.UNKNOWN for each in seen)
    wrong = len(given) - right
    interval = binomtest(wrong, len(seen)).proportion_ci(method="wilson")
    recalls = [sum(each.rank < k for each in gold) / len(gold) for k in (1, 5, 20)]
    shares = [*recalls, hits / linked, hits / meant, astray / len(seen), len(given) / len(seen), wrong / len(seen)]
    between = f"{interval.low:.3f} to {interval.high:.3f}"
    return [name, str(len(seen)), *(f"{share:.3f}" for share in shares), between, f"{right / answerable:.3f}"]


def main() -> None:
    """Print a row for all questions and one for each language."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--home", type=Path, required=True)
    parser.add_argument("file", type=Path, nargs="?", default=UNSEEN)
    arguments = parser.parse_args()
    service = open_service(Settings.model_validate({"home": arguments.home}))
    seen = [look(service, question) for question in track(read_questions(arguments.file), "asking")]
    table = Table(*COLUMNS)
    table.add_row(*row("all", seen))
    for lang in Language:
        table.add_row(*row(lang, [each for each in seen if each.question.lang == lang]))
    Console(width=140).print(table)


if __name__ == "__main__":
    main()
