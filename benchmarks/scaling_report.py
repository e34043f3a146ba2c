"""What `benchmarks.scaling` has measured, as a table and as a plot."""

import os
import platform
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import msgspec


class Measured(msgspec.Struct, frozen=True):
    """What one size costs: milliseconds in p50 and p95, seconds of the start and the build, gigabytes."""

    passages: int
    ask: tuple[float, float]
    ask_processor: tuple[float, float]
    visible: tuple[float, float]
    start: float
    build: float
    memory: float


def table(measured: Sequence[Measured], texts_a_second: float) -> str:
    """Render the measurements with the machine and what the model alone does."""
    head = (
        f"{platform.machine()}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.0f}, {platform.python_version()}, "
        f"{datetime.now(UTC):%Y-%m-%d}; the model alone embeds {texts_a_second:.1f} passages a second"
    )
    rows = [
        f"| {each.passages:,} | {each.ask[0]:.1f} / {each.ask[1]:.1f} ms "
        f"| {each.ask_processor[0]:.1f} / {each.ask_processor[1]:.1f} ms "
        f"| {each.visible[0]:.0f} / {each.visible[1]:.0f} ms | {each.start:.1f} s "
        f"| {each.build:.0f} s ({each.passages / each.build:,.0f} a second) | {each.memory:.2f} GB |"
        for each in measured
    ]
    columns = (
        "| passages | link and rank, p50 / p95 | the same, processor time | add to visible, p50 / p95 "
        "| start from the snapshot | build without embedding | memory without the model |"
    )
    return "\n".join([head, "", columns, "|---|---|---|---|---|---|---|", *rows])


def draw(measured: Sequence[Measured], path: Path) -> None:
    """Draw each measure against the size."""
    from matplotlib.figure import Figure

    sizes = [each.passages for each in measured]
    figure = Figure(figsize=(10, 5.4), layout="constrained")
    panels = figure.subplots(2, 2).flat
    drawn = (
        ("link and rank, ms of processor", [each.ask_processor for each in measured]),
        ("add to visible, ms", [each.visible for each in measured]),
        ("start from the snapshot, s", [(each.start,) for each in measured]),
        ("memory without the model, GB", [(each.memory,) for each in measured]),
    )
    for axes, (label, values) in zip(panels, drawn, strict=True):
        for line, name in zip(zip(*values, strict=True), ("p50", "p95"), strict=False):
            axes.plot(sizes, line, "o-" if name == "p50" else "s--", label=name)
        if len(values[0]) > 1:
            axes.legend()
        axes.set(xscale="log", xlabel="passages", ylabel=label, ylim=(0, None))
        axes.grid(alpha=0.3)
    figure.savefig(path, dpi=110)
