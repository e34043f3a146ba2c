"""Measure linking and the rank of the gold ruling on players' questions over the whole-game corpus.

    python -m benchmarks.retrieval --home HOME FILE…

HOME holds the imported development data (`make import-shared`); FILE is players-dev.jsonl, questions-dev.jsonl or
benchmarks/players-train.jsonl. A question without a gold ruling counts for linking alone.
"""

import argparse
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path

import msgspec

from benchmarks.questions import DevQuestion, read_questions
from ragqa.bootstrap import Service, open_service
from ragqa.config import Settings
from ragqa.datatypes import Language, Question
from ragqa.retrieval.retriever import ruling_ids

_ABSENT = 10_000


class Found(msgspec.Struct, frozen=True):
    """A question, the cards linked in it, and the rank of its first gold ruling."""

    question: DevQuestion
    linked: frozenset[str]
    rank: int


def find(service: Service, questions: Sequence[DevQuestion]) -> list[Found]:
    """Link and retrieve every question."""
    found = []
    for each in questions:
        linking, passages = service.search(Question(text=each.question, lang=Language(each.lang)), 60)
        ranked = ruling_ids(passages)
        rank = next((i for i, ruling_id in enumerate(ranked) if ruling_id in each.ruling_ids), _ABSENT)
        found.append(Found(each, frozenset(linking.card_ids), rank))
    return found


def recall_line(found: Sequence[Found]) -> str:
    """Share of questions with the gold ruling among the first 1, 5 and 20."""
    asked = [each for each in found if each.question.ruling_ids]
    shares = [sum(each.rank < k for each in asked) / len(asked) for k in (1, 5, 20)]
    return f"n {len(asked)}  recall@1 {shares[0]:.3f}  @5 {shares[1]:.3f}  @20 {shares[2]:.3f}"


def linking_line(found: Sequence[Found]) -> str:
    """Precision and recall of linked cards, and the share of questions with a wrong link."""
    right = sum(len(each.linked & set(each.question.card_ids)) for each in found)
    linked = sum(len(each.linked) for each in found)
    meant = sum(len(set(each.question.card_ids)) for each in found)
    wrong = sum(bool(each.linked - set(each.question.card_ids)) for each in found)
    share = wrong / len(found)
    return f"precision {right / linked:.3f}  recall {right / meant:.3f}  questions with a wrong link {share:.3f}"


def main() -> None:
    """Print the figures of each file, over all and by language."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--home", type=Path, required=True)
    parser.add_argument("files", type=Path, nargs="+")
    arguments = parser.parse_args()
    service = open_service(Settings.model_validate({"home": arguments.home}))
    for path in arguments.files:
        by_language: dict[str, list[Found]] = defaultdict(list)
        for each in find(service, read_questions(path)):
            by_language["all"].append(each)
            by_language[each.question.lang].append(each)
        for language, found in by_language.items():
            print(f"{path.name} {language}: {recall_line(found)}  linking {linking_line(found)}")


if __name__ == "__main__":
    main()
