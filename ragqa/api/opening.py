"""Opening the service beside the running server, so that it can say that it is alive before it is ready."""

import threading
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import anyio
import structlog
from litestar import Litestar

from ragqa.bootstrap import Service
from ragqa.config import Settings
from ragqa.datatypes import Answer, Question
from ragqa.errors import NotReady, RagqaError
from ragqa.generation.rulings import RulingsMeanwhile
from ragqa.models import Closing
from ragqa.protocols import Generator

LoadGenerator = Callable[[Settings], Generator]


class Opening:
    """Holds the service once it is open; until then, and when it cannot be opened, the reason why not.

    It opens in two steps: corpus and indexes, from when on what a ruling settles is answered, then the generator.
    """

    def __init__(
        self, settings: Settings, open_service: Callable[[Settings], Service], load_generator: LoadGenerator
    ) -> None:
        self.on_answer: list[Callable[[Question, Answer], None]] = []
        self._settings = settings
        self._open_service = open_service
        self._load_generator = load_generator
        self._lock = threading.Lock()
        self._service: Service | None = None
        self._reason = "the service is starting: it opens the corpus and loads its models"
        self._stopping = False

    def service(self) -> Service:
        """Return the open service. Raises NotReady with the reason."""
        if self._stopping:
            raise NotReady("the service is stopping")
        if self._service is None:
            raise NotReady(self._reason)
        return self._service

    def complete_service(self) -> Service:
        """Return the service with its configured generator at work. Raises NotReady with the reason."""
        service = self.service()
        generator = service.parts.generator
        if isinstance(generator, RulingsMeanwhile):
            raise NotReady(
                f"{generator.reason}; until it is there, only what a ruling settles is answered",
                retry_after=generator.retry_after,
            )
        if not service.healthy:
            raise NotReady("the generator is not answering: its model has stalled or failed repeatedly; see the log")
        return service

    def stop(self) -> None:
        """Refuse what comes from now on; what is under way goes on."""
        self._stopping = True

    @asynccontextmanager
    async def lifespan(self, _: Litestar) -> AsyncIterator[None]:
        """Open the service in a worker thread while the server is up, and close it at the end."""
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(self._open_in_thread)
            try:
                yield
            finally:
                self.stop()
                tasks.cancel_scope.cancel()
        await anyio.to_thread.run_sync(self._close)

    async def _open_in_thread(self) -> None:
        # Abandoned at shutdown: loading a large model must not hold up the end of the process.
        await anyio.to_thread.run_sync(self._open, abandon_on_cancel=True)

    def _open(self) -> None:
        try:
            service = self._open_service(self._settings)
        except Exception as error:
            # The process stays up and says so: an orchestrator that restarted it would only fail again.
            self._reason = f"the service could not start{_told(error)}"
            _log(error)
            return
        if not self._keep(service):
            return
        if isinstance(meanwhile := service.parts.generator, RulingsMeanwhile):
            try:
                generator = self._load_generator(self._settings)
            except Exception as error:
                meanwhile.reason = f"the generator could not be loaded{_told(error)}"
                _log(error)
                return
            self._use(generator)
        structlog.get_logger("ragqa.api").info("ready", generator=service.parts.generator.name)

    def _keep(self, service: Service) -> bool:
        with self._lock:
            if not self._stopping:
                service.on_answer.extend(self.on_answer)
                self._service = service
                service.background.start()
                return True
        service.close()
        return False

    def _use(self, generator: Generator) -> None:
        with self._lock:
            if self._service is not None:
                self._service.use_generator(generator)
                return
        if isinstance(generator, Closing):
            generator.close()

    def _close(self) -> None:
        with self._lock:
            service, self._service = self._service, None
        if service is not None:
            service.close()


def _told(error: Exception) -> str:
    """Return what the world may know of why something could not be opened."""
    return f": {error}" if isinstance(error, RagqaError) else f" ({type(error).__name__}); its log says more"


def _log(error: Exception) -> None:
    log = structlog.get_logger("ragqa.api")
    if isinstance(error, RagqaError):
        log.error("not ready", reason=str(error))
    else:
        log.error("not ready", exc_info=error)
