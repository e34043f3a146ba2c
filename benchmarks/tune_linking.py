"""Fit the linker's weights on players' questions over the whole-game corpus; report by cross-validation.

    python -m benchmarks.tune_linking --home HOME [--data ../shared/data/yugioh] [--write]

HOME holds the imported development data (`make import-shared`). Both regressions are fitted on players-dev.jsonl and
on our own questions (`benchmarks.questions.OWN`); the figures printed are those of questions the weights were not
fitted on (8 folds by question).
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

from benchmarks.questions import DevQuestion, own_questions, read_questions
from ragqa.bootstrap import Service, open_service
from ragqa.config import Settings
from ragqa.retrieval.linking import scoring
from ragqa.retrieval.linking.linker import ScoredProposals, choose
from ragqa.retrieval.linking.question_key import question_key
from ragqa.retrieval.linking.scoring import Features, LinkingWeights, Regression
from ragqa.text import detect_language

THRESHOLDS = (0.2, 0.3, 0.4, 0.5, 0.6)
WEIGHTS = Path(scoring.__file__).with_name("weights.json")


class Case(msgspec.Struct):
    """A question with its proposals and which of them are meant."""

    question: DevQuestion
    scored: ScoredProposals
    meant: NDArray[np.bool_]


def fit(rows: Sequence[Features], labels: NDArray[np.bool_]) -> Regression:
    """Fit a logistic regression (L2, C=1) on standardised features; return weights for the raw ones."""
    names = list(rows[0])
    matrix = np.array([[row[name] for name in names] for row in rows])
    scaler = StandardScaler().fit(matrix)
    model = LogisticRegression(C=1.0, max_iter=3000).fit(scaler.transform(matrix), labels)
    weights = model.coef_[0] / scaler.scale_
    intercept = float(model.intercept_[0] - weights @ scaler.mean_)
    return Regression(intercept, {name: round(float(value), 5) for name, value in zip(names, weights, strict=True)})


def cross_validated(
    rows: Sequence[Features], labels: NDArray[np.bool_], groups: NDArray[np.int64]
) -> NDArray[np.float64]:
    """Return P(meant) of each row by weights fitted without its question."""
    out = np.zeros(len(rows))
    for train, test in GroupKFold(8, shuffle=True, random_state=0).split(rows, labels, groups):
        out[test] = fit([rows[i] for i in train], labels[train]).probabilities([rows[i] for i in test])
    return out


def propose(service: Service, questions: Sequence[DevQuestion]) -> list[Case]:
    """Describe every proposal of every question by the words alone."""
    linker = service.index.linker
    cases = []
    for each in questions:
        key = question_key(each.question)
        lang = detect_language(each.question)
        proposals = linker.matcher.proposals(key, lang)
        surface = scoring.surface_features(key, proposals, lang, linker.ordinary, service.index.graph)
        meant = np.array([p.form.card_id in each.card_ids for p in proposals], bool)
        cases.append(Case(each, ScoredProposals(key, proposals, surface, [], np.zeros(0)), meant))
    return cases


def describe_context(service: Service, case: Case, first: NDArray[np.float64]) -> list[Features]:
    """Describe proposals by the rulings, given their scores by the words alone."""
    proposals = case.scored.proposals
    near = service.index.linker.near(case.question.question, proposals, first)
    return scoring.context_features(proposals, case.scored.surface, first, service.index.graph, near)


def report(cases: Sequence[Case], scores: Sequence[NDArray[np.float64]], threshold: float) -> str:
    """Precision, recall and the share of questions with a wrong link, over all and by language."""
    counts: dict[str, NDArray[np.int64]] = {}
    for case, score in zip(cases, scores, strict=True):
        scored = ScoredProposals(case.scored.question, case.scored.proposals, [], [], score)
        linked = {p.form.card_id for p, _ in choose(scored, threshold, set(), set())}
        meant = set(case.question.card_ids)
        row = np.array([len(linked & meant), len(linked - meant), len(meant - linked), bool(linked - meant), 1])
        for group in ("all", case.question.lang):
            counts[group] = counts.get(group, np.zeros(5, np.int64)) + row
    return "  ".join(
        f"{group}: P {hit / (hit + wrong):.3f} R {hit / (hit + missed):.3f} wrong-in {bad / n:.3f}"
        for group, (hit, wrong, missed, bad, n) in counts.items()
    )


def split(values: NDArray[np.float64], cases: Sequence[Case]) -> list[NDArray[np.float64]]:
    """Cut one long array into the questions' own."""
    return list(np.split(values, np.cumsum([len(case.meant) for case in cases])[:-1]))


def main() -> None:
    """Fit, report, and write the weights if asked to."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--home", type=Path, required=True)
    parser.add_argument("--data", type=Path, default=Path("../shared/data/yugioh"))
    parser.add_argument("--threshold", type=float, default=0.4)
    parser.add_argument("--write", action="store_true")
    arguments = parser.parse_args()
    service = open_service(Settings.model_validate({"home": arguments.home}))
    dev = read_questions(arguments.data / "players-dev.jsonl")
    cases = propose(service, [*dev, *own_questions()])
    labels = np.concatenate([case.meant for case in cases])
    groups = np.concatenate([np.full(len(case.meant), i) for i, case in enumerate(cases)])
    surface = [row for case in cases for row in case.scored.surface]
    first = cross_validated(surface, labels, groups)
    for threshold in THRESHOLDS:
        print(f"words alone    at {threshold}: {report(cases, split(first, cases), threshold)}")
    context = [
        row
        for case, score in zip(cases, split(first, cases), strict=True)
        for row in describe_context(service, case, score)
    ]
    second = cross_validated(context, labels, groups)
    for threshold in THRESHOLDS:
        print(f"with rulings   at {threshold}: {report(cases, split(second, cases), threshold)}")
        print(
            f"  players-dev  at {threshold}: {report(cases[: len(dev)], split(second, cases)[: len(dev)], threshold)}"
        )
    if arguments.write:
        weights = LinkingWeights(fit(surface, labels), fit(context, labels), arguments.threshold)
        WEIGHTS.write_text(json.dumps(msgspec.to_builtins(weights), indent=1) + "\n", "utf-8")
        print(f"written: {WEIGHTS.name}")


if __name__ == "__main__":
    main()
