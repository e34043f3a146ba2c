"""The server process: uvicorn with structured logs, which stops by finishing what is under way."""

import asyncio
import logging
import signal
import socket
import sys
from types import FrameType

import anyio
import structlog
import uvicorn
from litestar import Litestar

from ragqa.api.access import is_loopback
from ragqa.api.app import create_app
from ragqa.api.pace import ImpatientProtocol
from ragqa.api.tracing import start_tracing
from ragqa.config import Settings


def serve(settings: Settings) -> None:
    """Serve the API until SIGTERM or SIGINT; port 0 takes a free one, which the first log line tells."""
    configure_logging()
    start_tracing(settings)
    app = create_app(settings)
    config = uvicorn.Config(
        app,
        host=settings.host,
        port=settings.port,
        lifespan="on",
        http=ImpatientProtocol,
        log_config=None,
        # The request log says the same without the query strings, which hold questions.
        access_log=False,
        timeout_graceful_shutdown=settings.graceful_seconds,
        server_header=False,
        # uvicorn itself would believe X-Forwarded-For of anything on this machine.
        proxy_headers=bool(settings.trusted_proxies),
        forwarded_allow_ips=settings.trusted_proxies,
    )
    warn_of_open_doors(settings)
    DrainingServer(config, app, drain_seconds=settings.drain_seconds).run()


def warn_of_open_doors(settings: Settings) -> None:
    """Log who may write without a key, if anybody may."""
    log = structlog.get_logger("ragqa.api")
    if settings.open_writes:
        log.warning("anybody may change the corpus", because="RAGQA_OPEN_WRITES is set", host=settings.host)
    elif is_loopback(settings.host):
        log.warning(
            "this machine may change the corpus without a key",
            because=f"the service listens on {settings.host} only",
            until="the first key is made with `ragqa keys create`",
        )


def configure_logging() -> None:
    """Write logs to stderr: one JSON object a line, or coloured lines on a terminal."""
    on_terminal = sys.stderr.isatty()
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            *([] if on_terminal else [structlog.processors.format_exc_info]),
            # Plain tracebacks: the rich ones show local variables, among them questions.
            structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback)
            if on_terminal
            else structlog.processors.JSONRenderer(ensure_ascii=False),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )
    logging.basicConfig(level=logging.WARNING, stream=sys.stderr)


class DrainingServer(uvicorn.Server):
    """Refuses new work from the signal on, so that what is under way can finish in the time that is left.

    After SIGTERM it stays reachable for `drain_seconds`, so that a load balancer reads from /readyz that it is to
    send no more; a second signal, or Ctrl-C, cuts that short.
    """

    def __init__(self, config: uvicorn.Config, app: Litestar, *, drain_seconds: float) -> None:
        super().__init__(config)
        self._opening = app.state.opening
        self._drain_seconds = drain_seconds
        self._hurry = asyncio.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Listen, and say where."""
        await super().startup(sockets)
        for server in self.servers:
            for listening in server.sockets:
                host, port = listening.getsockname()[:2]
                structlog.get_logger("ragqa.api").info("listening", url=f"http://{host}:{port}")

    async def main_loop(self) -> None:
        """Serve until told to stop, then go on refusing in words until the drain is over."""
        await super().main_loop()
        structlog.get_logger("ragqa.api").info("stopping", drain_seconds=self._drain_seconds)
        with anyio.move_on_after(self._drain_seconds):
            await self._hurry.wait()

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Take SIGTERM or SIGINT."""
        if self.should_exit or sig == signal.SIGINT:
            # A signal handler runs between two steps of the event loop, which it has to wake.
            asyncio.get_running_loop().call_soon_threadsafe(self._hurry.set)
        self._opening.stop()
        super().handle_exit(sig, frame)
