"""Reading and changing cards, rulings and rules one by one."""

from typing import Annotated, ClassVar, TypeVar

import msgspec
from litestar import Controller, Response, delete, get, put
from litestar.di import NamedDependency
from litestar.enums import RequestEncodingType
from litestar.openapi.datastructures import ResponseSpec
from litestar.openapi.spec import Example
from litestar.params import BodyKwarg, FromPath, HeaderParameter, JSONBody

from ragqa.api.access import needs
from ragqa.api.examples import example_card, example_ruling
from ragqa.api.paging import Cursor, Page, PageLimit, id_after, page
from ragqa.api.problems import documented
from ragqa.api.schemas import Version, Written
from ragqa.api.versions import create_only, etag, expected_version, field_changes, listed_tags
from ragqa.bootstrap import Service
from ragqa.corpus.keys import Scope
from ragqa.corpus.sources import id_field, source_key
from ragqa.datatypes import Card, Rule, Ruling, Source, SourceKind
from ragqa.errors import InvalidInput, NotFound

IfMatch = Annotated[
    str | None, HeaderParameter(name="If-Match", description="the ETag that the source must still have")
]
IfNoneMatch = Annotated[str | None, HeaderParameter(name="If-None-Match", description="`*`: create, do not replace")]
KnownTag = Annotated[str | None, HeaderParameter(name="If-None-Match", description="ETag of a version known already")]

AnySource = TypeVar("AnySource", Card, Ruling, Rule)
CardBody = Annotated[
    Card, BodyKwarg(media_type=RequestEncodingType.JSON, examples=[Example(id="card", value=example_card())])
]
RulingBody = Annotated[
    Ruling, BodyKwarg(media_type=RequestEncodingType.JSON, examples=[Example(id="ruling", value=example_ruling())])
]


def found(source_type: type[Source]) -> dict[int, ResponseSpec]:
    """Return what OpenAPI says of a read."""
    current = ResponseSpec(source_type, generate_examples=False, description="The current version; ETag tells which")
    same = ResponseSpec(None, generate_examples=False, description="Still the version that If-None-Match says")
    return {200: current, 304: same, **documented(404)}


def written() -> dict[int, ResponseSpec]:
    """Return what OpenAPI says of a write beyond the 200 of a replacement."""
    created = ResponseSpec(Written, generate_examples=False, description="Added, nothing was replaced")
    return {201: created, **documented(409, 412, 413, 415)}


class SourceController(Controller):
    """What is the same for every kind of source."""

    kind: ClassVar[SourceKind]
    tags = ["corpus"]

    @get("/{source_id:str}/history", sync_to_thread=True, responses=documented(404))
    def history(self, source_id: FromPath[str], service: NamedDependency[Service]) -> list[Version]:
        """List every version, oldest first, each with the fields that it changed."""
        versions = service.store.history(self.kind, source_id)
        if not versions:
            raise NotFound(f"no {self.kind} {source_id!r} was ever in the corpus")
        return field_changes(versions)

    @delete(
        "/{source_id:str}",
        status_code=200,
        opt=needs(Scope.MAINTAIN),
        sync_to_thread=True,
        responses=documented(404, 409, 412),
    )
    def remove(self, source_id: FromPath[str], service: NamedDependency[Service], if_match: IfMatch = None) -> Written:
        """Remove the source and its passages; its history stays."""
        expected = expected_version(if_match, self.kind, source_id, service)
        version = service.remove(self.kind, source_id, expected_version=expected)
        return Written(kind=self.kind, source_id=source_id, version=version, corpus_version=version)


class CardController(SourceController):
    """Cards."""

    path = "/v1/cards"
    kind = SourceKind.CARD

    @get(sync_to_thread=True, responses=documented())
    def list_all(self, service: NamedDependency[Service], limit: PageLimit = 50, cursor: Cursor = None) -> Page[Card]:
        """List the current cards, by id."""
        return _page(self.kind, Card, service, limit, cursor)

    @get("/{source_id:str}", sync_to_thread=True, responses=found(Card))
    def read(
        self, source_id: FromPath[str], service: NamedDependency[Service], known_tag: KnownTag = None
    ) -> Response[Card | None]:
        """Return the card with its version as ETag."""
        return _current(self.kind, Card, source_id, service, known_tag)

    @put("/{source_id:str}", status_code=200, opt=needs(Scope.MAINTAIN), sync_to_thread=True, responses=written())
    def write(
        self,
        source_id: FromPath[str],
        data: CardBody,
        service: NamedDependency[Service],
        if_match: IfMatch = None,
        if_none_match: IfNoneMatch = None,
    ) -> Response[Written]:
        """Add the card or replace it; the very next question sees it."""
        return _write(data, source_id, service, if_match, if_none_match)


class RulingController(SourceController):
    """Rulings."""

    path = "/v1/rulings"
    kind = SourceKind.RULING

    @get(sync_to_thread=True, responses=documented())
    def list_all(self, service: NamedDependency[Service], limit: PageLimit = 50, cursor: Cursor = None) -> Page[Ruling]:
        """List the current rulings, withdrawn ones included, by id."""
        return _page(self.kind, Ruling, service, limit, cursor)

    @get("/{source_id:str}", sync_to_thread=True, responses=found(Ruling))
    def read(
        self, source_id: FromPath[str], service: NamedDependency[Service], known_tag: KnownTag = None
    ) -> Response[Ruling | None]:
        """Return the ruling with its version as ETag."""
        return _current(self.kind, Ruling, source_id, service, known_tag)

    @put("/{source_id:str}", status_code=200, opt=needs(Scope.MAINTAIN), sync_to_thread=True, responses=written())
    def write(
        self,
        source_id: FromPath[str],
        data: RulingBody,
        service: NamedDependency[Service],
        if_match: IfMatch = None,
        if_none_match: IfNoneMatch = None,
    ) -> Response[Written]:
        """Add the ruling or replace it; set `withdrawn` to the day on which it ceased to hold."""
        return _write(data, source_id, service, if_match, if_none_match)


class RuleController(SourceController):
    """Passages of the game's rules."""

    path = "/v1/rules"
    kind = SourceKind.RULE

    @get(sync_to_thread=True, responses=documented())
    def list_all(self, service: NamedDependency[Service], limit: PageLimit = 50, cursor: Cursor = None) -> Page[Rule]:
        """List the current rules, by id."""
        return _page(self.kind, Rule, service, limit, cursor)

    @get("/{source_id:str}", sync_to_thread=True, responses=found(Rule))
    def read(
        self, source_id: FromPath[str], service: NamedDependency[Service], known_tag: KnownTag = None
    ) -> Response[Rule | None]:
        """Return the rule with its version as ETag."""
        return _current(self.kind, Rule, source_id, service, known_tag)

    @put("/{source_id:str}", status_code=200, opt=needs(Scope.MAINTAIN), sync_to_thread=True, responses=written())
    def write(
        self,
        source_id: FromPath[str],
        data: JSONBody[Rule],
        service: NamedDependency[Service],
        if_match: IfMatch = None,
        if_none_match: IfNoneMatch = None,
    ) -> Response[Written]:
        """Add the rule or replace it."""
        return _write(data, source_id, service, if_match, if_none_match)


def _page(
    kind: SourceKind, source_type: type[AnySource], service: Service, limit: int, cursor: str | None
) -> Page[AnySource]:
    sources = service.store.page(kind, after=id_after(cursor), limit=limit)
    of_kind = [source for source in sources if isinstance(source, source_type)]
    return page(of_kind, limit, lambda source: source_key(source)[1])


def _current(
    kind: SourceKind, source_type: type[AnySource], source_id: str, service: Service, known_tag: str | None
) -> Response[AnySource | None]:
    found = service.store.source(kind, source_id)
    tag = etag(found.corpus_version)
    if known_tag is not None and tag in listed_tags(known_tag.replace("W/", "")):
        return Response(None, status_code=304, headers={"ETag": tag})
    return Response(msgspec.convert(found.source, source_type), headers={"ETag": tag})


def _write(
    source: Source, source_id: str, service: Service, if_match: str | None, if_none_match: str | None
) -> Response[Written]:
    kind, own_id = source_key(source)
    field = id_field(kind)
    if own_id != source_id:
        raise InvalidInput(f"{field} is {own_id!r}, but the path says {source_id!r}; make them equal", field=field)
    replace = not create_only(if_none_match)
    expected = expected_version(if_match, kind, source_id, service)
    existed = bool(service.store.get_many(kind, [source_id]))
    corpus_version = service.add(source, replace=replace, expected_version=expected)
    # The source may have been as sent already, or have changed again since; its version is the last one until ours.
    versions = (version.corpus_version for version in service.store.history(kind, source_id))
    version = max(version for version in versions if version <= corpus_version)
    written = Written(kind=kind, source_id=source_id, version=version, corpus_version=corpus_version)
    return Response(written, status_code=200 if existed else 201, headers={"ETag": etag(version)})
