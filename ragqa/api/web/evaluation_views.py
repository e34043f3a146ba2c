"""What the evaluations page shows: runs with their figures, the questions to choose from, what differs between runs."""

from pathlib import Path
from typing import Any

import msgspec

from ragqa.api.evaluation_routes import Evaluation, evaluation_of
from ragqa.errors import InvalidInput
from ragqa.evaluation.comparison import Comparison
from ragqa.evaluation.controls import Arm
from ragqa.evaluation.examples import load_testset
from ragqa.evaluation.runs import RunHeader, list_runs
from ragqa.wording import N_

_LISTED = 50
ARMS = {
    Arm.NORMAL: N_("as players ask"),
    Arm.CLOSED_BOOK: N_("control: without any passage"),
    Arm.ORACLE: N_("control: with the right cards and ruling"),
    Arm.NO_GOLD: N_("control: without the rulings that settle it"),
    Arm.SCRAMBLED_CARDS: N_("control: with the texts of other cards"),
    Arm.SCRAMBLED_RULINGS: N_("control: with other rulings"),
    Arm.INSUFFICIENT: N_("control: without anything about the cards"),
    Arm.FICTIONAL_CARDS: N_("control: with invented card names"),
    Arm.WITH_WITHDRAWN: N_("control: with withdrawn rulings first"),
}
STATUSES = {
    "waiting": N_("waiting"),
    "running": N_("running"),
    "stopped": N_("stopped"),
    "finished": N_("finished"),
}


class Share(msgspec.Struct, frozen=True):
    """A share of the questions with its 95 % interval, as a run's summary holds it."""

    count: int
    total: int
    value: float | None = None
    low: float | None = None
    high: float | None = None


class Figures(msgspec.Struct, frozen=True, kw_only=True):
    """How often a run was right, declined, was wrong."""

    questions: int
    correct: Share
    declined: Share
    wrong: Share
    score: float | None = None


class RunView(msgspec.Struct, frozen=True, kw_only=True):
    """A run, how many of its questions were asked, and its figures once it is finished."""

    run: RunHeader
    asked: int
    figures: Figures | None
    sections: list[tuple[str, list[tuple[str, str, str, str]]]] = []
    """Every measure: a title, and lines of name, value, interval and count."""

    @property
    def is_underway(self) -> bool:
        """Whether it waits or runs."""
        return self.run.status in ("waiting", "running")


class Choice(msgspec.Struct, frozen=True):
    """Questions to ask: a test set, or one of its splits; `value` is what the form sends."""

    value: str
    questions: int


def run_views(home: Path) -> list[RunView]:
    """Return the newest runs."""
    return [_view(evaluation_of(home, header.run_id)) for header in list_runs(home)[:_LISTED]]


def run_view(home: Path, run_id: str) -> RunView:
    """Return a run with every measure. Raises NotFound."""
    found = evaluation_of(home, run_id)
    sections = _sections(found.measures) if found.measures else []
    return msgspec.structs.replace(_view(found), sections=sections)


def choices(corpus_dir: Path) -> list[Choice]:
    """Return the test sets of the corpus folder and their splits."""
    found = []
    for path in sorted(corpus_dir.glob("*.jsonl")):
        try:
            examples = load_testset(path)
        except InvalidInput:  # cards, rulings: other files lie there too
            continue
        found.append(Choice(path.stem, len(examples)))
        for split in sorted({example.split for example in examples if example.split}):
            found.append(Choice(f"{path.stem}/{split}", sum(example.split == split for example in examples)))
    return found


def difference_lines(comparison: Comparison) -> list[tuple[str, str, str, str, str, bool]]:
    """Return a line a measure: name, both values, difference with its interval, p value, whether it is significant."""
    return [
        (
            each.measure,
            f"{each.first:.3f}",
            f"{each.second:.3f}",
            f"{each.difference:+.3f} ({each.low:+.3f} – {each.high:+.3f})",
            f"{each.p_holm:.3f}",
            each.p_holm < 0.05,
        )
        for each in comparison.differences
    ]


def _view(found: Evaluation) -> RunView:
    figures = msgspec.convert(found.measures["all"], Figures) if found.measures else None
    return RunView(run=found.run, asked=found.asked, figures=figures)


def _sections(measures: dict[str, Any]) -> list[tuple[str, list[tuple[str, str, str, str]]]]:
    # Only for a run that is opened: importing the statistics takes seconds.
    from ragqa.evaluation.measures import Measures
    from ragqa.evaluation.summary import summary_lines

    sections: dict[str, list[tuple[str, str, str, str]]] = {}
    for line in summary_lines(msgspec.convert(measures, Measures)):
        sections.setdefault(line.section, []).append((line.measure, line.value, line.interval, line.count))
    return list(sections.items())
