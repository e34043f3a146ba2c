"""Event streams: heartbeats, errors, and who is ended when the client leaves."""

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

import anyio
import pytest
from litestar import Request
from litestar.response import ServerSentEventMessage
from litestar.testing import RequestFactory
from litestar.types import HTTPDisconnectEvent

from ragqa.api.admission import Admission
from ragqa.api.streaming import event_messages, while_connected
from ragqa.ask import AskEvent, Token
from ragqa.errors import Overloaded


def _admission(deadline: float = 60) -> Admission:
    return Admission(parallel=1, waiting=0, deadline=deadline)


class Source:
    """Events that come when the test says so."""

    def __init__(self, *, failure: Exception | None = None) -> None:
        self.go_on = asyncio.Event()
        self.ended = False
        self._failure = failure

    async def events(self) -> AsyncIterator[AskEvent]:
        # A cancel scope around the yields: it breaks if the events are taken by more than one task.
        with anyio.CancelScope():
            try:
                yield Token("first")
                await self.go_on.wait()
                if self._failure:
                    raise self._failure
                yield Token("second")
            finally:
                self.ended = True


def _stream(
    source: Source, *, heartbeat: float = 60, admission: Admission | None = None
) -> AsyncIterator[ServerSentEventMessage]:
    return event_messages(
        source.events(), admission=admission or _admission(), heartbeat=heartbeat, state={"request_id": "abc-1"}
    )


def _fields(message: ServerSentEventMessage) -> dict[str, Any]:
    assert isinstance(message.data, bytes)
    fields: dict[str, Any] = json.loads(message.data)
    return fields


def test_silence_is_broken_by_comments_and_no_event_is_lost() -> None:
    async def scenario() -> list[Any]:
        source, seen = Source(), []
        async for message in _stream(source, heartbeat=0.001):
            seen.append(message.comment or _fields(message)["text"])
            if seen.count("still working") == 3:
                source.go_on.set()
        return seen

    seen = asyncio.run(scenario())
    assert [each for each in seen if each != "still working"] == ["first", "second"]
    assert seen.count("still working") >= 3


def test_an_error_is_the_last_event() -> None:
    async def scenario() -> list[tuple[str | None, Any]]:
        source = Source(failure=Overloaded("no memory left"))
        source.go_on.set()
        return [(message.event, _fields(message)) async for message in _stream(source)]

    name, told = asyncio.run(scenario())[-1]
    assert (name, told["type"], told["request_id"]) == ("error", "/problems/overloaded", "abc-1")


def test_a_deadline_is_told_as_an_error() -> None:
    async def scenario() -> list[tuple[str | None, Any]]:
        messages = _stream(Source(), admission=_admission(0.01))
        return [(message.event, _fields(message)) async for message in messages]

    assert asyncio.run(scenario())[-1][1]["type"] == "/problems/deadline-exceeded"


def test_a_client_that_leaves_ends_the_answering_before_the_stream_is_over() -> None:
    async def scenario() -> bool:
        source, admission = Source(), _admission()
        taken = asyncio.Event()

        async def client() -> None:
            async for _ in _stream(source, admission=admission):
                taken.set()

        # As Litestar does: the stream runs in a scope that is cancelled when the client has left.
        async with anyio.create_task_group() as group:
            group.start_soon(client)
            await taken.wait()
            group.cancel_scope.cancel()
        admission.check()
        return source.ended

    assert asyncio.run(scenario())


@pytest.mark.parametrize("leaves", [True, False])
def test_work_goes_on_while_the_client_is_connected_and_no_longer(leaves: bool) -> None:
    async def scenario() -> tuple[str | None, list[str]]:
        ended: list[str] = []
        started = asyncio.Event()

        async def receive() -> HTTPDisconnectEvent:
            await started.wait()
            if not leaves:
                await asyncio.Event().wait()
            return {"type": "http.disconnect"}

        async def work() -> str:
            try:
                started.set()
                if leaves:
                    await asyncio.Event().wait()
                return "answer"
            finally:
                ended.append("work")

        request: Request[Any, Any, Any] = Request(RequestFactory().get("/").scope, receive=receive)
        return await while_connected(request, work()), ended

    assert asyncio.run(scenario()) == (None if leaves else "answer", ["work"])
