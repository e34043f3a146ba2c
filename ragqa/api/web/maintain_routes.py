"""The maintainer's page: find a card or ruling, change it in a form, see what changes, save it; import a file."""

from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing
from typing import Annotated, Any

import msgspec
from anyio import to_thread
from litestar import Response, Router, get, post
from litestar.di import NamedDependency
from litestar.exceptions import HTTPException
from litestar.params import FromPath, FromQuery, QueryParameter
from litestar.response import Redirect, ServerSentEvent, ServerSentEventMessage

from ragqa.api.access import needs
from ragqa.api.import_routes import AcceptWithdrawals, KeepGoing
from ragqa.api.imports import ImportProgress, Upload, import_upload
from ragqa.api.schemas import ImportResult
from ragqa.api.streaming import STILL_WORKING
from ragqa.api.versions import expected_version
from ragqa.api.web.contents import AnyRequest, content, page_language, problem_event, wants_piece, work_problem
from ragqa.api.web.maintain_views import EditView, edit_view, found_sources, review_view, withdrawn_ruling
from ragqa.api.web.pages import SECURITY_HEADERS, render
from ragqa.api.web.source_forms import EDITED, empty_form, form_of, read_source, sent_form, source_of
from ragqa.bootstrap import Service
from ragqa.config import Settings
from ragqa.corpus.keys import Scope
from ragqa.corpus.sources import source_key
from ragqa.datatypes import Language, SourceKind
from ragqa.errors import DuplicateSource, InvalidInput, NotFound, StaleWrite

Saved = Annotated[bool, QueryParameter(description="say that it was saved")]


@get("/maintain", sync_to_thread=True)
def maintain_page(request: AnyRequest, service: NamedDependency[Service], q: FromQuery[str] = "") -> Response[str]:
    """Show the ways in: find, add, import."""
    found = found_sources(q.strip()[:200], page_language(request), service) if q.strip() else []
    return content(request, "_maintain.html.j2", q=q, found=found)


@get("/maintain/new/{kind:str}", sync_to_thread=False)
def new_page(request: AnyRequest, kind: FromPath[str]) -> Response[str]:
    """Show an empty form."""
    view = EditView(form=empty_form(_kind(kind)), etag="")
    return content(request, "_edit.html.j2", view=view, saved=False, review=None)


@get("/maintain/{kind:str}/{source_id:str}", sync_to_thread=True)
def edit_page(
    request: AnyRequest,
    kind: FromPath[str],
    source_id: FromPath[str],
    service: NamedDependency[Service],
    saved: Saved = False,
) -> Response[str]:
    """Show a card or ruling in its form, with its past."""
    view = edit_view(_kind(kind), source_id, page_language(request), service)
    return content(request, "_edit.html.j2", view=view, saved=saved, review=None)


@post("/maintain/{kind:str}/review", status_code=200)
async def review(request: AnyRequest, kind: FromPath[str], service: NamedDependency[Service]) -> Response[str]:
    """Show what the form would change. With `json` instead of the form's fields that is what is compared."""
    sent = await request.form()
    source_kind, given = _kind(kind), sent.get("json")
    if isinstance(given, str):
        source = read_source(source_kind, _decoded(given))
    else:
        source = source_of(sent_form(source_kind, sent))
    read_etag = sent.get("etag")
    view = await to_thread.run_sync(review_view, source, read_etag if isinstance(read_etag, str) else None, service)
    if wants_piece(request):
        return content(request, "_review.html.j2", review=view)
    edited = EditView(form=form_of(source, source_kind), etag=view.etag)
    return content(request, "_edit.html.j2", view=edited, saved=False, review=view)


@post("/maintain/withdraw", status_code=200)
async def review_withdrawal(request: AnyRequest, service: NamedDependency[Service]) -> Response[str]:
    """Show what withdrawing a ruling would change; saving is the same as for any change."""
    sent = await request.form()
    ruling_id, day, later, read_etag = (
        str(sent.get(name) or "") for name in ("ruling_id", "withdrawn", "superseded_by", "etag")
    )
    withdrawn = await to_thread.run_sync(withdrawn_ruling, ruling_id, day, later, service)
    source = read_source(SourceKind.RULING, msgspec.to_builtins(withdrawn))
    view = await to_thread.run_sync(review_view, source, read_etag, service)
    return content(request, "_review.html.j2", review=view)


@post("/maintain/{kind:str}/save", status_code=200)
async def save(request: AnyRequest, kind: FromPath[str], service: NamedDependency[Service]) -> Response[str] | Redirect:
    """Save what was reviewed, unless somebody changed it since its editor read it."""
    sent = await request.form()
    source = read_source(_kind(kind), _decoded(sent.get("json")))
    read_etag = str(sent.get("etag") or "")
    try:
        await to_thread.run_sync(_save, source, read_etag, service)
    except (StaleWrite, DuplicateSource) as error:
        view = await to_thread.run_sync(review_view, source, None, service)
        request.scope["state"]["problem"] = "stale-write"
        return content(request, "_stale.html.j2", status=412, review=view, detail=str(error))
    return Redirect(f"/maintain/{kind}/{source_key(source)[1]}?saved=true", status_code=303)


@post("/maintain/import", status_code=200)
async def import_page(
    request: AnyRequest,
    service: NamedDependency[Service],
    settings: NamedDependency[Settings],
    keep_going: KeepGoing = False,
    accept_withdrawals: AcceptWithdrawals = False,
) -> ServerSentEvent:
    """Import the file that is the body; its progress and result come as events whose data is HTML."""
    upload = await Upload.receive(request.stream())
    events = import_upload(
        upload, service, keep_going=keep_going, accept_withdrawals=accept_withdrawals, heartbeat=settings.heartbeat
    )
    messages = _messages(events, page_language(request), request.scope["state"])
    return ServerSentEvent(messages, status_code=200, headers=SECURITY_HEADERS)


def maintain_router(max_import_bytes: int) -> Router:
    """Return the maintainer's page, for whoever may change the corpus."""
    imports = Router("/", route_handlers=[import_page], request_max_body_size=max_import_bytes)
    return Router(
        "/",
        route_handlers=[maintain_page, new_page, edit_page, review, review_withdrawal, save, imports],
        exception_handlers={HTTPException: work_problem, Exception: work_problem},
        opt=needs(Scope.MAINTAIN),
        include_in_schema=False,
    )


def _save(source: Any, read_etag: str, service: Service) -> None:  # noqa: ANN401 - any source
    kind, source_id = source_key(source)
    expected = expected_version(read_etag or None, kind, source_id, service)
    service.add(source, replace=expected is not None, expected_version=expected)


def _kind(name: str) -> SourceKind:
    if name not in EDITED:
        raise NotFound(f"there are no pages for {name!r}, only for {' and '.join(EDITED)}")
    return SourceKind(name)


def _decoded(given: object) -> object:
    try:
        return msgspec.json.decode(given if isinstance(given, str) else "")
    except msgspec.DecodeError as error:
        raise InvalidInput(f"json: {error}", field="json") from None


async def _messages(
    events: AsyncGenerator[ImportProgress | ImportResult | None, None], lang: Language, state: dict[str, Any]
) -> AsyncIterator[ServerSentEventMessage]:
    async with aclosing(events):
        try:
            async for event in events:
                if event is None:
                    yield STILL_WORKING
                else:
                    html = render("_import.html.j2", lang, told=event, is_done=isinstance(event, ImportResult))
                    yield ServerSentEventMessage(data=html, event="piece")
        except Exception as error:
            yield problem_event(error, lang, state)
