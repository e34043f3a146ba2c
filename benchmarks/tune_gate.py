"""Fit the gate: does the best ruling answer the question, or its opposite? Risk and coverage by cross-validation.

    python -m benchmarks.tune_gate --home HOME [--starter HOME] [--data ../shared/data/yugioh] [--write] [--plot FILE]

HOME holds the imported development data (`make import-shared`). Beside players-dev.jsonl our own questions are used
(`benchmarks.questions.OWN` and ASKED), and with --starter HOME (a home with the starter corpus) the dev half of the
starter test set. Folds are by ruling, so that no question is judged by weights that saw its ruling.

Thresholds are chosen on players-dev and ASKED together, each as heavy as the other; ASKED turns the ruling's verdict
round far more often, so its questions are weighted to the shares that same, opposite and neither have on players-dev
(label shift, Saerens et al. 2002). What a threshold gives on questions it was chosen on is within its bound by
construction, so players-dev is also answered by thresholds chosen without a question's own part (ten parts by ruling,
mean and range over 20 ways to part them). `benchmarks.unseen` measures what came out on questions never fitted on.
"""

import argparse
import json
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import msgspec
import numpy as np
from numpy.typing import NDArray
from rich.progress import track
from scipy.sparse import csr_matrix, hstack
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GroupKFold
from sklearn.preprocessing import StandardScaler

from benchmarks.gate_outcomes import Outcomes
from benchmarks.questions import ASKED, DevQuestion, own_questions, read_questions
from benchmarks.risk_plot import plot_risk
from ragqa.bootstrap import Service, open_service
from ragqa.config import Settings
from ragqa.datatypes import Language, Question, Verdict
from ragqa.grounding import gate
from ragqa.grounding.evidence import Evidence

RISKS = (0.005, 0.01, 0.02, 0.05, 0.1)
DEFAULT_RISK = "0.01"
WEIGHTS = Path(gate.__file__).with_name("gate.json")
LEAST_USES = 5
PHRASE_SCALE = 0.3
SET_WEIGHTS = {"players-dev": 8.0, "starter dev half": 4.0}
"""How much a question of a set counts, 1 unless named: ours of the whole game are many, and hard cases by design."""
LEAST_WEIGHT = 0.01
SAME, OPPOSITE, NEITHER = range(3)
_TURNED = {Verdict.YES: Verdict.NO, Verdict.NO: Verdict.YES}


class Case(msgspec.Struct):
    """A question and what the best ruling offers for it."""

    question: DevQuestion
    evidence: Evidence

    @property
    def label(self) -> int:
        """Whether a gold ruling came first, and whether its verdict is the answer or turned round."""
        ruling, gold = self.evidence.ruling, self.question
        if ruling.ruling_id not in gold.ruling_ids:
            return NEITHER
        if ruling.verdict is gold.verdict:
            return SAME
        return OPPOSITE if ruling.verdict in _TURNED and _TURNED[ruling.verdict] is gold.verdict else NEITHER


class Matrix(msgspec.Struct):
    """What is learned from: dense features, and phrases that occur often enough."""

    features: list[str]
    phrases: list[str]
    dense: NDArray[np.float64]
    sparse: csr_matrix

    @classmethod
    def of(cls, cases: Sequence[Case]) -> "Matrix":
        """Lay out the evidence of all cases."""
        features = sorted(cases[0].evidence.features)
        uses = Counter(phrase for case in cases for phrase in case.evidence.phrases)
        phrases = sorted(phrase for phrase, count in uses.items() if count >= LEAST_USES)
        columns = {phrase: i for i, phrase in enumerate(phrases)}
        cells = [(i, columns[p]) for i, case in enumerate(cases) for p in case.evidence.phrases if p in columns]
        rows, cols = zip(*cells, strict=True)
        sparse = csr_matrix((np.full(len(cells), PHRASE_SCALE), (rows, cols)), shape=(len(cases), len(phrases)))
        dense = np.array([[case.evidence.features[name] for name in features] for case in cases])
        return cls(features, phrases, dense, sparse)


def describe(service: Service, questions: Sequence[DevQuestion]) -> list[Case]:
    """Link, retrieve and weigh every question; those without a ruling that states a verdict are left out."""
    cases = []
    for each in track(questions, "describing"):
        asked = Question(text=each.question, lang=Language(each.lang))
        linking, passages = service.search(asked, 60)
        evidence = service.parts.gate.evidence(asked, linking, passages)
        if evidence:
            cases.append(Case(each, evidence))
    return cases


class Labels(msgspec.Struct):
    """What the gate shall learn: a label a case, its ruling's group, and how much the case counts."""

    right: NDArray[np.int64]
    groups: NDArray[np.int64]
    weights: NDArray[np.float64]


def fit(
    matrix: Matrix, labels: Labels, strength: float, rows: NDArray[np.int64]
) -> tuple[StandardScaler, LogisticRegression]:
    """Fit a multinomial logistic regression (L2) on standardised features and scaled phrases."""
    scaler = StandardScaler().fit(matrix.dense[rows])
    both = hstack([csr_matrix(scaler.transform(matrix.dense[rows])), matrix.sparse[rows]]).tocsr()
    model = LogisticRegression(C=strength, max_iter=600)
    return scaler, model.fit(both, labels.right[rows], sample_weight=labels.weights[rows])


def cross_validated(matrix: Matrix, labels: Labels, strength: float) -> NDArray[np.float64]:
    """Return P(same), P(opposite), P(neither) of each case, (n, 3), by weights fitted without its ruling."""
    out = np.zeros((len(labels.right), 3))
    folds = GroupKFold(10, shuffle=True, random_state=0)
    for train, test in folds.split(matrix.dense, labels.right, labels.groups):
        scaler, model = fit(matrix, labels, strength, train)
        both = hstack([csr_matrix(scaler.transform(matrix.dense[test])), matrix.sparse[test]]).tocsr()
        out[test] = model.predict_proba(both)
    return out


def raw_weights(matrix: Matrix, scaler: StandardScaler, model: LogisticRegression, label: int) -> gate.Regression:
    """Return the logit of a label against NEITHER as weights of raw features and phrases."""
    coefficients = model.coef_[label] - model.coef_[NEITHER]
    dense = coefficients[: len(matrix.features)] / scaler.scale_
    intercept = model.intercept_[label] - model.intercept_[NEITHER] - dense @ scaler.mean_
    phrases = coefficients[len(matrix.features) :] * PHRASE_SCALE
    weights = {name: round(float(value), 5) for name, value in zip(matrix.features, dense, strict=True)}
    learned = zip(matrix.phrases, phrases, strict=True)
    weights |= {phrase: round(float(value), 3) for phrase, value in learned if abs(value) >= LEAST_WEIGHT}
    return gate.Regression(round(float(intercept), 5), weights)


def outcomes(cases: Sequence[Case], chances: NDArray[np.float64], chosen: Sequence[DevQuestion]) -> Outcomes:
    """Collect what the gate would say to the chosen questions."""
    ids = {id(question) for question in chosen}
    kept = [(case, row) for case, row in zip(cases, chances, strict=True) if id(case.question) in ids]
    said = []
    for case, (same, opposite, _) in kept:
        verdict = case.evidence.ruling.verdict
        turned = opposite > same and verdict in _TURNED
        said.append(_TURNED[verdict] if turned and verdict else verdict)
    return Outcomes(
        confidence=np.array([max(same, opposite) for _, (same, opposite, _) in kept]),
        right=np.array([verdict is case.question.verdict for verdict, (case, _) in zip(said, kept, strict=True)]),
        labels=np.array([case.label for case, _ in kept]),
        weights=np.ones(len(kept)),
        groups=np.unique([case.question.group for case, _ in kept], return_inverse=True)[1],
        total=len(chosen),
        answerable=sum(question.verdict is not Verdict.UNKNOWN for question in chosen),
    )


def main() -> None:
    """Fit, report, and write the weights if asked to."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--home", type=Path, required=True)
    parser.add_argument("--starter", type=Path)
    parser.add_argument("--data", type=Path, default=Path("../shared/data/yugioh"))
    parser.add_argument("--strength", type=float, default=0.1)
    parser.add_argument("--plot", type=Path)
    parser.add_argument("--write", action="store_true")
    arguments = parser.parse_args()
    sets = {
        "players-dev": read_questions(arguments.data / "players-dev.jsonl"),
        "our own": own_questions(),
        "asked": read_questions(ASKED),
    }
    service = open_service(Settings.model_validate({"home": arguments.home}))
    cases = [case for questions in sets.values() for case in describe(service, questions)]
    if arguments.starter:
        starter = open_service(Settings.model_validate({"home": arguments.starter}))
        sets["starter dev half"] = [q for q in read_questions(Path("corpus/testset.jsonl")) if q.split == "dev"]
        cases += describe(starter, sets["starter dev half"])
    matrix = Matrix.of(cases)
    weight = {id(question): SET_WEIGHTS.get(name, 1.0) for name, questions in sets.items() for question in questions}
    labels = Labels(
        right=np.array([case.label for case in cases]),
        groups=np.unique([case.question.group for case in cases], return_inverse=True)[1],
        weights=np.array([weight[id(case.question)] for case in cases]),
    )
    chances = cross_validated(matrix, labels, arguments.strength)
    results = {name: outcomes(cases, chances, questions) for name, questions in sets.items()}
    players_dev, asked = results["players-dev"], results["asked"]
    both = players_dev.joined(asked)
    bounds = {str(risk): both.threshold(risk) for risk in RISKS}
    for name, result in results.items():
        print(f"{name}: {result.total} questions, {result.answerable} answerable, ECE {result.calibration_error():.3f}")
        for risk, least in bounds.items():
            print(f"  max_risk {risk}: {result.line(least)}")
    for risk in RISKS:
        print(f"players-dev, threshold held out, max_risk {risk}: {players_dev.held_out_line(risk, asked)}")
    for lang in Language:
        spoken = outcomes(cases, chances, [q for q in sets["players-dev"] if q.lang == lang])
        print(f"players-dev {lang} at {DEFAULT_RISK}: {spoken.line(bounds[DEFAULT_RISK])}")
    if arguments.plot:
        plot_risk({name: (each.confidence, each.right, each.total) for name, each in results.items()}, arguments.plot)
    if arguments.write:
        scaler, model = fit(matrix, labels, arguments.strength, np.arange(len(cases)))
        same, opposite = (raw_weights(matrix, scaler, model, label) for label in (SAME, OPPOSITE))
        weights = gate.GateWeights(same, opposite, bounds)
        WEIGHTS.write_text(json.dumps(msgspec.to_builtins(weights), ensure_ascii=False, indent=0) + "\n", "utf-8")
        print(f"written: {WEIGHTS.name}")


if __name__ == "__main__":
    main()
