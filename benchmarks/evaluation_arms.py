"""Runs the starter test set through every control arm and prints the table of docs/evaluation.md.

python -m benchmarks.evaluation_arms [--every 4] [--testset FILE]
"""

import argparse
from pathlib import Path

from ragqa.bootstrap import open_service
from ragqa.config import Settings
from ragqa.evaluation import service as evaluation
from ragqa.evaluation.summary import decimal, interval, percent

COLUMNS = ("arm", "questions", "correct", "95 %", "declined", "wrong", "score", "hit_at_5")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--testset", type=Path, default=Path("corpus/testset.jsonl"))
    parser.add_argument("--every", type=int, default=1, help="ask only every n-th question")
    arguments = parser.parse_args()
    examples = evaluation.load_testset(arguments.testset)[:: arguments.every]
    service = open_service(Settings())
    print("| " + " | ".join(COLUMNS) + " |\n" + "| --- " * len(COLUMNS) + "|")
    for arm in evaluation.Arm:
        run = evaluation.evaluate(service, examples, test_set=arguments.testset.stem, arm=arm)
        found = evaluation.measure(run)
        cells = (
            arm.value,
            str(found.all.questions),
            percent(found.all.correct.value),
            interval(found.all.correct),
            percent(found.all.declined.value),
            percent(found.all.wrong.value),
            decimal(found.all.score),
            decimal(found.rulings["hit_at_5"]),
        )
        print("| " + " | ".join(cells) + " |", flush=True)
    service.close()


if __name__ == "__main__":
    main()
