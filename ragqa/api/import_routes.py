"""Importing many sources in one request, all or nothing."""

from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing
from typing import Annotated, Any

import msgspec
from litestar import Response, post
from litestar.di import NamedDependency
from litestar.exceptions import HTTPException
from litestar.params import QueryParameter
from litestar.response import ServerSentEvent, ServerSentEventMessage

from ragqa.api.access import needs
from ragqa.api.bodies import StrictRequest
from ragqa.api.imports import ImportProgress, Upload, import_upload
from ragqa.api.operations import EVENT_STREAM, JSONL_TYPES, ImportOperation
from ragqa.api.problems import documented
from ragqa.api.schemas import ImportResult
from ragqa.api.streaming import STILL_WORKING, failed
from ragqa.bootstrap import Service
from ragqa.config import Settings
from ragqa.corpus.keys import Scope

KeepGoing = Annotated[bool, QueryParameter(description="import the sound lines even if others are refused")]
AcceptWithdrawals = Annotated[bool, QueryParameter(description="let a source withdraw many rulings at once")]


@post(
    "/v1/import",
    status_code=200,
    tags=["corpus"],
    opt=needs(Scope.MAINTAIN),
    responses=documented(409, 413, 415),
    operation_class=ImportOperation,
)
async def import_corpus(
    request: StrictRequest,
    service: NamedDependency[Service],
    settings: NamedDependency[Settings],
    keep_going: KeepGoing = False,
    accept_withdrawals: AcceptWithdrawals = False,
) -> Response[ImportResult] | ServerSentEvent:
    """Import JSONL: one card, ruling, rule or alias list a line; without `keep_going` all or nothing.

    With `Accept: text/event-stream` it tells its `progress`, and last the `result`, or an `error` with a problem.
    """
    content_type = request.content_type[0]
    if content_type and content_type not in JSONL_TYPES:
        raise HTTPException(detail=f"the body is {content_type}; send application/jsonl", status_code=415)
    upload = await Upload.receive(request.stream())
    events = import_upload(
        upload,
        service,
        keep_going=keep_going,
        accept_withdrawals=accept_withdrawals,
        heartbeat=settings.heartbeat,
    )
    if request.accept.best_match(["application/json", EVENT_STREAM]) == EVENT_STREAM:
        return ServerSentEvent(_messages(events, request.scope["state"]), status_code=200)
    async with aclosing(events):
        return Response([event async for event in events if isinstance(event, ImportResult)][-1])


async def _messages(
    events: AsyncGenerator[ImportProgress | ImportResult | None, None], state: dict[str, Any]
) -> AsyncIterator[ServerSentEventMessage]:
    async with aclosing(events):
        try:
            async for event in events:
                if event is None:
                    yield STILL_WORKING
                    continue
                name = "progress" if isinstance(event, ImportProgress) else "result"
                yield ServerSentEventMessage(data=msgspec.json.encode(event), event=name)
        except Exception as error:
            yield ServerSentEventMessage(data=msgspec.json.encode(failed(error, state)), event="error")
