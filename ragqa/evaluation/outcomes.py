"""Verdicts: correct, declined or wrong, with intervals, by class and by group."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from enum import StrEnum

import msgspec
from sklearn.metrics import matthews_corrcoef
from statsmodels.stats.proportion import proportion_confint

from ragqa.datatypes import Basis, Verdict
from ragqa.evaluation.runs import Row


class Outcome(StrEnum):
    """What became of a question."""

    CORRECT = "correct"
    DECLINED = "declined"
    WRONG = "wrong"


SCORE = {Outcome.CORRECT: 1, Outcome.DECLINED: 0, Outcome.WRONG: -1}
"""A confident wrong answer is worse than none."""


class Proportion(msgspec.Struct, frozen=True):
    """A share with its 95 % Wilson interval; all three are None where there is nothing to count."""

    count: int
    total: int
    value: float | None
    low: float | None
    high: float | None


class Outcomes(msgspec.Struct, frozen=True, kw_only=True):
    """The three outcomes of some questions; `score` is the mean of +1, 0 and -1."""

    questions: int
    correct: Proportion
    declined: Proportion
    wrong: Proportion
    score: float | None


class VerdictClass(msgspec.Struct, frozen=True, kw_only=True):
    """How one verdict is given: recall over questions whose gold it is, precision over answers that give it."""

    recall: Proportion
    precision: Proportion


def outcome(row: Row) -> Outcome:
    """Compare verdict and gold; to decline is right where the gold is unknown."""
    if row.verdict is row.example.verdict:
        return Outcome.CORRECT
    return Outcome.DECLINED if row.verdict is Verdict.UNKNOWN else Outcome.WRONG


def proportion(count: int, total: int) -> Proportion:
    """Return count/total with its 95 % Wilson score interval (Wilson 1927)."""
    if total == 0:
        return Proportion(count, total, None, None, None)
    low, high = proportion_confint(count, total, alpha=0.05, method="wilson")
    return Proportion(count, total, count / total, float(low), float(high))


def outcomes(rows: Sequence[Row]) -> Outcomes:
    """Count the outcomes of rows."""
    counts = Counter(outcome(row) for row in rows)
    total = len(rows)
    points = sum(SCORE[kind] * count for kind, count in counts.items())
    return Outcomes(
        questions=total,
        correct=proportion(counts[Outcome.CORRECT], total),
        declined=proportion(counts[Outcome.DECLINED], total),
        wrong=proportion(counts[Outcome.WRONG], total),
        score=points / total if total else None,
    )


def outcomes_by(rows: Sequence[Row], groups_of: Callable[[Row], Iterable[str]]) -> dict[str, Outcomes]:
    """Count the outcomes of each group, largest first; a row may be in several."""
    groups: defaultdict[str, list[Row]] = defaultdict(list)
    for row in rows:
        for group in groups_of(row):
            groups[group].append(row)
    ordered = sorted(groups, key=lambda group: (-len(groups[group]), group))
    return {group: outcomes(groups[group]) for group in ordered}


def basis_split(rows: Sequence[Row]) -> dict[str, Outcomes]:
    """Count the outcomes by what the answers rest on; questions that failed rest on nothing."""
    bases: Mapping[str, list[Row]] = {basis.value: [] for basis in Basis}
    for row in rows:
        bases[row.answer.basis if row.answer else Basis.INSUFFICIENT].append(row)
    return {basis: outcomes(of_basis) for basis, of_basis in bases.items()}


def verdict_classes(rows: Sequence[Row]) -> dict[str, VerdictClass]:
    """Return recall and precision of each verdict."""
    hits = Counter(row.verdict for row in rows if row.verdict is row.example.verdict)
    gold = Counter(row.example.verdict for row in rows)
    given = Counter(row.verdict for row in rows)
    return {
        verdict.value: VerdictClass(
            recall=proportion(hits[verdict], gold[verdict]), precision=proportion(hits[verdict], given[verdict])
        )
        for verdict in Verdict
    }


def mcc(rows: Sequence[Row]) -> float | None:
    """Return Matthews' correlation over the four verdicts; 0 is what guessing by base rate earns.

    None if one verdict is all there is, in gold and answers: nothing can correlate with it.
    """
    gold, given = [row.example.verdict for row in rows], [row.verdict for row in rows]
    return float(matthews_corrcoef(gold, given)) if len({*gold, *given}) > 1 else None
