"""Marks that people give explanations: stored per labeller, how far two agree, and what few marks say about many rows.

The marks are of one question: do the citations support what the explanation says? No model judges itself here; a weak
judge's marks may only sharpen an estimate that human marks keep unbiased.
"""

import datetime
import random
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Literal

import msgspec
import numpy as np
from sklearn.metrics import cohen_kappa_score

from ragqa.errors import ConfigurationError, InvalidInput
from ragqa.evaluation.outcomes import Proportion, proportion
from ragqa.evaluation.runs import Row, Run, replace_file, run_folder

Mark = Literal["supported", "unsupported"]


class Label(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One mark of one person; the report's page writes the same lines."""

    run_id: str
    query_id: str
    labeller: str
    label: Mark
    at: str


class Agreement(msgspec.Struct, frozen=True, kw_only=True):
    """Two labellers over the rows that both marked; `kappa` (Cohen 1960) is None where both gave one mark only."""

    first: str
    second: str
    both: int
    same: Proportion
    kappa: float | None


class SupportedShare(msgspec.Struct, frozen=True, kw_only=True):
    """Share of explanations that are supported, with a 95 % interval; `method` says how it was estimated."""

    value: float
    low: float
    high: float
    labelled: int
    judged: int
    method: str


def to_label(run: Run, labelled: Mapping[str, Label], *, limit: int | None = None, seed: int = 0) -> list[Row]:
    """Return explained rows that are not labelled yet, in random order, so that stopping early leaves a sample."""
    waiting = [row for row in run.rows if row.answer and row.answer.explanation and row.query_id not in labelled]
    random.Random(f"{seed}:{run.header.run_id}").shuffle(waiting)
    return waiting[:limit]


def add_label(home: Path, run_id: str, query_id: str, labeller: str, label: Mark) -> Label:
    """Store a mark at once; a later mark of the same question replaces it."""
    made = Label(run_id=run_id, query_id=query_id, labeller=labeller, label=label, at=_now())
    kept = load_labels(home, run_id, labeller) | {query_id: made}
    replace_file(
        _labels_path(home, run_id, labeller), b"".join(msgspec.json.encode(each) + b"\n" for each in kept.values())
    )
    return made


def import_labels(home: Path, run: Run, path: Path) -> int:
    """Take over marks that the report's page saved; return how many. Raises InvalidInput if one is odd, taking none."""
    known = {row.query_id for row in run.rows}
    labels = _read(path)
    for line, each in enumerate(labels, 1):
        if each.run_id != run.header.run_id or each.query_id not in known:
            message = f"{path.name} line {line}: {each.query_id!r} of run {each.run_id!r} is not in {run.header.run_id}"
            raise InvalidInput(message, field="query_id", line=line)
    for each in labels:
        add_label(home, each.run_id, each.query_id, each.labeller, each.label)
    return len(labels)


def load_labels(home: Path, run_id: str, labeller: str) -> dict[str, Label]:
    """Return a person's marks by question."""
    path = _labels_path(home, run_id, labeller)
    return {each.query_id: each for each in _read(path)} if path.exists() else {}


def labellers(home: Path, run_id: str) -> list[str]:
    """Return who labelled a run."""
    return sorted(path.stem.removeprefix("labels-") for path in run_folder(home, run_id).glob("labels-*.jsonl"))


def agreement(first: Mapping[str, Label], second: Mapping[str, Label]) -> Agreement:
    """Compare two people's marks. Raises InvalidInput if they have no row in common."""
    shared = sorted(first.keys() & second.keys())
    if not shared:
        raise InvalidInput("the two labellers marked no question in common; let both label the same run")
    ones, others = [first[each].label for each in shared], [second[each].label for each in shared]
    varied = len({*ones, *others}) > 1
    return Agreement(
        first=first[shared[0]].labeller,
        second=second[shared[0]].labeller,
        both=len(shared),
        same=proportion(sum(one == other for one, other in zip(ones, others, strict=True)), len(shared)),
        kappa=float(cohen_kappa_score(ones, others)) if varied else None,
    )


def supported_share(labels: Mapping[str, Label]) -> SupportedShare:
    """Estimate from human marks alone (Wilson). Raises InvalidInput if there are none."""
    marks = Counter(each.label for each in labels.values())
    found = proportion(marks["supported"], marks.total())
    if found.value is None or found.low is None or found.high is None:
        raise InvalidInput("no explanation is labelled yet; label some first")
    return SupportedShare(
        value=found.value, low=found.low, high=found.high, labelled=found.total, judged=0, method="labels alone, Wilson"
    )


def supported_share_with_judge(labels: Mapping[str, Label], judged: Mapping[str, float]) -> SupportedShare:
    """Estimate from few human marks and a weak judge's score in [0, 1] of every row (Angelopoulos et al. 2023).

    However poor the judge, the interval holds: the marks correct its bias. They must be a random sample of the rows,
    which `to_label` gives. Raises InvalidInput without two marks on judged rows, ConfigurationError without ppi-python.
    """
    try:
        from ppi_py import ppi_mean_ci, ppi_mean_pointestimate
    except ImportError:
        raise ConfigurationError("estimates with a judge need ppi-python; install ragqa[labels]") from None
    both = sorted(labels.keys() & judged.keys())
    rest = sorted(judged.keys() - labels.keys())
    if len(both) < 2 or not rest:
        raise InvalidInput(
            "a judge helps only with two or more labelled rows and some that are judged but not labelled"
        )
    human = np.array([labels[each].label == "supported" for each in both], dtype=np.float64)
    judge = np.array([judged[each] for each in both], dtype=np.float64)
    unlabelled = np.array([judged[each] for each in rest], dtype=np.float64)
    low, high = ppi_mean_ci(human, judge, unlabelled, alpha=0.05)
    return SupportedShare(
        value=float(np.squeeze(ppi_mean_pointestimate(human, judge, unlabelled))),
        low=max(0.0, float(np.squeeze(low))),
        high=min(1.0, float(np.squeeze(high))),
        labelled=len(both),
        judged=len(judged),
        method="labels and judge, prediction-powered",
    )


def _labels_path(home: Path, run_id: str, labeller: str) -> Path:
    if not labeller.isidentifier() and not labeller.replace("-", "_").replace(".", "_").isidentifier():
        raise InvalidInput(f"{labeller!r} cannot name a labeller; use letters, digits, '-' and '.'", field="labeller")
    return run_folder(home, run_id) / f"labels-{labeller}.jsonl"


def _read(path: Path) -> list[Label]:
    labels = []
    try:
        lines = path.read_bytes().splitlines()
    except OSError as error:
        raise InvalidInput(f"{path} cannot be read: {error.strerror}", field="labels") from None
    for line, raw in enumerate(lines, 1):
        if raw.strip():
            try:
                labels.append(msgspec.json.decode(raw, type=Label))
            except msgspec.MsgspecError as error:
                raise InvalidInput(f"{path.name} line {line}: not a label: {error}", line=line) from None
    return labels


def _now() -> str:
    return datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds")
