"""Figures of evaluation as tables."""

from collections import Counter
from collections.abc import Iterable

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from ragqa.corpus.audit import AuditEntry
from ragqa.corpus.keys import ApiKey
from ragqa.evaluation.checks import CheckReport
from ragqa.evaluation.comparison import Comparison
from ragqa.evaluation.gates import GateResult
from ragqa.evaluation.label_report import LabelReport
from ragqa.evaluation.labels import SupportedShare
from ragqa.evaluation.runs import RunHeader
from ragqa.evaluation.summary import Line, decimal, interval, percent


def render_summary(lines: Iterable[Line]) -> RenderableType:
    """Lay out the measures of a run, a section after the other."""
    table = Table("", "", "value", "95 % interval", "count", box=None, padding=(0, 2, 0, 0))
    for column in table.columns[2:]:
        column.justify = "right"
    section = ""
    for line in lines:
        if line.section != section:
            table.add_row()
        table.add_row(Text("" if line.section == section else line.section, "bold"), *_cells(line))
        section = line.section
    return table


def render_check(report: CheckReport) -> RenderableType:
    """Lay out what is in a test set and what is doubtful about it, errors first."""
    counts = "; ".join(
        ", ".join(f"{name or '(none)'} {count}" for name, count in group.items())
        for group in (report.verdicts, report.languages, report.splits)
    )
    found = Counter(finding.severity for finding in report.findings)
    lines = [
        Text(f"{report.examples} questions: {counts}"),
        Text(f"{found['error']} errors, {found['warning']} warnings"),
    ]
    for finding in sorted(report.findings, key=lambda finding: finding.severity):
        style = "red" if finding.severity == "error" else "yellow"
        lines.append(Text.assemble((f"{finding.kind:>10} ", style), (finding.query_id, "bold"), "  ", finding.message))
    return Group(*lines)


def render_comparison(made: Comparison) -> RenderableType:
    """Lay out the differences of two runs, second minus first, and how many verdicts changed for better or worse."""
    table = Table("", "first", "second", "difference", "95 % interval", "p (Holm)", box=None, padding=(0, 2, 0, 0))
    for column in table.columns[1:]:
        column.justify = "right"
    for each in made.differences:
        interval = f"{each.low:+.3f} to {each.high:+.3f}"
        figures = (f"{each.first:.3f}", f"{each.second:.3f}", f"{each.difference:+.3f}", interval, f"{each.p_holm:.3f}")
        table.add_row(Text(each.measure, "bold"), *figures)
    harmed = sum(changed.harm > 0 for changed in made.changed)
    return Group(
        Text(f"{made.second.run_id} against {made.first.run_id}", "bold"),
        *(Text(f"careful: {warning}", "yellow") for warning in made.warnings),
        table,
        Text(f"{len(made.changed)} verdicts changed, {harmed} of them for the worse"),
    )


def render_gates(gates: Iterable[GateResult]) -> RenderableType:
    """Say of each condition whether it is met."""
    return Group(
        *(
            Text.assemble(("met " if gate.passed else "NOT MET ", "green" if gate.passed else "bold red"), gate.message)
            for gate in gates
        )
    )


def render_runs(headers: Iterable[RunHeader]) -> RenderableType:
    """List runs with what they measured."""
    table = Table("run", "test set", "questions", "arm", "model", "corpus version", "status", box=None)
    for header in headers:
        table.add_row(
            Text(header.run_id, "bold"),
            header.test_set,
            str(header.questions),
            header.arm,
            header.model,
            str(header.corpus_version),
            header.status,
        )
    return table


def render_labels(report: LabelReport) -> RenderableType:
    """Lay out each labeller's supported share, with the judge below it, and the agreement of every pair."""
    if not report.labellers:
        return Text(f"{report.explained} explanations of {report.run_id}, none labelled; use --labeller NAME")
    shares = Table(
        "labeller", "supported", "95 % interval", "labelled", "estimated from", box=None, padding=(0, 2, 0, 0)
    )
    for each in report.labellers:
        shares.add_row(Text(each.labeller, "bold"), *_share_cells(each.alone, report.explained))
        if each.with_judge:
            shares.add_row("", *_share_cells(each.with_judge, report.explained))
    pairs = Table("agreement", "same mark", "95 % interval", "of both", "Cohen's kappa", box=None, padding=(1, 2, 0, 0))
    for pair in report.agreements:
        names = Text(f"{pair.first}, {pair.second}", "bold")
        pairs.add_row(names, percent(pair.same.value), interval(pair.same), str(pair.both), decimal(pair.kappa))
    return Group(shares, pairs) if report.agreements else shares


def _share_cells(share: SupportedShare, explained: int) -> tuple[str, ...]:
    bounds = f"{100 * share.low:.1f}–{100 * share.high:.1f} %"
    return percent(share.value), bounds, f"{share.labelled} of {explained}", share.method


def render_keys(keys: Iterable[ApiKey]) -> RenderableType:
    """List keys with what they may do and whether they still hold."""
    table = Table("key", "name", "scopes", "made", "expires", "revoked", "last used", box=None)
    for key in keys:
        moments = (key.created_at, key.expires_at, key.revoked_at, key.last_used_at)
        table.add_row(
            Text(key.key_id, "dim" if key.revoked_at else "bold"),
            Text(key.name),
            " ".join(key.scopes),
            *(moment or "–" for moment in moments),
        )
    return table


def render_audit(entries: Iterable[AuditEntry]) -> RenderableType:
    """List who changed what, and from which version to which."""
    table = Table("at", "who", "what", "sources", "versions", "request", box=None)
    for entry in entries:
        versions = "" if entry.version_after is None else f"{entry.version_before or '–'} → {entry.version_after}"
        who = entry.author if entry.key_id is None else f"{entry.author} ({entry.key_id})"
        table.add_row(
            entry.at, Text(who, "bold"), Text(entry.action), str(entry.sources), versions, entry.request_id or "–"
        )
    return table


def _cells(line: Line) -> list[Text]:
    return [Text(cell) for cell in (line.measure, line.value, line.interval, line.count)]
