"""`ragqa serve`."""

from typing import Annotated

import typer

from ragqa.cli.opening import read_settings
from ragqa.cli.options import JsonOption
from ragqa.cli.outcomes import reporting


def serve(
    host: Annotated[str | None, typer.Option(help="Address to listen on; without it RAGQA_HOST or 127.0.0.1.")] = None,
    port: Annotated[int | None, typer.Option(help="Port; 0 takes a free one. Without it RAGQA_PORT or 8000.")] = None,
    as_json: JsonOption = False,
) -> None:
    """Serve the HTTP API until stopped; logs go to stderr, as JSON where it is no terminal."""
    with reporting(as_json):
        settings = read_settings({"host": host, "port": port})
        from ragqa.api.server import serve as serve_api
        from ragqa.cli.quiet import quiet_models

        quiet_models()
        serve_api(settings)
