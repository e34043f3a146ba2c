"""What OpenAPI cannot tell from a handler's signature."""

from dataclasses import dataclass

from litestar.openapi.spec import OpenAPIMediaType, OpenAPIResponse, OpenAPIType, Operation, RequestBody, Schema

EVENT_STREAM = "text/event-stream"
JSONL_TYPES = ("application/jsonl", "application/x-ndjson", "application/octet-stream", "text/plain")


@dataclass
class EventStreamOperation(Operation):
    """An answer comes as JSON, or as an event stream if the client wants that."""

    def __post_init__(self) -> None:
        """Add the event stream to the answer's media types."""
        _add_events(
            self,
            "one event; the data is a JSON object, of /v1/ask: card-linked, passage, token, answer or error; of "
            "/v1/chat/completions: chunks and at last [DONE]",
        )


@dataclass
class ImportOperation(Operation):
    """The body is read as a stream, so no parameter of the handler describes it."""

    def __post_init__(self) -> None:
        """Describe the body, and the event stream that may come back."""
        _add_events(self, "one event; the data is a JSON object: progress, result or error")
        lines = Schema(type=OpenAPIType.STRING, description="one card, ruling, rule or alias list a line, as JSON")
        self.request_body = RequestBody(
            required=True, content={media_type: OpenAPIMediaType(schema=lines) for media_type in JSONL_TYPES}
        )


def _add_events(operation: Operation, description: str) -> None:
    answer = (operation.responses or {}).get("200")
    if isinstance(answer, OpenAPIResponse) and answer.content is not None:
        text = Schema(type=OpenAPIType.STRING)
        event = Schema(type=OpenAPIType.OBJECT, description=description, properties={"event": text, "data": text})
        answer.content[EVENT_STREAM] = OpenAPIMediaType(schema=event)
