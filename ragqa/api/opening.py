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


class Opening:
    """Holds the service once it is open; until then, and when it cannot be opened, the reason why not."""

    def __init__(self, settings: Settings, open_service: Callable[[Settings], Service]) -> None:
        self.on_answer: list[Callable[[Question, Answer], None]] = []
        self._settings = settings
        self._open_service = open_service
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
        log = structlog.get_logger("ragqa.api")
        try:
            service = self._open_service(self._settings)
        except RagqaError as error:
            self._reason = f"the service could not start: {error}"
            log.error("not ready", reason=str(error))
        except Exception as error:
            # The process stays up and says so: an orchestrator that restarted it would only fail again.
            self._reason = f"the service could not start ({type(error).__name__}); its log says more"
            log.error("not ready", exc_info=error)
        else:
            self._keep(service)

    def _keep(self, service: Service) -> None:
        with self._lock:
            if not self._stopping:
                service.on_answer.extend(self.on_answer)
                self._service = service
                service.background.start()
                return
        service.close()

    def _close(self) -> None:
        with self._lock:
            service, self._service = self._service, None
        if service is not None:
            service.close()
