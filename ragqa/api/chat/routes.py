"""POST /v1/chat/completions and GET /v1/models, as programs know them from the OpenAI API."""

import time
import uuid
from typing import Annotated

import msgspec
from litestar import Response, Router, get, post
from litestar.di import NamedDependency
from litestar.enums import RequestEncodingType
from litestar.exceptions import HTTPException
from litestar.openapi.datastructures import ResponseSpec
from litestar.openapi.spec import Example
from litestar.params import BodyKwarg, FromPath
from litestar.response import ServerSentEvent

from ragqa.api.access import needs
from ragqa.api.admission import Admission
from ragqa.api.ask_routes import answer_in_turn
from ragqa.api.bodies import StrictRequest
from ragqa.api.chat.errors import documented, error_response
from ragqa.api.chat.schemas import (
    MODEL_ID,
    AssistantMessage,
    ChatCompletion,
    ChatRequest,
    Choice,
    Message,
    Model,
    ModelList,
    TokenUsage,
)
from ragqa.api.chat.streaming import chunk_messages
from ragqa.api.chat.text import message_text, text_annotations
from ragqa.api.examples import SEED_QUESTION
from ragqa.api.operations import EventStreamOperation
from ragqa.api.questions import to_question
from ragqa.api.schemas import AskOptions, AskRequest
from ragqa.api.streaming import while_connected
from ragqa.bootstrap import Service
from ragqa.config import Settings
from ragqa.corpus.keys import Scope
from ragqa.datatypes import Answer
from ragqa.errors import InvalidInput, NotFound

STARTED = int(time.time())
SEED_CHAT = ChatRequest(model=MODEL_ID, messages=[Message(role="user", content=SEED_QUESTION)])
ChatBody = Annotated[
    ChatRequest, BodyKwarg(media_type=RequestEncodingType.JSON, examples=[Example(id="ko", value=SEED_CHAT)])
]
COMPLETION = ResponseSpec(ChatCompletion, generate_examples=False, description="The answer, checked")


@post(
    "/chat/completions",
    status_code=200,
    opt=needs(Scope.ASK),
    responses={200: COMPLETION, **documented(404, 413, 415, 502, 503, 504)},
    operation_class=EventStreamOperation,
)
async def chat_completions(
    request: StrictRequest,
    data: ChatBody,
    service: NamedDependency[Service],
    settings: NamedDependency[Settings],
    admission: NamedDependency[Admission],
) -> Response[ChatCompletion | None] | ServerSentEvent:
    """Answer the last message of the user, which is a rules question; earlier turns are not read.

    Citations are numbers in the text and annotations on it; `ragqa` holds the same answer as `/v1/ask` gives. With
    `stream` the text comes once it is checked, and comments before, so that the connection stays alive.
    """
    _check_model(data.model)
    asked = AskRequest(question=last_question(data.messages), **msgspec.structs.asdict(data.ragqa or AskOptions()))
    question = to_question(asked, max_chars=settings.max_question_chars)
    admission.check()
    completion_id, created = f"chatcmpl-{uuid.uuid4().hex}", int(time.time())
    if data.stream:
        messages = chunk_messages(
            service.ask_events(question),
            admission=admission,
            heartbeat=settings.heartbeat,
            state=request.scope["state"],
            completion_id=completion_id,
            created=created,
            include_usage=bool(data.stream_options and data.stream_options.include_usage),
        )
        return ServerSentEvent(messages, status_code=200)
    answer = await while_connected(request, answer_in_turn(question, service, admission))
    return Response(None if answer is None else _completion(completion_id, created, answer))


@get("/models", sync_to_thread=False, responses=documented())
def models() -> ModelList:
    """List what `model` may be: this service is one model, whichever generator it runs."""
    return ModelList(data=[Model(created=STARTED)])


@get("/models/{model_id:str}", sync_to_thread=False, responses=documented(404))
def model(model_id: FromPath[str]) -> Model:
    """Describe the model."""
    _check_model(model_id)
    return Model(created=STARTED)


def chat_router() -> Router:
    """Return the routes, whose errors have the shape of the OpenAI API."""
    return Router(
        "/v1",
        route_handlers=[chat_completions, models, model],
        exception_handlers={HTTPException: error_response, Exception: error_response},
        tags=["chat"],
    )


def last_question(messages: list[Message]) -> str:
    """Return the text of the user's last message. Raises InvalidInput if there is none."""
    asked = next((message for message in reversed(messages) if message.role == "user"), None)
    if asked is None:
        raise InvalidInput("there is no message of role 'user'; the last one is the question", field="messages")
    content = asked.content or ""
    return content if isinstance(content, str) else "\n".join(part.text for part in content)


def _check_model(model_id: str) -> None:
    if model_id != MODEL_ID:
        raise NotFound(f"there is no model {model_id!r}; /v1/models lists {MODEL_ID!r}")


def _completion(completion_id: str, created: int, answer: Answer) -> ChatCompletion:
    text = message_text(answer)
    message = AssistantMessage(content=text, annotations=text_annotations(text, answer))
    return ChatCompletion(
        id=completion_id,
        created=created,
        choices=[Choice(message=message)],
        usage=TokenUsage.of(answer),
        ragqa=answer,
    )
