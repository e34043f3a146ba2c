"""Whether the process is alive, and whether it can answer; and what each problem type means."""

import msgspec
from litestar import get
from litestar.di import NamedDependency
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import FromPath

from ragqa.api.problems import KINDS, PROBLEM_JSON, Problem, ProblemKind, documented
from ragqa.bootstrap import Service
from ragqa.errors import NotFound


class Alive(msgspec.Struct, frozen=True):
    """The process runs."""

    status: str = "alive"


class Ready(msgspec.Struct, frozen=True, kw_only=True):
    """The service answers, from which corpus and with which models.

    `unembedded` counts passages whose vectors are still being made: until then names and words alone find them.
    """

    status: str = "ready"
    corpus_version: int
    embedder: str
    generator: str
    unembedded: int = 0


@get("/livez", tags=["health"], sync_to_thread=False)
def livez() -> Alive:
    """Say that the process runs; true from the first moment on, ready or not."""
    return Alive()


@get(
    "/readyz",
    tags=["health"],
    sync_to_thread=True,
    responses={503: ResponseSpec(Problem, generate_examples=False, description="Not ready", media_type=PROBLEM_JSON)},
)
def readyz(complete_service: NamedDependency[Service]) -> Ready:
    """Say whether every question can be answered; 503 with the reason if not.

    While the generator loads it is 503, although what a ruling settles is answered already.
    """
    return Ready(
        corpus_version=complete_service.store.corpus_version(),
        embedder=complete_service.embedder.model_id,
        generator=complete_service.parts.generator.name,
        unembedded=complete_service.unembedded,
    )


@get("/problems", tags=["problems"], sync_to_thread=False)
def problem_kinds() -> list[ProblemKind]:
    """List every problem type that the API answers with."""
    return list(KINDS.values())


@get("/problems/{name:str}", tags=["problems"], sync_to_thread=False, responses=documented(404))
def problem_kind(name: FromPath[str]) -> ProblemKind:
    """Explain one problem type: the page that the `type` of a problem leads to."""
    if name not in KINDS:
        raise NotFound(f"there is no problem type {name!r}; /problems lists all")
    return KINDS[name]
