"""Options that every command has."""

from typing import Annotated

import typer

JsonOption = Annotated[bool, typer.Option("--json", help="Print one JSON value on stdout; errors as JSON on stderr.")]
