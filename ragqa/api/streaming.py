"""Answers as server-sent events, and the end of work whose client has left."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Coroutine
from contextlib import AsyncExitStack, aclosing
from typing import Any, TypeVar

import anyio
import msgspec
import structlog
from anyio.streams.memory import MemoryObjectSendStream
from litestar import Request
from litestar.response import ServerSentEventMessage

from ragqa.api.admission import Admission
from ragqa.api.problems import Problem, problem_of
from ragqa.ask import AskEvent
from ragqa.errors import RagqaError

Result = TypeVar("Result")
STILL_WORKING = ServerSentEventMessage(data=None, comment="still working")


async def event_messages(
    events: AsyncIterator[AskEvent], *, admission: Admission, heartbeat: float, state: dict[str, Any]
) -> AsyncIterator[ServerSentEventMessage]:
    """Yield one message an event, a comment after `heartbeat` seconds of silence, and an error last if there is one.

    When the client leaves, this generator is cancelled, and it ends `events` before it ends itself. `state` is that of
    the request: it knows the request's id, and learns the name of a problem.
    """
    async with aclosing(heard(events, admission=admission, heartbeat=heartbeat)) as hearing:
        try:
            async for event in hearing:
                yield STILL_WORKING if event is None else event_message(event)
        except Exception as error:
            problem = failed(error, state)
            yield ServerSentEventMessage(data=msgspec.json.encode(problem), event="error")


async def heard(
    events: AsyncIterator[AskEvent], *, admission: Admission, heartbeat: float
) -> AsyncGenerator[AskEvent | None, None]:
    """Wait for a turn and yield the events, and None after `heartbeat` seconds of silence; raise what they raise."""
    send, receive = anyio.create_memory_object_stream[AskEvent](0)
    # One task takes all events: stepped from several, a cancel scope inside of `events` would be left in another
    # task than it was entered in.
    producer = asyncio.create_task(_produce(events, admission, send))
    try:
        while True:
            event = None
            with anyio.move_on_after(heartbeat):
                try:
                    event = await receive.receive()
                except anyio.EndOfStream:
                    break
            yield event
        await producer
    finally:
        producer.cancel()
        # Cancelled itself, it could not wait for the producer to let go of its generation.
        with anyio.CancelScope(shield=True):
            await asyncio.wait([producer])
        receive.close()


def event_message(event: AskEvent) -> ServerSentEventMessage:
    """Write an event with its tag as the event's name."""
    fields: dict[str, Any] = msgspec.to_builtins(event)
    name = fields.pop("type")
    return ServerSentEventMessage(data=msgspec.json.encode(fields), event=name)


async def while_connected(request: Request[Any, Any, Any], work: Coroutine[Any, Any, Result]) -> Result | None:
    """Return what `work` returns; a client that leaves ends it, and nobody is there to read the None."""
    task = asyncio.create_task(work)
    leaving = asyncio.create_task(_disconnected(request))
    try:
        await asyncio.wait([task, leaving], return_when=asyncio.FIRST_COMPLETED)
        return task.result() if task.done() else None
    finally:
        task.cancel()
        leaving.cancel()
        with anyio.CancelScope(shield=True):
            await asyncio.wait([task, leaving])


async def _produce(
    events: AsyncIterator[AskEvent], admission: Admission, send: MemoryObjectSendStream[AskEvent]
) -> None:
    async with AsyncExitStack() as stack:
        stack.enter_context(send)
        if (aclose := getattr(events, "aclose", None)) is not None:
            stack.push_async_callback(aclose)
        await stack.enter_async_context(admission.turn())
        async for event in events:
            await send.send(event)


async def _disconnected(request: Request[Any, Any, Any]) -> None:
    while (await request.receive())["type"] != "http.disconnect":
        pass


def failed(error: Exception, state: dict[str, Any]) -> Problem:
    """Describe what ended a stream, where no error handler is asked; what nobody raised on purpose is logged."""
    if not isinstance(error, RagqaError):
        structlog.get_logger("ragqa.api").error("answering failed", exc_info=error)
    problem = problem_of(error, state.get("request_id"))
    state["problem"] = problem.name
    return problem
