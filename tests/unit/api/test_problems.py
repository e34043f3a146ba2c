"""The table from errors to HTTP."""

import pytest
from litestar.exceptions import HTTPException, ValidationException

from ragqa import errors
from ragqa.api.problems import KINDS, problem_of
from ragqa.errors import RagqaError


def _all_errors(kind: type[RagqaError]) -> list[type[RagqaError]]:
    return [kind, *(each for child in kind.__subclasses__() for each in _all_errors(child))]


@pytest.mark.parametrize(
    ("error", "status", "name"),
    [
        (errors.MalformedBody("not JSON", line=2), 400, "malformed-body"),
        (errors.InvalidInput("names is missing", field="names", line=7), 422, "invalid-input"),
        (errors.NotFound("no card '1'"), 404, "not-found"),
        (errors.DuplicateSource("card '1' is there"), 409, "duplicate-source"),
        (errors.StaleWrite("card '1' changed"), 412, "stale-write"),
        (errors.SuspiciousWithdrawals("50 of 60"), 409, "suspicious-withdrawals"),
        (errors.Conflict("it does not fit"), 409, "conflict"),
        (errors.Overloaded("full"), 503, "overloaded"),
        (errors.NotReady("starting"), 503, "not-ready"),
        (errors.DeadlineExceeded("2 s"), 504, "deadline-exceeded"),
        (errors.GenerationFailed("stopped"), 502, "generation-failed"),
        (errors.SourceUnavailable("503"), 502, "source-unavailable"),
        (errors.ModelError("no weights"), 500, "misconfigured"),
        (errors.ConfigurationError("no key"), 500, "misconfigured"),
    ],
)
def test_each_error_has_its_status_and_type(error: RagqaError, status: int, name: str) -> None:
    problem = problem_of(error, "r1")
    assert (problem.status, problem.type, problem.detail, problem.request_id) == (
        status,
        f"/problems/{name}",
        str(error),
        "r1",
    )


def test_field_and_line_are_told() -> None:
    problem = problem_of(errors.InvalidInput("names is missing", field="names", line=7))
    assert (problem.field, problem.line) == ("names", 7)


def test_every_error_of_ours_is_in_the_table() -> None:
    leaves = [kind for kind in _all_errors(RagqaError) if kind is not RagqaError and "ragqa.errors" in kind.__module__]
    assert [kind.__name__ for kind in leaves if problem_of(kind("x")).type == "/problems/internal"] == []


def test_an_error_nobody_raised_on_purpose_keeps_its_message() -> None:
    problem = problem_of(RuntimeError("password is hunter2"))
    assert (problem.status, problem.type) == (500, "/problems/internal")
    assert "hunter2" not in problem.detail


def test_the_detail_of_an_internal_http_exception_is_kept() -> None:
    assert "hunter2" not in problem_of(HTTPException(detail="hunter2", status_code=500)).detail


@pytest.mark.parametrize(("status", "name"), [(404, "no-such-path"), (405, "method-not-allowed"), (418, "bad-request")])
def test_refusals_of_the_framework_are_problems_too(status: int, name: str) -> None:
    assert problem_of(HTTPException(status_code=status)).type == f"/problems/{name}"


def test_a_parameter_that_does_not_fit_is_named() -> None:
    error = ValidationException(detail="Validation failed", extra=[{"key": "limit", "message": "Expected `int` <= 50"}])
    problem = problem_of(error)
    assert (problem.status, problem.field, problem.detail) == (422, "limit", "limit: Expected `int` <= 50")


def test_a_missing_parameter_is_named() -> None:
    error = ValidationException(detail="Missing required query parameter 'q' for path /v1/search")
    assert (problem_of(error).field, problem_of(error).detail) == ("q", "q is missing")


def test_names_of_types_are_stable() -> None:
    """Programs rely on them: add to this list, never change it."""
    assert sorted(KINDS) == [
        "bad-request",
        "conflict",
        "deadline-exceeded",
        "duplicate-source",
        "forbidden",
        "generation-failed",
        "internal",
        "invalid-input",
        "malformed-body",
        "method-not-allowed",
        "misconfigured",
        "no-such-path",
        "not-found",
        "not-ready",
        "overloaded",
        "rate-limited",
        "source-unavailable",
        "stale-write",
        "suspicious-withdrawals",
        "too-large",
        "too-slow",
        "unauthorized",
        "unsupported-media-type",
    ]
