"""The pages of those who look after the corpus: whole, or only their content to a script that shows it in place."""

from typing import Any

from litestar import Request, Response
from litestar.response import ServerSentEventMessage

from ragqa.api.problems import Problem, problem_of
from ragqa.api.streaming import failed
from ragqa.api.web.pages import COOKIE, chosen_language, page, render
from ragqa.api.web.problem_words import work_words
from ragqa.datatypes import Language

AnyRequest = Request[Any, Any, Any]
PIECE_HEADER = "X-Requested-With"
SAME_ORIGIN = {"Referrer-Policy": "same-origin"}
"""Without a referrer policy that names the origin, a browser would send a form of ours as if from nowhere."""


def page_language(request: AnyRequest) -> Language:
    """Return the language that a page is asked for in, else the one remembered or the browser's."""
    asked = request.query_params.get("lang")
    return chosen_language(asked, request.cookies.get(COOKIE), request.headers.get("accept-language", ""))


def wants_piece(request: AnyRequest) -> bool:
    """Whether a script asks, which shows what it gets inside of the page that is there."""
    return request.headers.get(PIECE_HEADER) == "fetch"


def content(request: AnyRequest, template: str, *, status: int = 200, **values: Any) -> Response[str]:  # noqa: ANN401 - a template takes anything
    """Return a content: alone to a script, else as a page."""
    lang = page_language(request)
    remember = "lang" in request.query_params
    whole = template if wants_piece(request) else "work.html.j2"
    return page(whole, lang, status=status, remember=remember, headers=SAME_ORIGIN, content=template, **values)


def work_problem(request: AnyRequest, error: Exception) -> Response[str]:
    """Answer with what is wrong, in the page's language."""
    state = request.scope.get("state", {})
    problem = problem_of(error, state.get("request_id"))
    state["problem"] = problem.name
    return content(request, "_problem.html.j2", status=problem.status, problem=problem, words=work_words(problem))


def problem_event(error: Exception, lang: Language, state: dict[str, Any]) -> ServerSentEventMessage:
    """Return the last event of a stream that broke."""
    return ServerSentEventMessage(data=problem_html(failed(error, state), lang), event="error")


def problem_html(problem: Problem, lang: Language) -> str:
    """Write a problem as a piece of a page."""
    return render("_problem.html.j2", lang, problem=problem, words=work_words(problem))
