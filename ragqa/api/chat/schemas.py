"""Requests and responses in the shapes of the OpenAI API, as far as a rules question fills them.

Fields of a request that a rules question has no use for (temperature, max_tokens, tools, …) are read over.
"""

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from ragqa.api.schemas import AskOptions
from ragqa.datatypes import Answer

MODEL_ID = "ragqa"


class TextPart(msgspec.Struct, frozen=True, kw_only=True, tag="text", tag_field="type"):
    """A piece of a message; pictures and sounds are not understood."""

    text: str


class Message(msgspec.Struct, frozen=True, kw_only=True):
    """One turn of the conversation. Only the last one of the user is read."""

    role: Literal["system", "developer", "user", "assistant", "tool", "function"]
    content: str | list[TextPart] | None = None


class StreamOptions(msgspec.Struct, frozen=True, kw_only=True):
    """What a stream tells beyond the text."""

    include_usage: bool | None = None


class ChatRequest(msgspec.Struct, frozen=True, kw_only=True):
    """A conversation whose last user message is a rules question; `ragqa` holds what may be said beside it."""

    model: Annotated[str, Meta(description="a model of /v1/models", examples=[MODEL_ID])]
    messages: Annotated[list[Message], Meta(min_length=1)]
    stream: bool | None = None
    stream_options: StreamOptions | None = None
    n: Annotated[int, Meta(ge=1, le=1, description="one answer is given")] | None = None
    ragqa: AskOptions | None = None


class UrlCitation(msgspec.Struct, frozen=True, kw_only=True):
    """Where in the text a citation number stands (characters, the end not included), and the page it leads to."""

    start_index: int
    end_index: int
    url: str
    title: str


class Annotation(msgspec.Struct, frozen=True, kw_only=True):
    """A mark on the text."""

    url_citation: UrlCitation
    type: Literal["url_citation"] = "url_citation"


class AssistantMessage(msgspec.Struct, frozen=True, kw_only=True):
    """The answer as Markdown, its citations as annotations."""

    content: str
    annotations: list[Annotation]
    role: Literal["assistant"] = "assistant"
    refusal: str | None = None


class Choice(msgspec.Struct, frozen=True, kw_only=True):
    """The one answer."""

    message: AssistantMessage
    index: int = 0
    finish_reason: Literal["stop"] = "stop"
    logprobs: None = None


class TokenUsage(msgspec.Struct, frozen=True, kw_only=True):
    """Tokens that a model read and wrote: zeros where a ruling was quoted without one."""

    prompt_tokens: int
    completion_tokens: int
    total_tokens: int

    @classmethod
    def of(cls, answer: Answer) -> "TokenUsage":
        """Add up the answer's usage."""
        read, written = answer.usage.prompt_tokens, answer.usage.completion_tokens
        return cls(prompt_tokens=read, completion_tokens=written, total_tokens=read + written)


class ChatCompletion(msgspec.Struct, frozen=True, kw_only=True):
    """A whole answer; `ragqa` is the same as `/v1/ask` gives."""

    id: str
    created: int
    choices: list[Choice]
    usage: TokenUsage
    ragqa: Answer
    object: Literal["chat.completion"] = "chat.completion"
    model: str = MODEL_ID


class ChoiceDelta(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What a chunk adds to the message."""

    role: Literal["assistant"] | None = None
    content: str | None = None
    annotations: list[Annotation] | None = None


class ChunkChoice(msgspec.Struct, frozen=True, kw_only=True):
    """The one answer, a piece of it."""

    delta: ChoiceDelta
    index: int = 0
    finish_reason: Literal["stop"] | None = None


class ChatChunk(msgspec.Struct, frozen=True, kw_only=True):
    """One event of a stream; the whole answer comes with the last piece of the text."""

    id: str
    created: int
    choices: list[ChunkChoice]
    usage: TokenUsage | msgspec.UnsetType = msgspec.UNSET
    ragqa: Answer | msgspec.UnsetType = msgspec.UNSET
    object: Literal["chat.completion.chunk"] = "chat.completion.chunk"
    model: str = MODEL_ID


class Model(msgspec.Struct, frozen=True, kw_only=True):
    """What `model` may be; `created` is when this server began."""

    created: int
    id: str = MODEL_ID
    object: Literal["model"] = "model"
    owned_by: str = "ragqa"


class ModelList(msgspec.Struct, frozen=True, kw_only=True):
    """All models."""

    data: list[Model]
    object: Literal["list"] = "list"


class ErrorFields(msgspec.Struct, frozen=True, kw_only=True):
    """What was wrong; `code` is the name of the problem type, which /problems explains."""

    message: str
    type: str
    param: str | None
    code: str


class ErrorBody(msgspec.Struct, frozen=True, kw_only=True):
    """An error in the shape of the OpenAI API."""

    error: ErrorFields
