"""The commands of `ragqa`, put together."""

from collections.abc import Callable
from typing import Annotated

import typer

from ragqa import __version__
from ragqa.cli import access, ask, corpus, doctor, effects, evaluation, labelling, mcp, model, serve
from ragqa.cli.outcomes import EXIT_CODES_HELP


def _print_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"ragqa {__version__}")
        raise typer.Exit


def _root(
    version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """Grounded answers to card-game rules questions.

    Settings are read from `RAGQA_*` variables and `ragqa.toml`.
    """


def build() -> typer.Typer:
    """Return the application with all its commands."""
    app = typer.Typer(no_args_is_help=True, pretty_exceptions_enable=False, epilog=EXIT_CODES_HELP)
    app.callback()(_root)
    panels: dict[str, dict[str, Callable[..., None]]] = {
        "Questions": {"ask": ask.ask, "search": ask.search, "effects": effects.effects},
        "Corpus": {
            "add": corpus.add,
            "import": corpus.import_,
            "pull": corpus.pull,
            "index": corpus.index,
            "show": corpus.show,
            "categories": effects.categories,
        },
        "Evaluation": {
            "evaluate": evaluation.evaluate,
            "compare": evaluation.compare,
            "runs": evaluation.runs,
            "label": labelling.label,
        },
        "Service": {
            "serve": serve.serve,
            "mcp": mcp.mcp,
            "doctor": doctor.doctor,
            "audit": access.audit,
            "plan": model.plan,
            "quantize": model.quantize,
        },
    }
    for panel, commands in panels.items():
        for name, command in commands.items():
            app.command(name, rich_help_panel=panel)(command)
    testset = typer.Typer(no_args_is_help=True, help="Check a test set, or draft one from the rulings.")
    testset.command("check")(evaluation.check)
    testset.command("make")(evaluation.make)
    keys = typer.Typer(no_args_is_help=True, help="Make, list, rotate and revoke keys of the API.")
    for name, command in (
        ("create", access.create),
        ("list", access.list_),
        ("rotate", access.rotate),
        ("revoke", access.revoke),
    ):
        keys.command(name)(command)
    app.add_typer(keys, name="keys", rich_help_panel="Service")
    app.add_typer(testset, name="testset", rich_help_panel="Evaluation")
    return app


def main() -> None:
    """Run the command line; exits with an `ExitCode`."""
    build()(prog_name="ragqa")
