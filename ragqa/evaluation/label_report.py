"""What the marks of a run's labellers say together: each one's supported share, and how far they agree."""

import itertools
from collections.abc import Mapping
from pathlib import Path

import msgspec

from ragqa.errors import InvalidInput
from ragqa.evaluation.labels import (
    Agreement,
    Label,
    SupportedShare,
    agreement,
    labellers,
    load_labels,
    supported_share,
    supported_share_with_judge,
)
from ragqa.evaluation.runs import Run


class LabellerReport(msgspec.Struct, frozen=True, kw_only=True):
    """One person's marks; `with_judge` is None without a judge's scores, or with too few marks to correct them."""

    labeller: str
    alone: SupportedShare
    with_judge: SupportedShare | None


class LabelReport(msgspec.Struct, frozen=True, kw_only=True):
    """All marks of a run. `explained` counts the rows that have an explanation; agreements are of every pair."""

    run_id: str
    explained: int
    labellers: tuple[LabellerReport, ...]
    agreements: tuple[Agreement, ...]


class _Score(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    query_id: str
    score: float


def label_report(home: Path, run: Run, judged: Mapping[str, float] | None = None) -> LabelReport:
    """Sum up the marks; pairs that marked no question in common are left out. Raises ConfigurationError."""
    marks = {name: load_labels(home, run.header.run_id, name) for name in labellers(home, run.header.run_id)}
    return LabelReport(
        run_id=run.header.run_id,
        explained=len(_explained(run)),
        labellers=tuple(
            LabellerReport(labeller=name, alone=supported_share(labels), with_judge=_with_judge(labels, judged or {}))
            for name, labels in marks.items()
        ),
        agreements=tuple(
            agreement(marks[first], marks[second])
            for first, second in itertools.combinations(marks, 2)
            if marks[first].keys() & marks[second].keys()
        ),
    )


def load_judge(path: Path, run: Run) -> dict[str, float]:
    """Read a judge's scores, JSONL of `query_id` and `score` in [0, 1]. Raises InvalidInput, which names the line."""
    explained, judged = _explained(run), dict[str, float]()
    try:
        lines = path.read_bytes().splitlines()
    except OSError as error:
        raise InvalidInput(f"{path} cannot be read: {error.strerror}", field="judge") from None
    for number, raw in enumerate(lines, 1):
        try:
            read = msgspec.json.decode(raw, type=_Score)
        except msgspec.MsgspecError as error:
            raise InvalidInput(f"{path.name} line {number}: not a judge's score: {error}", line=number) from None
        if not 0 <= read.score <= 1 or read.query_id not in explained:
            told = "is not in [0, 1]" if read.query_id in explained else "is of no explained question of the run"
            raise InvalidInput(f"{path.name} line {number}: {read.query_id!r}, {read.score} {told}", line=number)
        judged[read.query_id] = read.score
    return judged


def _explained(run: Run) -> set[str]:
    return {row.query_id for row in run.rows if row.answer and row.answer.explanation}


def _with_judge(labels: Mapping[str, Label], judged: Mapping[str, float]) -> SupportedShare | None:
    enough = len(labels.keys() & judged.keys()) >= 2 and bool(judged.keys() - labels.keys())
    return supported_share_with_judge(labels, judged) if enough else None
