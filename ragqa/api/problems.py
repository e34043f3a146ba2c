"""The one table from errors to HTTP: every refusal is a problem+json (RFC 9457) with a stable, documented `type`."""

import math
import re
from collections.abc import Sequence
from http import HTTPStatus
from typing import Any

import msgspec
import structlog
from litestar import Request, Response
from litestar.exceptions import HTTPException, ValidationException
from litestar.openapi.datastructures import ResponseSpec

from ragqa.errors import (
    ConfigurationError,
    Conflict,
    DeadlineExceeded,
    DuplicateSource,
    GenerationFailed,
    InvalidInput,
    MalformedBody,
    NotFound,
    NotReady,
    Overloaded,
    RagqaError,
    SourceUnavailable,
    StaleWrite,
    SuspiciousWithdrawals,
)

_MISSING = re.compile(r"Missing required \w+ parameter '([^']+)'")
PROBLEM_JSON = "application/problem+json"


class ProblemKind(msgspec.Struct, frozen=True, kw_only=True):
    """A row of the table; `type` never changes its meaning, so programs may rely on it."""

    name: str
    status: int
    title: str
    meaning: str

    @property
    def type(self) -> str:
        """The relative URI under which the kind is documented."""
        return f"/problems/{self.name}"


class Problem(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The body of every error: what was wrong, where, and what to do."""

    type: str
    title: str
    status: int
    detail: str
    field: str | None = None
    line: int | None = None
    request_id: str | None = None

    @property
    def name(self) -> str:
        """The name of its kind, the end of `type`."""
        return self.type.rpartition("/")[2]


def _kind(name: str, status: int, title: str, meaning: str) -> ProblemKind:
    return ProblemKind(name=name, status=status, title=title, meaning=meaning)


INTERNAL = _kind(
    "internal", 500, "Something went wrong", "A fault of the service; its log has more under the request_id."
)
_NO_SUCH_PATH = _kind("no-such-path", 404, "No such path", "The API has no such path; /docs lists all of them.")
_INVALID = _kind(
    "invalid-input", 422, "The input does not fit", "`field` (and `line` of an import) names what does not fit."
)

BY_ERROR: tuple[tuple[type[Exception], ProblemKind], ...] = (
    (MalformedBody, _kind("malformed-body", 400, "The body cannot be read", "Send one JSON object in UTF-8.")),
    (InvalidInput, _INVALID),
    (NotFound, _kind("not-found", 404, "Not in the corpus", "No source of that id is in the corpus.")),
    (
        DuplicateSource,
        _kind("duplicate-source", 409, "Already in the corpus", "Sent with If-None-Match: *; leave it out to replace."),
    ),
    (
        StaleWrite,
        _kind("stale-write", 412, "Changed in between", "The source is no longer as If-Match says; read it again."),
    ),
    (
        SuspiciousWithdrawals,
        _kind("suspicious-withdrawals", 409, "Many withdrawals", "Check, then repeat with ?accept_withdrawals=true."),
    ),
    (Conflict, _kind("conflict", 409, "Conflict with the corpus", "The write does not fit the corpus as it is.")),
    (Overloaded, _kind("overloaded", 503, "Overloaded", "No room now; try again after Retry-After seconds.")),
    (NotReady, _kind("not-ready", 503, "Not ready", "Still starting, could not start, or stopping; see /readyz.")),
    (DeadlineExceeded, _kind("deadline-exceeded", 504, "Took too long", "The answer was not done in time.")),
    (
        GenerationFailed,
        _kind("generation-failed", 502, "The generator failed", "The generator stopped before it answered."),
    ),
    (
        SourceUnavailable,
        _kind("source-unavailable", 502, "A source does not answer", "What would be fetched cannot be now; try later."),
    ),
    (
        ConfigurationError,
        _kind("misconfigured", 500, "Misconfigured", "A setting or model of the service does not fit."),
    ),
)

BY_STATUS: dict[int, ProblemKind] = {
    kind.status: kind
    for kind in (
        _kind("bad-request", 400, "The request cannot be read", "The request line or a header cannot be read."),
        _kind("unauthorized", 401, "No valid key", "The request needs a valid key."),
        _kind("forbidden", 403, "Not allowed", "The key has not the scope that this takes."),
        _NO_SUCH_PATH,
        _kind("method-not-allowed", 405, "Method not allowed", "The header Allow lists the methods of this path."),
        _kind("too-slow", 408, "The body came too slowly", "Send it again over a better connection, or in parts."),
        _kind("too-large", 413, "The body is too large", "Send less at once."),
        _kind("unsupported-media-type", 415, "Wrong content type", "`detail` names the content type to send."),
        _kind("rate-limited", 429, "Too many requests", "Try again after Retry-After seconds."),
        INTERNAL,
    )
}

KINDS: dict[str, ProblemKind] = {kind.name: kind for kind in (*(kind for _, kind in BY_ERROR), *BY_STATUS.values())}


def problem_of(error: Exception, request_id: str | None = None) -> Problem:
    """Describe an error to the client; of errors nobody raised on purpose nothing is told."""
    if isinstance(error, ValidationException):
        detail, field = _validation(error)
        return _problem(_INVALID, detail, request_id, field=field)
    if isinstance(error, HTTPException):
        kind = BY_STATUS.get(error.status_code, INTERNAL if error.status_code >= 500 else BY_STATUS[400])
        return _problem(kind, kind.meaning if kind is INTERNAL else _http_detail(error, kind), request_id)
    kind = next((kind for error_type, kind in BY_ERROR if isinstance(error, error_type)), INTERNAL)
    detail = str(error) if isinstance(error, RagqaError) else kind.meaning
    field, line = (error.field, error.line) if isinstance(error, InvalidInput) else (None, None)
    return _problem(kind, detail, request_id, field=field, line=line)


def problem_response(request: Request[Any, Any, Any], error: Exception) -> Response[Problem]:
    """Answer with the problem; a fault of the service is logged with its traceback, which stays in the log."""
    state = request.scope.get("state", {})
    problem = problem_of(error, state.get("request_id"))
    state["problem"] = problem.name
    if problem.status >= HTTPStatus.INTERNAL_SERVER_ERROR and not isinstance(error, (Overloaded, NotReady)):
        structlog.get_logger("ragqa.api").error("request failed", problem=problem.type, exc_info=error)
    headers = dict(error.headers or {}) if isinstance(error, HTTPException) else {}
    if problem.status in (429, 503):
        seconds = error.retry_after if isinstance(error, (Overloaded, NotReady)) else 1
        headers.setdefault("Retry-After", str(max(1, math.ceil(seconds))))
    return Response(problem, status_code=problem.status, headers=headers, media_type=PROBLEM_JSON)


def documented(*statuses: int) -> dict[int, ResponseSpec]:
    """Return what OpenAPI says of the problems that an operation may answer with."""
    every_operation = (400, 401, 403, 422, 429, 500, 503)
    return {
        status: ResponseSpec(
            Problem,
            generate_examples=False,
            description="; ".join(kind.title for kind in KINDS.values() if kind.status == status),
            media_type=PROBLEM_JSON,
        )
        for status in sorted({*statuses, *every_operation, *((408,) if 413 in statuses else ())})
    }


def _problem(
    kind: ProblemKind, detail: str, request_id: str | None, *, field: str | None = None, line: int | None = None
) -> Problem:
    return Problem(
        type=kind.type,
        title=kind.title,
        status=kind.status,
        detail=detail,
        field=field,
        line=line,
        request_id=request_id,
    )


def _validation(error: ValidationException) -> tuple[str, str | None]:
    """Read the first of Litestar's validation errors, which are about parameters: bodies are read by `bodies`."""
    errors: Sequence[Any] = error.extra if isinstance(error.extra, list) else []
    if not errors:
        missing = _MISSING.search(error.detail)
        return (f"{missing[1]} is missing", missing[1]) if missing else (error.detail, None)
    field = errors[0].get("key")
    if field == "data":
        return "the body is empty; send one JSON object", None
    return (f"{field}: {errors[0]['message']}" if field else errors[0]["message"]), field


def _http_detail(error: HTTPException, kind: ProblemKind) -> str:
    standard = HTTPStatus(error.status_code).phrase.lower()
    return kind.meaning if error.detail.lower() in ("", standard) else error.detail
