"""The player's page: the form, and the answer as a whole page or step by step, from the same templates."""

from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing
from typing import Annotated, Any, NamedTuple

import msgspec
from anyio import to_thread
from litestar import Request, Response, Router, get, post
from litestar.di import NamedDependency
from litestar.exceptions import HTTPException
from litestar.params import FromQuery, QueryParameter
from litestar.response import ServerSentEvent, ServerSentEventMessage
from litestar.static_files import create_static_files_router
from litestar.types import ExceptionHandlersMap
from markupsafe import Markup

from ragqa.api.access import needs
from ragqa.api.admission import Admission
from ragqa.api.ask_routes import answer_in_turn
from ragqa.api.operations import EVENT_STREAM
from ragqa.api.problems import problem_of
from ragqa.api.questions import to_question
from ragqa.api.streaming import STILL_WORKING, failed, heard, while_connected
from ragqa.api.web.answer_views import answer_view
from ragqa.api.web.evaluation_pages import evaluations_router
from ragqa.api.web.forms import AskForm, read_form
from ragqa.api.web.maintain_routes import maintain_router
from ragqa.api.web.pages import COOKIE, SECURITY_HEADERS, STATIC, chosen_language, page, render
from ragqa.api.web.problem_words import problem_words
from ragqa.ask import Answered, AskEvent, CardsLinked, PassageFound, Token
from ragqa.bootstrap import Service
from ragqa.config import Settings
from ragqa.corpus.keys import Scope
from ragqa.datatypes import Language, Question

AnyRequest = Request[Any, Any, Any]
Lang = Annotated[str | None, QueryParameter(description="language of the page: en, ko or ja")]


@get("/", include_in_schema=False, sync_to_thread=False)
def ask_page(request: AnyRequest, lang: Lang = None, q: FromQuery[str] = "") -> Response[str]:
    """Show the form; a link may bring the question along, which is not asked yet."""
    chosen = chosen_language(lang, request.cookies.get(COOKIE), request.headers.get("accept-language", ""))
    return page("ask.html.j2", chosen, remember=lang is not None, form=AskForm(question=q), answer=None)


@post("/", status_code=200, include_in_schema=False, opt=needs(Scope.ASK))
async def answer_page(
    request: AnyRequest,
    service: NamedDependency[Service],
    settings: NamedDependency[Settings],
    admission: NamedDependency[Admission],
) -> Response[str] | ServerSentEvent:
    """Answer the form's question; with `Accept: text/event-stream` as events whose data is HTML of these templates."""
    lang = page_language(request)
    form = await read_form(request)
    question = to_question(form.request(), max_chars=settings.max_question_chars)
    admission.check()
    if request.accept.best_match(["text/html", EVENT_STREAM]) == EVENT_STREAM:
        events = heard(service.ask_events(question), admission=admission, heartbeat=settings.heartbeat)
        messages = _messages(events, question, service, _Reader(lang, request.scope["state"]))
        return ServerSentEvent(messages, status_code=200, headers=SECURITY_HEADERS)
    answer = await while_connected(request, answer_in_turn(question, service, admission))
    if answer is None:  # nobody is there any more
        return Response("", media_type="text/html")
    view = await to_thread.run_sync(answer_view, answer, question, service.store)
    # In the language of the question, as everything else about an answer.
    html = Markup(render("_answer.html.j2", answer.lang, view=view))
    return page("ask.html.j2", lang, form=form, answer=html)


def page_language(request: AnyRequest) -> Language:
    """Return the language of a page that was not asked for in one."""
    return chosen_language(None, request.cookies.get(COOKIE), request.headers.get("accept-language", ""))


def problem_page(request: AnyRequest, error: Exception) -> Response[str]:
    """Answer a page's request with what is wrong, in the page's language: as a page, or as the piece a script wants."""
    state = request.scope.get("state", {})
    problem = problem_of(error, state.get("request_id"))
    state["problem"] = problem.name
    lang = page_language(request)
    wants_piece = request.accept.best_match(["text/html", EVENT_STREAM]) == EVENT_STREAM
    template = "_problem.html.j2" if wants_piece else "problem.html.j2"
    return page(template, lang, status=problem.status, problem=problem, words=problem_words(problem))


def web_routes(settings: Settings) -> list[Router]:
    """Return the pages, and the files they are made with."""
    told: ExceptionHandlersMap = {HTTPException: problem_page, Exception: problem_page}
    return [
        maintain_router(settings.max_import_bytes),
        evaluations_router(),
        Router("/", route_handlers=[ask_page, answer_page], exception_handlers=told),
        create_static_files_router(
            path="/static", directories=[STATIC], include_in_schema=False, cache_control=None, name="web-static"
        ),
    ]


class _Reader(NamedTuple):
    """Who reads a stream: the language of the page, and what is known of the request (`failed` reads and adds)."""

    lang: Language
    state: dict[str, Any]


async def _messages(
    events: AsyncGenerator[AskEvent | None, None], question: Question, service: Service, reader: _Reader
) -> AsyncIterator[ServerSentEventMessage]:
    """Write events for the page's script: HTML of the templates, but plain text for what is being written."""
    async with aclosing(events) as hearing:
        try:
            async for event in hearing:
                yield STILL_WORKING if event is None else await _message(event, question, service)
        except Exception as error:
            problem = failed(error, reader.state)
            html = render("_problem.html.j2", reader.lang, problem=problem, words=problem_words(problem))
            yield ServerSentEventMessage(data=html, event="error")


async def _message(event: AskEvent, question: Question, service: Service) -> ServerSentEventMessage:
    match event:
        case CardsLinked():
            html = render("_linked.html.j2", question.lang, linking=event.linking)
            return ServerSentEventMessage(data=html, event="linked")
        case PassageFound():
            return ServerSentEventMessage(data=event.number, event="passage")
        case Token():
            return ServerSentEventMessage(data=msgspec.json.encode(event.text), event="token")
        case Answered():
            view = await to_thread.run_sync(answer_view, event.answer, question, service.store)
            return ServerSentEventMessage(data=render("_answer.html.j2", question.lang, view=view), event="answer")
