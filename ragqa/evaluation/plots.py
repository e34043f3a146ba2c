"""The plots of a report as inline SVG whose text stays text. Colours follow the page, light or dark."""

import io
import re
from collections.abc import Mapping, Sequence
from typing import Any

import matplotlib
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from ragqa.evaluation.confidence import Calibration, RiskCoverage
from ragqa.evaluation.outcomes import Outcomes

COLOURS = {"correct": "#1a7f52", "declined": "#9a9ea6", "wrong": "#c8372d"}
_INK = "#123456"
"""A colour nothing else uses; in the SVG it becomes the page's own text colour."""
_STYLE: dict[Any, Any] = {
    "svg.fonttype": "none",
    "svg.hashsalt": "ragqa",
    "font.family": "sans-serif",
    "font.size": 9,
    "axes.edgecolor": _INK,
    "axes.labelcolor": _INK,
    "text.color": _INK,
    "xtick.color": _INK,
    "ytick.color": _INK,
    "axes.spines.top": False,
    "axes.spines.right": False,
}
_MOST_POINTS = 200


def outcome_bars(groups: Mapping[str, Outcomes]) -> str:
    """Draw correct, declined and wrong of each group as one bar of shares."""
    with matplotlib.rc_context(_STYLE):
        figure, axes = _figure(height=0.6 + 0.34 * max(len(groups), 1))
        names = list(groups)[::-1]
        left = [0.0] * len(names)
        for kind, colour in COLOURS.items():
            shares = [getattr(groups[name], kind).value or 0.0 for name in names]
            axes.barh(names, shares, left=left, color=colour, height=0.7)
            left = [start + share for start, share in zip(left, shares, strict=True)]
        axes.set_xlim(0, 1)
        return _svg(figure, "Outcomes by language: correct, declined, wrong")


def risk_coverage_plot(found: RiskCoverage) -> str:
    """Draw the share of wrong answers against the share of questions answered."""
    with matplotlib.rc_context(_STYLE):
        figure, axes = _figure(height=2.3)
        step = max(1, len(found.risk) // _MOST_POINTS)
        axes.plot(_thinned(found.coverage, step), _thinned(found.risk, step), color=COLOURS["wrong"], linewidth=1.5)
        axes.set(xlim=(0, 1), xlabel="share of questions answered", ylabel="share of those wrong")
        axes.set_ylim(0, max(0.05, 1.1 * max(found.risk, default=0.0)))
        return _svg(figure, "Risk against coverage")


def calibration_plot(found: Calibration) -> str:
    """Draw accuracy against stated confidence, the area of a point as its number of answers."""
    with matplotlib.rc_context(_STYLE):
        figure, axes = _figure(height=2.3)
        axes.plot([0, 1], [0, 1], color=COLOURS["declined"], linewidth=0.8, linestyle="--")
        most = max((each.answers for each in found.bins), default=1)
        axes.scatter(
            [each.confidence for each in found.bins],
            [each.accuracy for each in found.bins],
            s=[20 + 180 * each.answers / most for each in found.bins],
            color=COLOURS["correct"],
            alpha=0.75,
        )
        axes.set(xlim=(0, 1.02), ylim=(0, 1.05), xlabel="stated confidence", ylabel="share correct")
        return _svg(figure, "Calibration of stated confidence")


def difference_plot(names: Sequence[str], means: Sequence[float], bounds: Sequence[tuple[float, float]]) -> str:
    """Draw differences between two runs with their intervals, in points."""
    with matplotlib.rc_context(_STYLE):
        figure, axes = _figure(height=0.7 + 0.28 * max(len(names), 1))
        rows = range(len(names), 0, -1)
        axes.axvline(0, color=COLOURS["declined"], linewidth=0.8)
        axes.hlines(
            rows, [100 * low for low, _ in bounds], [100 * high for _, high in bounds], color=_INK, linewidth=1.5
        )
        axes.plot([100 * mean for mean in means], list(rows), "o", color=_INK, markersize=4)
        axes.set_yticks(list(rows), names)
        axes.set_xlabel("second minus first, points")
        return _svg(figure, "Differences with 95 % intervals")


def _figure(height: float) -> tuple[Figure, Axes]:
    figure = Figure(figsize=(4.6, height), layout="constrained")
    return figure, figure.subplots()


def _thinned(values: Sequence[float], step: int) -> list[float]:
    """Keep every `step`-th value and the last."""
    return [*values[::step], *values[-1:]]


def _svg(figure: Figure, title: str) -> str:
    """Return the `<svg>` element alone, sized by the page, named for those who do not see it."""
    figure.patch.set_alpha(0)
    for axes in figure.axes:
        axes.patch.set_alpha(0)
    buffer = io.StringIO()
    figure.savefig(buffer, format="svg", metadata={"Date": None, "Creator": None})
    text = buffer.getvalue()
    text = text[text.index("<svg") :].replace(_INK, "currentColor")
    text = re.sub(r"<metadata>.*?</metadata>", "", text, flags=re.DOTALL)
    return re.sub(
        r'<svg ([^>]*?)width="[^"]*" height="[^"]*"', rf'<svg role="img" aria-label="{title}" \1', text, count=1
    )
