"""What a comparison of runs says; `compare` makes it. Kept apart because it needs no statistics to be read."""

import msgspec

from ragqa.datatypes import Verdict
from ragqa.errors import InvalidInput
from ragqa.evaluation.runs import RunHeader


class Difference(msgspec.Struct, frozen=True, kw_only=True):
    """One measure in both runs over the questions that both have; `difference` is second minus first.

    `low` and `high` bound it at 95 % (paired bootstrap, clustered by gold ruling), `p` is its p value and `p_holm` the
    same adjusted for all measures of the comparison. For measures that are 0 or 1 a question, `only_first` and
    `only_second` count the questions where one run has it, `p_mcnemar` is exact, and `power` is the chance that this
    sample had of finding 3 points. `detectable` is the difference found with 80 % power.
    """

    measure: str
    questions: int
    first: float
    second: float
    difference: float
    low: float
    high: float
    p: float
    p_holm: float
    only_first: int | None = None
    only_second: int | None = None
    p_mcnemar: float | None = None
    power: float | None = None
    detectable: float


class Changed(msgspec.Struct, frozen=True, kw_only=True):
    """A question whose verdict differs; `harm` is how far its score fell, 2 from correct to wrong."""

    query_id: str
    question: str
    gold: Verdict
    first: Verdict
    second: Verdict
    harm: int


class Comparison(msgspec.Struct, frozen=True, kw_only=True):
    """Everything about two runs. `warnings` say what else differs between them, `missing` who lacks which question."""

    first: RunHeader
    second: RunHeader
    differences: tuple[Difference, ...]
    changed: tuple[Changed, ...]
    missing_in_first: tuple[str, ...]
    missing_in_second: tuple[str, ...]
    warnings: tuple[str, ...]

    def of(self, measure: str) -> Difference:
        """Return the difference in a measure. Raises InvalidInput."""
        for difference in self.differences:
            if difference.measure == measure:
                return difference
        known = ", ".join(each.measure for each in self.differences)
        raise InvalidInput(f"no measure {measure!r} was compared; {known} were")
