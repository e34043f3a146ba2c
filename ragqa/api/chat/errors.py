"""Problems in the shape of the OpenAI API's errors."""

from typing import Any

from litestar import Request, Response
from litestar.openapi.datastructures import ResponseSpec

from ragqa.api.chat.schemas import ErrorBody, ErrorFields
from ragqa.api.problems import KINDS, Problem, problem_response

_TYPES = {401: "authentication_error", 403: "permission_error", 404: "not_found_error", 429: "rate_limit_error"}
# What OpenAI's own clients know by another name.
_CODES = {"unauthorized": "invalid_api_key", "not-found": "model_not_found", "rate-limited": "rate_limit_exceeded"}


def error_body(problem: Problem) -> ErrorBody:
    """Say the same as the problem; a field of our question is to the client a part of its messages."""
    kind = _TYPES.get(problem.status, "server_error" if problem.status >= 500 else "invalid_request_error")
    param = "messages" if problem.field == "question" else problem.field
    return ErrorBody(
        error=ErrorFields(message=problem.detail, type=kind, param=param, code=_CODES.get(problem.name, problem.name))
    )


def error_response(request: Request[Any, Any, Any], error: Exception) -> Response[ErrorBody]:
    """Answer with the error; what a client sent wrongly is a 400, as OpenAI has it, whichever way it was wrong."""
    answered = problem_response(request, error)
    status = 400 if answered.status_code == 422 else answered.status_code
    return Response(error_body(answered.content), status_code=status, headers=answered.headers)


def documented(*statuses: int) -> dict[int, ResponseSpec]:
    """Return what OpenAPI says of the errors that an operation may answer with."""
    return {
        status: ResponseSpec(
            ErrorBody,
            generate_examples=False,
            description="; ".join(kind.title for kind in KINDS.values() if kind.status == status),
        )
        for status in sorted({*statuses, 400, 401, 403, 429, 500})
    }
