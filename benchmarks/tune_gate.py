"""Fit the gate: does the best ruling's verdict answer the question? Report risk and coverage by cross-validation.

    python -m benchmarks.tune_gate --home HOME [--starter HOME] [--data ../shared/data/yugioh] [--write]

HOME holds the imported development data (`make import-shared`). Our own benchmarks/players-train.jsonl is added, and
with --starter HOME (a home with the starter corpus) the dev half of the starter test set. Folds are by gold ruling, so
that no question is judged by weights that saw its ruling.
"""

import argparse
import json
from collections.abc import Sequence
from pathlib import Path

import msgspec
import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GroupKFold
from sklearn.preprocessing import StandardScaler

from benchmarks.questions import DevQuestion, read_questions
from ragqa.bootstrap import Service, open_service
from ragqa.config import Settings
from ragqa.datatypes import Language, Question, Verdict
from ragqa.grounding import gate
from ragqa.grounding.evidence import Evidence

TRAIN = Path(__file__).with_name("players-train.jsonl")
RISKS = (0.005, 0.01, 0.02, 0.05, 0.1)
WEIGHTS = Path(gate.__file__).with_name("gate.json")


class Case(msgspec.Struct):
    """A question, what the best ruling offers, and whether that verdict is right."""

    question: DevQuestion
    evidence: Evidence | None
    right: bool


def describe(service: Service, questions: Sequence[DevQuestion]) -> list[Case]:
    """Link, retrieve and weigh every question."""
    cases = []
    for each in questions:
        asked = Question(text=each.question, lang=Language(each.lang))
        linking, passages = service.search(asked, 60)
        evidence = service.parts.gate.evidence(asked, linking, passages)
        cases.append(Case(each, evidence, evidence is not None and evidence.verdict is each.verdict))
    return cases


def fit(rows: Sequence[dict[str, float]], labels: NDArray[np.bool_], strength: float) -> gate.GateWeights:
    """Fit a logistic regression (L2) on standardised features; return weights for the raw ones."""
    names = sorted(rows[0])
    matrix = np.array([[row[name] for name in names] for row in rows])
    scaler = StandardScaler().fit(matrix)
    model = LogisticRegression(C=strength, max_iter=3000).fit(scaler.transform(matrix), labels)
    weights = model.coef_[0] / scaler.scale_
    intercept = float(model.intercept_[0] - weights @ scaler.mean_)
    return gate.GateWeights(
        intercept, {name: round(float(value), 5) for name, value in zip(names, weights, strict=True)}, {}
    )


def cross_validated(cases: Sequence[Case], strength: float) -> NDArray[np.float64]:
    """Return P(right) of each case by weights fitted without its ruling."""
    rows = [case.evidence.features if case.evidence else {} for case in cases]
    labels = np.array([case.right for case in cases])
    numbers: dict[tuple[str, ...], int] = {}
    for case in cases:
        numbers.setdefault(_group(case), len(numbers))
    groups = np.array([numbers[_group(case)] for case in cases])
    out = np.zeros(len(cases))
    for train, test in GroupKFold(10, shuffle=True, random_state=0).split(rows, labels, groups):
        model = fit([rows[i] for i in train], labels[train], strength)
        out[test] = [model.probability(rows[i]) for i in test]
    return out


def _group(case: Case) -> tuple[str, ...]:
    """Questions of one ruling belong together; one without a ruling stands alone."""
    return case.question.ruling_ids or (case.question.query_id,)


def curve(scores: NDArray[np.float64], right: NDArray[np.bool_], total: int) -> list[tuple[float, float, float]]:
    """Return (threshold, share of all questions answered wrongly, share answered) from strict to lenient."""
    order = np.argsort(-scores)
    wrong = np.cumsum(~right[order]) / total
    answered = np.arange(1, len(order) + 1) / total
    return list(zip(scores[order].tolist(), wrong.tolist(), answered.tolist(), strict=True))


def thresholds(points: Sequence[tuple[float, float, float]]) -> dict[str, float]:
    """Return for each risk the least threshold at which no more than that share of all questions is wrong."""
    out = {}
    for risk in RISKS:
        allowed = [least for least, wrong, _ in points if wrong <= risk]
        out[str(risk)] = round(min(allowed), 4) if allowed else 1.0
    return out


def main() -> None:
    """Fit, report, and write the weights if asked to."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--home", type=Path, required=True)
    parser.add_argument("--starter", type=Path)
    parser.add_argument("--data", type=Path, default=Path("../shared/data/yugioh"))
    parser.add_argument("--strength", type=float, default=0.1)
    parser.add_argument("--write", action="store_true")
    arguments = parser.parse_args()
    service = open_service(Settings.model_validate({"home": arguments.home}))
    cases = describe(service, read_questions(arguments.data / "players-dev.jsonl"))
    print(
        f"{len(cases)} players' questions, {sum(c.question.verdict is not Verdict.UNKNOWN for c in cases)} answerable"
    )
    everything = [*cases, *describe(service, read_questions(TRAIN))]
    if arguments.starter:
        starter = read_questions(Path("corpus/testset.jsonl"))
        everything += describe(
            open_service(Settings.model_validate({"home": arguments.starter})), [q for q in starter if q.split == "dev"]
        )
    weighed = [case for case in everything if case.evidence is not None]
    scores = cross_validated(weighed, arguments.strength)
    pooled = curve(scores, np.array([c.right for c in weighed]), len(everything))
    bounds = thresholds(pooled)
    for name, chosen in (("players-dev", cases), ("all", everything)):
        members = {id(case) for case in chosen}
        kept = [(score, case) for score, case in zip(scores, weighed, strict=True) if id(case) in members]
        answerable = sum(case.question.verdict is not Verdict.UNKNOWN for case in chosen)
        for risk, least in bounds.items():
            given = [case for score, case in kept if score >= least]
            right = sum(case.right for case in given)
            print(
                f"{name}: max_risk {risk}: threshold {least:.3f} answered {len(given) / len(chosen):.3f} "
                f"wrong {(len(given) - right) / len(chosen):.4f} correct of answerable {right / answerable:.3f}"
            )
    if arguments.write:
        model = fit(
            [c.evidence.features for c in weighed if c.evidence],
            np.array([c.right for c in weighed]),
            arguments.strength,
        )
        model = msgspec.structs.replace(model, thresholds=bounds)
        WEIGHTS.write_text(json.dumps(msgspec.to_builtins(model), indent=1) + "\n", "utf-8")
        print(f"written: {WEIGHTS.name}")


if __name__ == "__main__":
    main()
