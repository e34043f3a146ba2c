"""`ragqa label`: a person marks explanations at the terminal, and sees what the marks say so far."""

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ragqa.cli.opening import read_settings
from ragqa.cli.options import JsonOption
from ragqa.cli.outcomes import print_json, print_result, reporting
from ragqa.errors import InvalidInput

if TYPE_CHECKING:
    from ragqa.evaluation.labels import Mark
    from ragqa.evaluation.runs import Row

KEYS = "[s]upported  [u]nsupported  [k] skip  [b]ack  [q]uit"
_MARKS: "dict[str, Mark]" = {"s": "supported", "u": "unsupported"}


def label(
    run_id: Annotated[str, typer.Argument(metavar="RUN", help="A run, as `ragqa runs` lists them.")],
    labeller: Annotated[
        str | None,
        typer.Option("--labeller", "-l", help="Your name, to label; else only the figures are shown."),
    ] = None,
    limit: Annotated[int | None, typer.Option(min=1, help="At most so many explanations in this sitting.")] = None,
    take: Annotated[
        list[Path] | None, typer.Option("--import", help="Take over marks that the report's page saved.")
    ] = None,
    judge: Annotated[
        Path | None, typer.Option(help="Scores of a weak judge: JSONL of query_id and score, 0 to 1.")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Mark whether citations support what explanations say, one a key, in random order; stop and go on at will."""
    with reporting(as_json):
        if labeller and as_json:
            raise InvalidInput("labelling is a dialogue, --json is for scripts; leave one out", field="labeller")
        from ragqa.evaluation.label_report import label_report, load_judge
        from ragqa.evaluation.labels import import_labels, load_labels, to_label
        from ragqa.evaluation.runs import load_run

        home = read_settings().home
        run = load_run(home, run_id)
        judged = load_judge(judge, run) if judge else None
        for path in take or []:
            import_labels(home, run, path)
        if labeller:
            _sit(home, to_label(run, load_labels(home, run_id, labeller), limit=limit), labeller)
        report = label_report(home, run, judged)
        if as_json:
            print_json(report)
        else:
            from ragqa.cli.tables import render_labels

            print_result(render_labels(report))


def _sit(home: Path, rows: "Sequence[Row]", labeller: str) -> None:
    """Show one explanation after the other until the person or the rows come to an end; each mark is kept at once."""
    from ragqa.cli.rendering import render_claim
    from ragqa.evaluation.labels import add_label

    position = 0
    while position < len(rows):
        row = rows[position]
        if row.answer:
            print_result(render_claim(row.example.question, row.answer, f"{position + 1} of {len(rows)}"))
        key = _pressed()
        if key == "q":
            return
        if key in _MARKS:
            add_label(home, row.run_id, row.query_id, labeller, _MARKS[key])
        position = max(0, position - 1) if key == "b" else position + 1


def _pressed() -> str:
    """Return one of the keys that mean something; the end of the input and Ctrl-C mean to quit."""
    typer.echo(f"\n{KEYS} ", nl=False)
    try:
        while (key := _read_key()) not in {*_MARKS, "k", "b", "q"}:
            continue
    except (KeyboardInterrupt, EOFError):
        key = "q"
    typer.echo(key)
    return key


def _read_key() -> str:
    """Read a key, in a terminal without waiting for Enter. Raises EOFError."""
    key = typer.getchar() if sys.stdin.isatty() else sys.stdin.read(1)
    if not key:
        raise EOFError
    return key.lower()
