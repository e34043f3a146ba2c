"""`ragqa doctor`."""

from typing import TYPE_CHECKING

import typer

from ragqa.cli.opening import progress_bar, read_settings
from ragqa.cli.options import JsonOption
from ragqa.cli.outcomes import ExitCode, print_json, print_result, reporting

if TYPE_CHECKING:
    from rich.console import RenderableType

    from ragqa.doctor import Finding

_SIGNS = {"ok": ("✔", "green"), "warning": ("!", "yellow"), "wrong": ("✘", "bold red")}


def doctor(as_json: JsonOption = False) -> None:
    """Look at everything a service needs: what is wrong and what to do. Exit code 6 if it could not run."""
    with reporting(as_json):
        settings = read_settings()
        with progress_bar("examining"):
            from ragqa.doctor import Status, examine

            findings = list(examine(settings))
        if as_json:
            print_json(findings)
        else:
            print_result(_table(findings))
        unfit = any(finding.status is Status.WRONG for finding in findings)
        raise typer.Exit(ExitCode.CONFIGURATION if unfit else ExitCode.DONE)


def _table(findings: "list[Finding]") -> "RenderableType":
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, padding=(0, 2, 0, 0), show_header=False)
    for finding in findings:
        sign, style = _SIGNS[finding.status]
        told = Text(finding.found)
        if finding.advice:
            told.append(f"\n→ {finding.advice}", style)
        table.add_row(Text(sign, style), Text(finding.about, "bold"), told)
    return table
