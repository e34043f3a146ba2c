"""How a command ends: exit codes that scripts can rely on, and what a person or a script is told of an error."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from enum import IntEnum
from typing import Any

import msgspec
import typer
from rich.console import Console, ConsoleOptions, RenderableType, RenderResult
from rich.segment import Segment
from rich.text import Text

from ragqa.errors import ConfigurationError, Conflict, InvalidInput, NotFound, Overloaded, RagqaError
from ragqa.text import visible


class ExitCode(IntEnum):
    """What the exit status of every command says."""

    DONE = 0
    ERROR = 1
    INVALID_INPUT = 2
    ABSTAINED = 3
    NOT_FOUND = 4
    CONFLICT = 5
    CONFIGURATION = 6
    OVERLOADED = 7
    GATE_FAILED = 8


_BY_ERROR: tuple[tuple[type[RagqaError], ExitCode], ...] = (
    (InvalidInput, ExitCode.INVALID_INPUT),
    (NotFound, ExitCode.NOT_FOUND),
    (Conflict, ExitCode.CONFLICT),
    (ConfigurationError, ExitCode.CONFIGURATION),
    (Overloaded, ExitCode.OVERLOADED),
)

EXIT_CODES_HELP = (
    "Exit codes: 0 done or answered · 1 error · 2 usage or invalid input · 3 abstained (verdict unknown) · "
    "4 not in the corpus · 5 conflict with the corpus · 6 setting or model unfit · 7 overloaded · "
    "8 a condition of evaluate or compare not met."
)


def exit_code(error: RagqaError) -> ExitCode:
    """Map an error to the exit code of the command that raised it."""
    return next((code for kind, code in _BY_ERROR if isinstance(error, kind)), ExitCode.ERROR)


@contextmanager
def reporting(as_json: bool) -> Iterator[None]:
    """End the command with the error's exit code, having told of it on stderr: a sentence, or one JSON object."""
    try:
        yield
    except RagqaError as error:
        code = exit_code(error)
        if as_json:
            typer.echo(msgspec.json.encode(_error_fields(error, code)), err=True)
        else:
            message = Text.assemble(("error: ", "bold red"), str(error))
            Console(stderr=True, soft_wrap=True).print(message, highlight=False)
        raise typer.Exit(code) from error


def print_json(value: object) -> None:
    """Write one indented JSON value to stdout, as UTF-8 whatever the locale."""
    typer.echo(msgspec.json.format(msgspec.json.encode(value), indent=2))


def print_result(renderable: RenderableType) -> None:
    """Write a result to stdout; a character the terminal's encoding lacks becomes `?`, not a crash."""
    if hasattr(sys.stdout, "reconfigure"):
        sys.stdout.reconfigure(errors="replace")
    # Not cropped: a line that says it must not be folded, such as a link, stays whole.
    Console(highlight=False).print(_Visible(renderable), crop=False)


class _Visible:
    """A renderable without escape sequences and direction marks in its texts: a corpus must not steer a terminal."""

    def __init__(self, renderable: RenderableType) -> None:
        self._renderable = renderable

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        for segment in console.render(self._renderable, options):
            yield segment if segment.control else Segment(visible(segment.text), segment.style)


def _error_fields(error: RagqaError, code: ExitCode) -> dict[str, Any]:
    fields: dict[str, Any] = {"error": type(error).__name__, "detail": str(error), "exit_code": int(code)}
    if isinstance(error, InvalidInput):
        fields |= {"field": error.field, "line": error.line}
    return fields
