"""Sources, their history and import reports as a maintainer reads them in a terminal."""

from collections.abc import Sequence

import msgspec
from rich.console import Group, RenderableType
from rich.json import JSON
from rich.table import Table
from rich.text import Text

from ragqa.api.schemas import Version
from ragqa.api.versions import field_changes
from ragqa.corpus.sources import source_key
from ragqa.datatypes import Ruling, SourceKind
from ragqa.maintain import ImportReport
from ragqa.protocols import SourceVersion

_CHARS_SHOWN = 60
_REMARKS_SHOWN = 20


def render_history(kind: SourceKind, history: Sequence[SourceVersion]) -> RenderableType:
    """Lay out the newest version, ready to be edited and added again, then what each version changed."""
    newest = history[-1]
    source_id = source_key(newest.source)[1]
    withdrawn = newest.source.withdrawn if isinstance(newest.source, Ruling) else None
    title = Text.assemble((f"{kind} ", "bold"), (source_id, "bold strike" if withdrawn or newest.deleted else "bold"))
    if newest.deleted:
        title.append("  removed", "bold red")
    elif withdrawn:
        title.append(f"  withdrawn {withdrawn}", "bold red")
    versions = Table("corpus version", "changed", "what", box=None, padding=(0, 2, 0, 0))
    for number, version in enumerate(field_changes(history)):
        versions.add_row(str(version.version), version.changed_at, _what(version, first=number == 0))
    return Group(title, JSON.from_data(msgspec.to_builtins(newest.source)), Text(""), versions)


def render_import(name: str, report: ImportReport) -> RenderableType:
    """Lay out what an import did, and its first remarks."""
    done = ", ".join(
        f"{sum(counts.values())} {what} ({_by_kind(counts)})"
        for what, counts in (("added", report.added), ("changed", report.changed), ("unchanged", report.unchanged))
        if counts
    )
    lines = [Text.assemble((name, "bold"), f": {done or 'nothing new'}; corpus version {report.corpus_version}")]
    for title, style, count, remarks in (
        ("refused", "red", report.refused, report.refusals),
        ("warning", "yellow", report.warned, report.warnings),
    ):
        lines += [Text.assemble((f"  {title}: ", style), remark.message) for remark in remarks[:_REMARKS_SHOWN]]
        if count > _REMARKS_SHOWN:
            lines.append(Text(f"  … {count - _REMARKS_SHOWN} more ({title})", style))
    return Group(*lines)


def _by_kind(counts: dict[SourceKind, int]) -> str:
    return ", ".join(f"{kind} {count}" for kind, count in counts.items())


def _what(version: Version, *, first: bool) -> Text:
    if version.deleted:
        return Text("removed", "red")
    if first:
        return Text("added")
    return Text("\n").join(
        Text.assemble((change.field, "cyan"), f": {_short(change.before)} → {_short(change.after)}")
        for change in version.changes
    )


def _short(value: object) -> str:
    text = "nothing" if value is None else str(value)
    return text if len(text) <= _CHARS_SHOWN else text[: _CHARS_SHOWN - 1] + "…"
