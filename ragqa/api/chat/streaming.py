"""An answer as the chunks of a stream.

What a model writes is not passed on while it is written: a chat cannot take text back, and only the checked answer
holds. Until then comments keep the connection alive; then the text comes in pieces.
"""

from collections.abc import AsyncIterator, Iterator
from contextlib import aclosing
from typing import Any

import msgspec
from litestar.response import ServerSentEventMessage

from ragqa.api.admission import Admission
from ragqa.api.chat.errors import error_body
from ragqa.api.chat.schemas import ChatChunk, ChoiceDelta, ChunkChoice, TokenUsage
from ragqa.api.chat.text import message_text, text_annotations
from ragqa.api.streaming import STILL_WORKING, failed, heard
from ragqa.ask import Answered, AskEvent
from ragqa.datatypes import Answer


async def chunk_messages(
    events: AsyncIterator[AskEvent],
    *,
    admission: Admission,
    heartbeat: float,
    state: dict[str, Any],
    completion_id: str,
    created: int,
    include_usage: bool,
) -> AsyncIterator[ServerSentEventMessage]:
    """Yield the answer's chunks and `[DONE]`, or an error last. A client that leaves ends `events`."""

    def chunk(delta: ChoiceDelta) -> ChatChunk:
        return ChatChunk(id=completion_id, created=created, choices=[ChunkChoice(delta=delta)])

    async with aclosing(heard(events, admission=admission, heartbeat=heartbeat)) as hearing:
        try:
            begun = False
            async for event in hearing:
                if event is None:
                    yield STILL_WORKING
                elif not begun:
                    begun = True
                    yield _message(chunk(ChoiceDelta(role="assistant", content="")))
                if isinstance(event, Answered):
                    answer = event.answer
                    for delta in _deltas(answer):
                        yield _message(chunk(delta))
                    yield _message(_last(completion_id, created, answer))
                    if include_usage:
                        usage = ChatChunk(id=completion_id, created=created, choices=[], usage=TokenUsage.of(answer))
                        yield _message(usage)
            yield ServerSentEventMessage(data="[DONE]")
        except Exception as error:
            body = error_body(failed(error, state))
            yield ServerSentEventMessage(data=msgspec.json.encode(body), event="error")


def _deltas(answer: Answer) -> Iterator[ChoiceDelta]:
    text = message_text(answer)
    for line in text.splitlines(keepends=True):
        yield ChoiceDelta(content=line)
    if annotations := text_annotations(text, answer):
        yield ChoiceDelta(annotations=annotations)


def _last(completion_id: str, created: int, answer: Answer) -> ChatChunk:
    choice = ChunkChoice(delta=ChoiceDelta(), finish_reason="stop")
    return ChatChunk(id=completion_id, created=created, choices=[choice], ragqa=answer)


def _message(chunk: ChatChunk) -> ServerSentEventMessage:
    return ServerSentEventMessage(data=msgspec.json.encode(chunk))
