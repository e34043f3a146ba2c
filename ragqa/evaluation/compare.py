"""Two runs of one test set, question by question: what changed, how sure that is, and what it did harm to."""

from collections.abc import Mapping, Sequence

import msgspec

from ragqa.errors import InvalidInput
from ragqa.evaluation.comparison import Changed, Comparison, Difference
from ragqa.evaluation.measures import PER_QUESTION, per_question
from ragqa.evaluation.outcomes import SCORE, Outcome, outcome
from ragqa.evaluation.resampling import (
    clustered_bootstrap,
    detectable_difference,
    exact_mcnemar,
    holm,
    mcnemar_power,
)
from ragqa.evaluation.runs import Row, Run, RunHeader

SHARES = ("correct", "wrong", "declined", "hit_at_1", "hit_at_5")
"""Measures that are 0 or 1 a question, so that McNemar applies."""
POWER_FOR = 0.03
"""Difference that the power is told for, 3 points."""


def compare_runs(first: Run, second: Run, *, seed: int = 0) -> Comparison:
    """Compare two runs. Raises InvalidInput if they are of different test sets or have no question in common."""
    if first.header.test_set_id != second.header.test_set_id:
        raise InvalidInput(
            f"run {first.header.run_id} is of test set {_test_set(first)}, run {second.header.run_id} of "
            f"{_test_set(second)}; only runs of the same questions can be compared"
        )
    rows, others = _by_id(first), _by_id(second)
    shared = [query_id for query_id in rows if query_id in others]
    if not shared:
        raise InvalidInput(f"runs {first.header.run_id} and {second.header.run_id} have no question in common")
    return Comparison(
        first=first.header,
        second=second.header,
        differences=_differences(first, second, {query_id: cluster_of(rows[query_id]) for query_id in shared}, seed),
        changed=_changed([(rows[query_id], others[query_id]) for query_id in shared]),
        missing_in_first=tuple(sorted(others.keys() - rows.keys())),
        missing_in_second=tuple(sorted(rows.keys() - others.keys())),
        warnings=_warnings(first.header, second.header),
    )


def compare_all(runs: Sequence[Run], *, seed: int = 0) -> list[Comparison]:
    """Compare every further run with the first, p values adjusted over all comparisons and measures together."""
    if len(runs) < 2:
        raise InvalidInput("give two runs or more to compare; the first is what the others are compared with")
    comparisons = [compare_runs(runs[0], run, seed=seed) for run in runs[1:]]
    adjusted = iter(holm([difference.p for each in comparisons for difference in each.differences]))
    return [
        msgspec.structs.replace(
            each,
            differences=tuple(
                msgspec.structs.replace(difference, p_holm=next(adjusted)) for difference in each.differences
            ),
        )
        for each in comparisons
    ]


def cluster_of(row: Row) -> str:
    """Return the first gold ruling, which minimal pairs share; a question without gold stands alone."""
    return row.example.ruling_ids[0] if row.example.ruling_ids else f"question {row.query_id}"


def _differences(first: Run, second: Run, clusters: Mapping[str, str], seed: int) -> tuple[Difference, ...]:
    ones, others = per_question(first), per_question(second)
    found = []
    for measure in PER_QUESTION:
        shared = [query_id for query_id in clusters if query_id in ones[measure] and query_id in others[measure]]
        if shared:
            pairs = [(ones[measure][query_id], others[measure][query_id]) for query_id in shared]
            found.append(_difference(measure, pairs, [clusters[query_id] for query_id in shared], seed))
    adjusted = holm([each.p for each in found])
    return tuple(msgspec.structs.replace(each, p_holm=p) for each, p in zip(found, adjusted, strict=True))


def _difference(measure: str, pairs: Sequence[tuple[float, float]], clusters: Sequence[str], seed: int) -> Difference:
    values = [second - first for first, second in pairs]
    found = clustered_bootstrap(values, clusters, seed=seed)
    difference = Difference(
        measure=measure,
        questions=len(pairs),
        first=sum(first for first, _ in pairs) / len(pairs),
        second=sum(second for _, second in pairs) / len(pairs),
        difference=found.mean,
        low=found.low,
        high=found.high,
        p=found.p,
        p_holm=found.p,
        detectable=detectable_difference(values, clusters),
    )
    if measure not in SHARES:
        return difference
    only_first = sum(first > second for first, second in pairs)
    only_second = sum(second > first for first, second in pairs)
    return msgspec.structs.replace(
        difference,
        only_first=only_first,
        only_second=only_second,
        p_mcnemar=exact_mcnemar(only_first, only_second),
        power=mcnemar_power(len(pairs), (only_first + only_second) / len(pairs), POWER_FOR),
    )


def _changed(pairs: Sequence[tuple[Row, Row]]) -> tuple[Changed, ...]:
    """Return the questions that changed, worst harm first; a new wrong answer before a new refusal."""
    changed = []
    for one, other in pairs:
        if one.verdict is not other.verdict:
            changed.append(
                Changed(
                    query_id=one.query_id,
                    question=one.example.question,
                    gold=one.example.verdict,
                    first=one.verdict,
                    second=other.verdict,
                    harm=SCORE[outcome(one)] - SCORE[outcome(other)],
                )
            )
    worse = {one.query_id: outcome(other) is Outcome.WRONG for one, other in pairs}
    return tuple(sorted(changed, key=lambda each: (-each.harm, not worse[each.query_id], each.query_id)))


def _warnings(first: RunHeader, second: RunHeader) -> tuple[str, ...]:
    """Tell what differs besides the configuration that is being compared."""
    found = [f"run {header.run_id} is {header.status}" for header in (first, second) if header.status != "finished"]
    for field, what in (
        ("arm", "control arms"),
        ("corpus_version", "corpus versions"),
        ("prompt_version", "prompt versions"),
        ("git_revision", "revisions of the code"),
    ):
        before, after = getattr(first, field), getattr(second, field)
        if before != after:
            found.append(f"the {what} differ: {before} and {after}")
    return tuple(found)


def _by_id(run: Run) -> dict[str, Row]:
    return {row.query_id: row for row in run.rows}


def _test_set(run: Run) -> str:
    return f"{run.header.test_set} ({run.header.test_set_id})"
