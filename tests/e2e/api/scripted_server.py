"""A server process with a scripted generator; run as a script with a folder, `held` or `free`, and settings as JSON.

It tells on stdout, a line each, what happens: the port, `generating`, `ended`. A held generator writes nothing until
the server is told to stop.
"""

import asyncio
import json
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import uvicorn

from ragqa.api.app import create_app
from ragqa.api.pace import ImpatientProtocol
from ragqa.api.server import DrainingServer, configure_logging
from ragqa.config import Settings
from ragqa.datatypes import Verdict
from ragqa.protocols import Delta, Generator, Prompt
from tests.integration.api_parts import ScriptedGenerator, api_settings, scripted_service
from tests.integration.corpus_parts import card, ruling

NO_LIMITS = {"questions_a_minute_by_address": 0, "requests_a_minute_by_address": 0, "requests_a_minute_by_key": 0}


def tell(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


class TellingGenerator(ScriptedGenerator):
    def __init__(self, *, held: bool) -> None:
        super().__init__()
        self.held = held
        self.server: uvicorn.Server | None = None

    async def stream(self, prompt: Prompt) -> AsyncIterator[Delta]:
        tell("generating")
        try:
            while self.held and self.server is not None and not self.server.should_exit:
                await asyncio.sleep(0.01)
            yield Delta(text="verdict: yes\n", verdict_probabilities={Verdict.YES: 0.95})
            yield Delta(text="It may. [1]")
        finally:
            tell("ended")


class QuicklyImpatient(ImpatientProtocol):
    head_seconds = 1.0


class TellingServer(DrainingServer):
    async def main_loop(self) -> None:
        tell(str(self.servers[0].sockets[0].getsockname()[1]))
        await super().main_loop()


def serve(settings: Settings, generator: Generator) -> None:
    configure_logging()
    service = scripted_service(settings, generator)
    service.add(card("1", name="Glimmerwick Moth"))
    service.add(ruling("house-1"))
    app = create_app(settings, open_service=lambda _: service)
    config = uvicorn.Config(
        app,
        port=0,
        log_config=None,
        http=QuicklyImpatient,
        timeout_graceful_shutdown=settings.graceful_seconds,
    )
    server = TellingServer(config, app, drain_seconds=settings.drain_seconds)
    if isinstance(generator, TellingGenerator):
        generator.server = server
    server.run()


def server_settings(arguments: list[str]) -> Settings:
    """Read the folder and further settings from the command line."""
    return api_settings(Path(arguments[1]), **NO_LIMITS, **json.loads(arguments[3]))


if __name__ == "__main__":
    serve(server_settings(sys.argv), TellingGenerator(held=sys.argv[2] == "held"))
