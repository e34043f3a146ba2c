"""Asking and searching."""

from typing import Annotated

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.enums import RequestEncodingType
from litestar.openapi.datastructures import ResponseSpec
from litestar.openapi.spec import Example
from litestar.params import BodyKwarg, FromQuery, QueryParameter
from litestar.response import ServerSentEvent

from ragqa.api.access import needs
from ragqa.api.admission import Admission
from ragqa.api.bodies import StrictRequest
from ragqa.api.examples import SEED_QUESTION_EN, seed_requests
from ragqa.api.operations import EVENT_STREAM, EventStreamOperation
from ragqa.api.problems import documented
from ragqa.api.questions import search_question, to_question
from ragqa.api.schemas import AskRequest, SearchResult
from ragqa.api.streaming import event_messages, while_connected
from ragqa.bootstrap import Service
from ragqa.config import Settings
from ragqa.corpus.keys import Scope
from ragqa.datatypes import Answer, Language, Linking, Question
from ragqa.errors import InvalidInput
from ragqa.grounding.effects import read_query

AskBody = Annotated[
    AskRequest,
    BodyKwarg(
        media_type=RequestEncodingType.JSON,
        examples=[Example(id=lang, value=request) for lang, request in seed_requests().items()],
    ),
]
ANSWER = ResponseSpec(Answer, generate_examples=False, description="The answer, checked")
SearchWords = Annotated[
    str | None, QueryParameter(description="what to look for", examples=[Example(value=SEED_QUESTION_EN)])
]
EffectWords = Annotated[
    str | None,
    QueryParameter(
        description="facts that one effect of a card has, parted by spaces: actions (`draw`, `special_summon`, …), with"
        " zones that cards come from (`add_to_hand:deck`; any of `special_summon:deck,graveyard`); `type:`, `timing:`,"
        " `once:`, `place:`, `protects:`, `cost:`, `speed:`; `targets`, `optional`, `mandatory`; `-` before one denies"
        " it. See docs/effects.md.",
        examples=[Example(value="draw"), Example(value="special_summon:deck type:quick -targets")],
    ),
]
Limit = Annotated[int, QueryParameter(ge=1, le=50, description="passages, and effects, at most")]


@post(
    "/v1/ask",
    status_code=200,
    tags=["ask"],
    opt=needs(Scope.ASK),
    responses={200: ANSWER, **documented(413, 415, 502, 504)},
    operation_class=EventStreamOperation,
)
async def ask(
    request: StrictRequest,
    data: AskBody,
    service: NamedDependency[Service],
    settings: NamedDependency[Settings],
    admission: NamedDependency[Admission],
) -> Response[Answer | None] | ServerSentEvent:
    """Answer a rules question: a verdict, its reason and its citations.

    With `Accept: text/event-stream` the answer comes step by step: `card-linked`, `passage`s, `token`s as they are
    written (not checked yet), and last the checked `answer`, or an `error` with a problem as its data.
    """
    question = to_question(data, max_chars=settings.max_question_chars)
    admission.check()
    if request.accept.best_match(["application/json", EVENT_STREAM]) == EVENT_STREAM:
        messages = event_messages(
            service.ask_events(question),
            admission=admission,
            heartbeat=settings.heartbeat,
            state=request.scope["state"],
        )
        return ServerSentEvent(messages, status_code=200)
    answer = await while_connected(request, answer_in_turn(question, service, admission))
    return Response(answer)


@get("/v1/search", tags=["ask"], opt=needs(Scope.ASK), sync_to_thread=True, responses=documented())
def search(
    service: NamedDependency[Service],
    settings: NamedDependency[Settings],
    q: SearchWords = None,
    effect: EffectWords = None,
    limit: Limit = 10,
    lang: FromQuery[Language | None] = None,
) -> SearchResult:
    """Find the cards that are meant and the passages about them, without answering; or cards by what effects do."""
    if q is None and effect is None:
        raise InvalidInput("nothing to look for: give words as q, or facts of an effect as effect", field="q")
    query = read_query(effect) if effect is not None else None
    effects = service.effects.find(query, lang or Language.EN, limit) if query else []
    if q is None:
        return SearchResult(linking=Linking(), passages=[], effects=effects)
    question = search_question(q, lang, max_chars=settings.max_question_chars)
    linking, passages = service.search(question, limit)
    return SearchResult(linking=linking, passages=passages, effects=effects)


async def answer_in_turn(question: Question, service: Service, admission: Admission) -> Answer:
    """Answer when it is the question's turn. Raises Overloaded, DeadlineExceeded, and what the generator raises."""
    async with admission.turn():
        return await service.ask(question)
