"""Plots of how far the gate's confidence can be trusted."""

from collections.abc import Mapping
from pathlib import Path

import matplotlib
import numpy as np
from numpy.typing import NDArray

matplotlib.use("Agg")
from matplotlib import pyplot

Outcome = tuple[NDArray[np.float64], NDArray[np.bool_], int]
BINS = 8


def plot_risk(sets: Mapping[str, Outcome], path: Path) -> None:
    """Draw risk against coverage and, beside it, how often an answer of each confidence was right."""
    figure, (risk, reliability) = pyplot.subplots(1, 2, figsize=(9, 3.6), layout="constrained")
    for name, (confidence, right, total) in sets.items():
        order = np.argsort(-confidence)
        answered = np.arange(1, len(order) + 1) / total
        risk.plot(100 * answered, 100 * np.cumsum(~right[order]) / total, label=name)
        bins = np.array_split(order[::-1], BINS)
        reliability.plot([confidence[b].mean() for b in bins], [right[b].mean() for b in bins], marker="o", label=name)
    risk.set(xlabel="answered, % of all questions", ylabel="answered wrongly, % of all questions", ylim=(0, 12))
    reliability.plot([0, 1], [0, 1], color="grey", linewidth=0.8)
    reliability.set(xlabel="the gate's confidence", ylabel="share that was right")
    risk.legend()
    figure.savefig(path, dpi=110)
