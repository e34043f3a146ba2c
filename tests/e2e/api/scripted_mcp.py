"""The tools over stdin and stdout, with a scripted generator; run as a script with a folder."""

import sys
from pathlib import Path

import anyio

from ragqa.api.admission import Admission
from ragqa.api.mcp.server import serve_stdio
from ragqa.api.mcp.tools import Tools
from ragqa.api.server import configure_logging
from tests.integration.api_parts import ScriptedGenerator, api_settings, scripted_service
from tests.integration.corpus_parts import card, ruling


def main(folder: Path) -> None:
    configure_logging()
    settings = api_settings(folder)
    service = scripted_service(settings, ScriptedGenerator())
    service.add(card("1", name="Glimmerwick Moth"))
    service.add(ruling("house-1"))
    anyio.run(serve_stdio, Tools(settings, Admission(parallel=2, waiting=2, deadline=60), lambda: service))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
