"""Card names that complete what somebody is typing."""

from typing import Annotated

import msgspec
from litestar import get
from litestar.di import NamedDependency
from litestar.openapi.spec import Example
from litestar.params import FromQuery, QueryParameter

from ragqa.api.problems import documented
from ragqa.bootstrap import Service
from ragqa.datatypes import Language
from ragqa.retrieval.linking.completion import Completion
from ragqa.text import detect_language

_READ = 200
Typed = Annotated[
    str, QueryParameter(description="the question up to the cursor", examples=[Example(value="can I chain ash bl")])
]
Limit = Annotated[int, QueryParameter(ge=1, le=50, description="cards at most")]


class Completions(msgspec.Struct, frozen=True, kw_only=True):
    """Cards whose names complete what is typed, best first."""

    completions: list[Completion]


@get("/v1/complete", tags=["ask"], sync_to_thread=True, responses=documented())
def complete(
    q: Typed, service: NamedDependency[Service], lang: FromQuery[Language | None] = None, limit: Limit = 8
) -> Completions:
    """Complete the card name at the end of what is typed: any language, nicknames, parts of names, typing errors.

    `start` is the character of `q` at which the name begins, so that `name` can take the place of what follows it.
    """
    skipped = max(0, len(q) - _READ)
    found = service.index.complete(q[skipped:], lang or detect_language(q), limit)
    return Completions(completions=[msgspec.structs.replace(each, start=each.start + skipped) for each in found])
