"""Conditions that a change must meet, for CI: fail if a measure got worse, or is worse than a bound."""

import msgspec

from ragqa.errors import InvalidInput
from ragqa.evaluation.comparison import Comparison
from ragqa.evaluation.measures import Measures

LOWER_IS_BETTER = ("wrong", "declined")


class GateResult(msgspec.Struct, frozen=True, kw_only=True):
    """Whether one condition is met, and the figures that decided it."""

    condition: str
    passed: bool
    message: str


def fail_if_worse(comparison: Comparison, condition: str) -> GateResult:
    """Check `measure:margin`, such as `correct:0.02`: the second run is at most that much worse than the first.

    Fails on the observed difference, not on its interval: a gate that needs certainty lets every small harm through.
    Raises InvalidInput.
    """
    measure, _, margin_text = condition.partition(":")
    margin = _bound(margin_text, condition)
    found = comparison.of(measure)
    loss = found.difference if measure in LOWER_IS_BETTER else -found.difference
    message = (
        f"{measure}: {found.first:.4f} before, {found.second:.4f} now, worse by {max(loss, 0):.4f} (allowed {margin}); "
        f"difference {found.difference:+.4f} [{found.low:+.4f}, {found.high:+.4f}]"
    )
    return GateResult(condition=f"fail-if-worse {condition}", passed=loss <= margin + 1e-9, message=message)


def max_wrong(measures: Measures, bound: float) -> GateResult:
    """Check that at most this share of all questions got a wrong answer. Raises InvalidInput."""
    _bound(str(bound), f"max-wrong {bound}")
    wrong = measures.all.wrong
    if wrong.value is None:
        return GateResult(condition=f"max-wrong {bound}", passed=False, message="the run has no rows")
    message = f"wrong: {wrong.count} of {wrong.total} = {wrong.value:.4f} (allowed {bound})"
    return GateResult(condition=f"max-wrong {bound}", passed=wrong.value <= bound + 1e-9, message=message)


def _bound(text: str, condition: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = -1.0
    if not 0 <= value <= 1:
        raise InvalidInput(f"gate {condition!r} is not understood; write a share, such as correct:0.02")
    return value
