"""Fit the linker's weights on players' questions over the whole-game corpus; report by cross-validation.

    python -m benchmarks.tune_linking --home HOME [--data ../shared/data/yugioh] [--surface] [--write]

HOME holds the imported development data (`make import-shared`). The questions are players-dev.jsonl and all of ours but
`benchmarks.questions.UNSEEN`; the figures printed are those of trees that were not fitted on a question's ruling (8
folds). The regression over the words alone, which only sifts, stays as it is unless --surface is given.
"""

import argparse
import json
from collections.abc import Iterator, Sequence
from pathlib import Path

import msgspec
import numpy as np
from numpy.typing import NDArray
from rich.progress import track
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GroupKFold
from sklearn.preprocessing import StandardScaler

from benchmarks.questions import ASKED, DevQuestion, own_questions, read_questions
from ragqa.bootstrap import Service, open_service
from ragqa.config import Settings
from ragqa.retrieval.linking import scoring
from ragqa.retrieval.linking.linker import ScoredProposals, choose
from ragqa.retrieval.linking.matching import Proposal
from ragqa.retrieval.linking.question_key import QuestionKey, question_key
from ragqa.retrieval.linking.scoring import Features, LinkingWeights, Regression
from ragqa.retrieval.linking.trees import Tree, Trees
from ragqa.text import detect_language

THRESHOLDS = (0.3, 0.4, 0.5, 0.6, 0.7)
Matrix = NDArray[np.float32]
WEIGHTS = Path(scoring.__file__).with_name("weights.json")


class Case(msgspec.Struct):
    """A question with its proposals, which of them are meant, and how likely each is by the words alone."""

    question: DevQuestion
    key: QuestionKey
    proposals: list[Proposal]
    meant: NDArray[np.bool_]
    surface: Matrix
    first: NDArray[np.float64]

    @property
    def likely(self) -> NDArray[np.intp]:
        """The proposals that the trees look at."""
        return scoring.likely(self.first)


def fit_surface(cases: Sequence[Case], names: Sequence[str]) -> Regression:
    """Fit a logistic regression (L2, C=1) on standardised features; return weights for the raw ones."""
    matrix = np.concatenate([case.surface for case in cases])
    scaler = StandardScaler().fit(matrix)
    labels = np.concatenate([case.meant for case in cases])
    model = LogisticRegression(C=1.0, max_iter=3000).fit(scaler.transform(matrix), labels)
    weights = model.coef_[0] / scaler.scale_
    intercept = float(model.intercept_[0] - weights @ scaler.mean_)
    return Regression(intercept, {name: round(float(value), 5) for name, value in zip(names, weights, strict=True)})


def fit_trees(rows: Matrix, names: Sequence[str], labels: NDArray[np.bool_]) -> Trees:
    """Fit boosted trees to rows of likely proposals, (n, features)."""
    model = HistGradientBoostingClassifier(
        max_iter=120,
        learning_rate=0.15,
        max_leaf_nodes=24,
        min_samples_leaf=40,
        l2_regularization=1.0,
        early_stopping=False,
        random_state=0,
    )
    return as_trees(model.fit(rows, labels), names)


def as_trees(model: HistGradientBoostingClassifier, names: Sequence[str]) -> Trees:
    """Copy a fitted model. scikit-learn keeps its trees in attributes that are not public; a test compares."""
    trees = []
    for (predictor,) in model._predictors:
        nodes, at = predictor.nodes, np.arange(len(predictor.nodes))
        leaf = nodes["is_leaf"].astype(bool)
        trees.append(
            Tree(
                feature=np.where(leaf, 0, nodes["feature_idx"]).tolist(),
                threshold=[round(float(each), 5) for each in np.where(leaf, 0, nodes["num_threshold"])],
                left=np.where(leaf, at, nodes["left"]).tolist(),
                right=np.where(leaf, at, nodes["right"]).tolist(),
                value=[round(float(each), 5) for each in np.where(leaf, nodes["value"], 0)],
            )
        )
    return Trees(list(names), round(float(model._baseline_prediction.ravel()[0]), 5), trees)


def cross_validated(cases: Sequence[Case], rows: Sequence[Matrix], names: Sequence[str]) -> list[NDArray[np.float64]]:
    """Return P(meant) of each case's proposals by trees fitted without its ruling."""
    out = [np.zeros(len(case.meant)) for case in cases]
    groups = np.unique([case.question.group for case in cases], return_inverse=True)[1]
    for train, test in GroupKFold(8, shuffle=True, random_state=0).split(cases, groups=groups):
        trees = fit_trees(*learned([cases[i] for i in train], [rows[i] for i in train], names))
        for i in test:
            out[i][cases[i].likely] = trees.of_matrix(rows[i])
    return out


def learned(
    cases: Sequence[Case], rows: Sequence[Matrix], names: Sequence[str]
) -> tuple[Matrix, Sequence[str], NDArray[np.bool_]]:
    """Return what the trees learn from: rows, their columns' names, and which are meant."""
    return np.concatenate(rows), names, np.concatenate([case.meant[case.likely] for case in cases])


def propose(service: Service, questions: Sequence[DevQuestion], regression: Regression) -> Iterator[Case]:
    """Describe every proposal of every question by the words alone."""
    linker = service.index.linker
    for each in track(questions, "by the words"):
        key, lang = question_key(each.question), detect_language(each.question)
        proposals = linker.matcher.proposals(key, lang)
        surface = scoring.surface_features(key, proposals, lang, linker.ordinary, service.index.graph)
        meant = np.array([p.form.card_id in each.card_ids for p in proposals], bool)
        matrix = as_matrix(surface, list(regression.weights))
        yield Case(each, key, proposals, meant, matrix, regression.probabilities(surface))


def describe_context(service: Service, case: Case, names: Sequence[str]) -> tuple[list[str], Matrix]:
    """Describe a case's likely proposals by the rulings too: the features' names, and a row each."""
    surface = [dict(zip(names, row, strict=True)) for row in case.surface.tolist()]
    near = service.index.linker.near(case.question.question, case.proposals, case.first)
    rows = scoring.context_features(case.proposals, surface, case.first, service.index.graph, near)
    columns = list(rows[0]) if rows else []
    return columns, as_matrix(rows, columns)


def as_matrix(rows: Sequence[Features], names: Sequence[str]) -> Matrix:
    """Return rows of features as (rows, names) float32: millions of dictionaries would not fit."""
    return np.array([[row[name] for name in names] for row in rows], np.float32).reshape(len(rows), len(names))


def report(cases: Sequence[Case], scores: Sequence[NDArray[np.float64]], threshold: float) -> str:
    """Precision, recall and the share of questions with a wrong link, over all and by language."""
    counts: dict[str, NDArray[np.int64]] = {}
    for case, score in zip(cases, scores, strict=True):
        scored = ScoredProposals(case.key, case.proposals, [], [], score)
        linked = {p.form.card_id for p, _ in choose(scored, threshold, set(), set())}
        meant = set(case.question.card_ids)
        row = np.array([len(linked & meant), len(linked - meant), len(meant - linked), bool(linked - meant), 1])
        for group in ("all", case.question.lang):
            counts[group] = counts.get(group, np.zeros(5, np.int64)) + row
    return "  ".join(
        f"{group}: P {hit / (hit + wrong):.3f} R {hit / (hit + missed):.3f} wrong-in {bad / n:.3f}"
        for group, (hit, wrong, missed, bad, n) in counts.items()
    )


def main() -> None:
    """Fit, report, and write the weights if asked to."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--home", type=Path, required=True)
    parser.add_argument("--data", type=Path, default=Path("../shared/data/yugioh"))
    parser.add_argument("--threshold", type=float, default=0.6)
    parser.add_argument("--surface", action="store_true", help="fit the regression over the words too")
    parser.add_argument("--write", action="store_true")
    arguments = parser.parse_args()
    service = open_service(Settings.model_validate({"home": arguments.home}))
    sets = {
        "players-dev": read_questions(arguments.data / "players-dev.jsonl"),
        "our own": own_questions(),
        "asked": read_questions(ASKED),
    }
    everything = [question for questions in sets.values() for question in questions]
    regression = service.index.weights.surface
    names = list(regression.weights)
    cases = list(propose(service, everything, regression))
    if arguments.surface:
        regression = fit_surface(cases, names)
        for case in cases:
            case.first = regression.probabilities([dict(zip(names, row, strict=True)) for row in case.surface.tolist()])
    described = [describe_context(service, case, names) for case in track(cases, "by the rulings")]
    columns = max((found for found, _ in described), key=len)
    rows = [matrix if len(found) else np.zeros((0, len(columns)), np.float32) for found, matrix in described]
    scores = cross_validated(cases, rows, columns)
    for name, questions in sets.items():
        ids = {id(question) for question in questions}
        chosen = [i for i, case in enumerate(cases) if id(case.question) in ids]
        for threshold in THRESHOLDS:
            found = report([cases[i] for i in chosen], [scores[i] for i in chosen], threshold)
            print(f"{name} at {threshold}: {found}")
    if arguments.write:
        weights = LinkingWeights(regression, fit_trees(*learned(cases, rows, columns)), arguments.threshold)
        WEIGHTS.write_text(json.dumps(msgspec.to_builtins(weights)) + "\n", "utf-8")
        print(f"written: {WEIGHTS.name}")


if __name__ == "__main__":
    main()
