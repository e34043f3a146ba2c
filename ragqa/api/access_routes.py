"""Keys and the audit, for those who hold a key of scope `admin`."""

import datetime
from typing import Annotated

import msgspec
from litestar import Controller, Response, delete, get, post
from litestar.di import NamedDependency
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import FromPath, JSONBody, QueryParameter
from msgspec import Meta

from ragqa.api.access import needs
from ragqa.api.paging import Cursor, Page, PageLimit, number_after, page
from ragqa.api.problems import documented
from ragqa.bootstrap import Service
from ragqa.corpus.audit import AuditEntry
from ragqa.corpus.keys import ApiKey, Scope

Days = Annotated[int, Meta(ge=1, le=3650)]
GraceHours = Annotated[int, QueryParameter(ge=0, le=720, description="hours for which the old key still holds")]


class NewKey(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a key is to be."""

    name: Annotated[str, Meta(min_length=1, max_length=200, description="whose key it is")]
    scopes: Annotated[list[Scope], Meta(min_length=1, max_length=4)]
    expires_in_days: Annotated[Days | None, Meta(description="days until it expires; default: never")] = None


class IssuedKey(msgspec.Struct, frozen=True, kw_only=True):
    """A new key with its token, which is shown this once."""

    key: ApiKey
    token: str


ISSUED = ResponseSpec(IssuedKey, generate_examples=False, description="The key; its token is never shown again")


class KeyController(Controller):
    """Keys."""

    path = "/v1/keys"
    tags = ["access"]
    opt = needs(Scope.ADMIN)

    @get(sync_to_thread=True, responses=documented())
    def list_keys(self, service: NamedDependency[Service]) -> list[ApiKey]:
        """List every key there ever was, oldest first, without tokens."""
        return service.store.keys.list_all()

    @post(status_code=201, sync_to_thread=True, responses={201: ISSUED, **documented(413, 415)})
    def create_key(self, data: JSONBody[NewKey], service: NamedDependency[Service]) -> Response[IssuedKey]:
        """Make a key."""
        days = data.expires_in_days
        span = None if days is None else datetime.timedelta(days=days)
        return _issued(*service.store.keys.create(data.name, data.scopes, valid_for=span))

    @post("/{key_id:str}/rotate", status_code=201, sync_to_thread=True, responses={201: ISSUED, **documented(404)})
    def rotate_key(
        self, key_id: FromPath[str], service: NamedDependency[Service], grace_hours: GraceHours = 0
    ) -> Response[IssuedKey]:
        """Replace a key by one of the same name and scopes; the old one ends after `grace_hours`."""
        return _issued(*service.store.keys.rotate(key_id, grace=datetime.timedelta(hours=grace_hours)))

    @delete("/{key_id:str}", status_code=200, sync_to_thread=True, responses=documented(404))
    def revoke_key(self, key_id: FromPath[str], service: NamedDependency[Service]) -> ApiKey:
        """End a key at once."""
        return service.store.keys.revoke(key_id)


@get("/v1/audit", tags=["access"], opt=needs(Scope.ADMIN), sync_to_thread=True, responses=documented())
def read_audit(service: NamedDependency[Service], limit: PageLimit = 50, cursor: Cursor = None) -> Page[AuditEntry]:
    """Tell who changed what, newest first."""
    entries = service.store.audit.page(before=number_after(cursor), limit=limit)
    return page(entries, limit, lambda entry: entry.number)


def _issued(key: ApiKey, token: str) -> Response[IssuedKey]:
    return Response(IssuedKey(key=key, token=token), headers={"Cache-Control": "no-store"})
