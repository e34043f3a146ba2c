"""An import that tells how far it is: the body goes into a file, and a thread imports the file."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import suppress
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

import anyio
import msgspec
from anyio import to_thread

from ragqa.api.schemas import ImportResult
from ragqa.bootstrap import Service
from ragqa.errors import MalformedBody


class ImportProgress(msgspec.Struct, frozen=True, kw_only=True):
    """How many of the new passages have their vectors."""

    embedded: int
    passages: int


class Upload:
    """A body that was received, in a file that goes away with it."""

    def __init__(self) -> None:
        self._folder = TemporaryDirectory(prefix="ragqa-import-")
        self.path = Path(self._folder.name) / "import.jsonl"

    @classmethod
    async def receive(cls, body: AsyncIterator[bytes]) -> "Upload":
        """Write a body down as it comes. Raises MalformedBody if there is nothing in it."""
        upload = cls()
        try:
            async with await anyio.open_file(upload.path, "wb") as file:
                async for piece in body:
                    await file.write(piece)
            if upload.path.stat().st_size == 0:
                raise MalformedBody("the body is empty; send one JSON object a line")
        except BaseException:
            upload.discard()
            raise
        return upload

    def discard(self) -> None:
        """Remove the file."""
        self._folder.cleanup()


async def import_upload(
    upload: Upload, service: Service, *, keep_going: bool, accept_withdrawals: bool, heartbeat: float
) -> AsyncGenerator[ImportProgress | ImportResult | None, None]:
    """Import and discard an upload: yield how far it is, None after `heartbeat` seconds of silence, last the result.

    Whoever stops listening does not stop the import, which is all or nothing; it ends before this does.
    Raises what `Service.import_file` raises.
    """
    told = _Told(asyncio.get_running_loop())
    work = partial(
        service.import_file,
        upload.path,
        keep_going=keep_going,
        accept_withdrawals=accept_withdrawals,
        progress=told.from_thread,
    )
    importing = asyncio.create_task(to_thread.run_sync(work))
    importing.add_done_callback(lambda _: told.changed.set())
    try:
        while not importing.done():
            with anyio.move_on_after(heartbeat) as silence:
                await told.changed.wait()
            told.changed.clear()
            if not importing.done():
                yield None if silence.cancelled_caught else told.progress
        yield ImportResult.of(importing.result())
    finally:
        with anyio.CancelScope(shield=True), suppress(Exception):
            await importing
        upload.discard()


class _Told:
    """The last progress that the thread told, and an event that says there is news."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self.changed = asyncio.Event()
        self.progress: ImportProgress | None = None

    def from_thread(self, embedded: int, passages: int) -> None:
        self.progress = ImportProgress(embedded=embedded, passages=passages)
        self._loop.call_soon_threadsafe(self.changed.set)
