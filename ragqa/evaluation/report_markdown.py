"""Reports as Markdown, and what both forms show of a comparison."""

from collections.abc import Iterable, Sequence
from itertools import groupby

from ragqa.evaluation.comparison import Comparison, Difference
from ragqa.evaluation.measures import measure
from ragqa.evaluation.runs import Run
from ragqa.evaluation.summary import decimal, percent, run_warnings, summary_lines

COLUMNS = ("measure", "first", "second", "difference", "95 % interval", "p", "McNemar", "power", "found at 80 %")


def run_markdown(run: Run) -> str:
    """Return the summary of a run as Markdown tables."""
    header = run.header
    parts = [
        f"# Evaluation {header.run_id}",
        f"{header.questions} questions of {header.test_set} ({header.test_set_id}), arm {header.arm}, corpus version "
        f"{header.corpus_version}, {header.model}, prompt {header.prompt_version}, {header.status}",
        *(f"**{warning}**" for warning in run_warnings(run)),
    ]
    for section, lines in groupby(summary_lines(measure(run)), key=lambda line: line.section):
        cells = [(line.measure, line.value, line.interval, line.count) for line in lines]
        parts.append(f"## {section}\n\n" + _markdown_table(("measure", "value", "95 % interval", "count"), cells))
    return "\n\n".join(parts) + "\n"


def comparison_markdown(comparison: Comparison) -> str:
    """Return a comparison as Markdown: differences, then the questions that changed."""
    changed = [
        (each.query_id, str(each.harm), each.gold, each.first, each.second, each.question)
        for each in comparison.changed
    ]
    parts = [
        f"# {comparison.second.run_id} against {comparison.first.run_id}",
        *(f"**{warning}**" for warning in (*comparison.warnings, *missing_questions(comparison))),
        _markdown_table(COLUMNS, [difference_cells(each) for each in comparison.differences]),
        f"## {len(changed)} questions changed",
        _markdown_table(("question", "harm", "gold", "first", "second", "text"), changed),
    ]
    return "\n\n".join(parts) + "\n"


def difference_cells(each: Difference) -> tuple[str, ...]:
    """Return a difference as the cells of `COLUMNS`."""
    mcnemar = "" if each.p_mcnemar is None else f"{each.only_first} : {each.only_second}, p {each.p_mcnemar:.3f}"
    return (
        each.measure,
        decimal(each.first),
        decimal(each.second),
        f"{each.difference:+.3f}",
        f"{each.low:+.3f} to {each.high:+.3f}",
        decimal(each.p_holm),
        mcnemar,
        "" if each.power is None else percent(each.power),
        decimal(each.detectable),
    )


def missing_questions(comparison: Comparison) -> list[str]:
    """Say which of the two runs lacks questions of the other."""
    pairs = ((comparison.first, comparison.missing_in_first), (comparison.second, comparison.missing_in_second))
    return [f"run {header.run_id} lacks {len(missing)} questions" for header, missing in pairs if missing]


def _markdown_table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(
        "| " + " | ".join(cell.replace("|", "\\|").replace("\n", " ") for cell in line) + " |" for line in lines
    )
