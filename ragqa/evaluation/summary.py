"""A run's figures for people and scripts: lines of a table, and one JSON file."""

from pathlib import Path

import msgspec

from ragqa.evaluation.measures import Measures, measure
from ragqa.evaluation.outcomes import Outcomes, Proportion
from ragqa.evaluation.runs import Run, RunHeader, replace_file, run_folder


class Summary(msgspec.Struct, frozen=True):
    """What `summary.json` holds: the stamp and every measure."""

    run: RunHeader
    measures: Measures


class Line(msgspec.Struct, frozen=True):
    """One line of the summary table; `interval` is the 95 % interval, empty where there is none."""

    section: str
    measure: str
    value: str
    interval: str = ""
    count: str = ""


def write_summary(home: Path, run: Run) -> Path:
    """Write `summary.json` beside the rows and return its path."""
    path = run_folder(home, run.header.run_id) / "summary.json"
    replace_file(path, msgspec.json.format(msgspec.json.encode(Summary(run.header, measure(run))), indent=2) + b"\n")
    return path


def summary_lines(found: Measures) -> list[Line]:
    """Return the table that the command line prints and the reports show."""
    lines = [
        *_outcome_lines("all", found.all),
        *_outcome_lines("answerable", found.answerable),
        *_outcome_lines("to be declined", found.unanswerable),
        Line("verdicts", "MCC", decimal(found.mcc)),
        Line("verdicts", "always yes would be correct", percent(found.always_yes)),
    ]
    lines += [_share("verdicts", f"recall of {name}", each.recall) for name, each in found.verdicts.items()]
    for section, groups in (
        ("basis", found.by_basis),
        ("language", found.by_language),
        ("style", found.by_style),
        ("split", found.by_split),
    ):
        lines += [_group(section, name, each) for name, each in groups.items() if each.questions]
    lines += [Line("gold ruling", name, decimal(value)) for name, value in found.rulings.items()]
    for lang, measures in found.rulings_by_language.items():
        lines.append(Line("gold ruling", f"hit_at_5 {lang}", decimal(measures["hit_at_5"])))
    lines += [Line("gold card", name, decimal(found.cards[name])) for name in ("hit_at_5", "recall_at_5")]
    return lines + _part_lines(found)


def _part_lines(found: Measures) -> list[Line]:
    linking, given, shuffled = found.linking, found.citations.given, found.citations.shuffled
    return [
        _share("linking", "precision", linking.precision),
        _share("linking", "recall", linking.recall),
        Line("linking", "F1", decimal(linking.f1)),
        _share("linking", "wrong links", linking.wrong_links),
        _share("linking", "questions with a wrong link", linking.questions_with_wrong_link),
        _share("citations", "valid", given.valid),
        _share("citations", "gold precision", given.gold_precision),
        _share("citations", "gold recall", given.gold_recall),
        _share("citations", "gold precision, shuffled", shuffled.gold_precision),
        _share("citations", "gold recall, shuffled", shuffled.gold_recall),
        Line("confidence", "AURC", decimal(found.risk_coverage.aurc)),
        Line("confidence", "coverage at 2 % risk", percent(found.risk_coverage.coverage_at_2_percent)),
        Line("confidence", "ECE", decimal(found.calibration.ece)),
        Line("latency", "p50 ms", decimal(found.latency.p50, 1)),
        Line("latency", "p95 ms", decimal(found.latency.p95, 1)),
        Line("latency", "pieces of text written, mean", decimal(found.latency.pieces, 1)),
        Line("latency", "questions that failed", str(found.errors)),
    ]


def run_warnings(run: Run) -> list[str]:
    """Return what a reader must know before trusting the figures of a run."""
    header, warnings = run.header, []
    if header.status != "finished":
        warnings.append(f"This run is {header.status}: {len(run.rows)} of {header.questions} questions were asked.")
    versions = {row.answer.corpus_version for row in run.rows if row.answer} - {header.corpus_version}
    if versions:
        numbers = ", ".join(map(str, sorted(versions)))
        warnings.append(f"The corpus changed during the run: it began at {header.corpus_version}, then saw {numbers}.")
    failed = sum(bool(row.error) for row in run.rows)
    if failed:
        warnings.append(f"{failed} questions failed and count as declined.")
    return warnings


def percent(value: float | None) -> str:
    """Write a share, or a dash."""
    return "–" if value is None else f"{100 * value:.1f} %"


def decimal(value: float | None, places: int = 3) -> str:
    """Write a number, or a dash."""
    return "–" if value is None else f"{value:.{places}f}"


def interval(share: Proportion) -> str:
    """Write a 95 % interval, or nothing."""
    return "" if share.low is None or share.high is None else f"{100 * share.low:.1f}–{100 * share.high:.1f} %"


def _outcome_lines(section: str, found: Outcomes) -> list[Line]:
    shares = (("correct", found.correct), ("declined", found.declined), ("wrong", found.wrong))
    lines = [_share(section, name, share) for name, share in shares]
    return [*lines, Line(section, "score (+1/0/−1)", decimal(found.score), count=str(found.questions))]


def _group(section: str, name: str, found: Outcomes) -> Line:
    counts = f"{found.correct.count}/{found.declined.count}/{found.wrong.count}"
    return Line(section, name, percent(found.correct.value), interval(found.correct), counts)


def _share(section: str, name: str, share: Proportion) -> Line:
    return Line(section, name, percent(share.value), interval(share), f"{share.count}/{share.total}")
