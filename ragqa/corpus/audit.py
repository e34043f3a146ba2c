"""Who changed what: a row of the audit in the same transaction as the change it tells of."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

import msgspec
from sqlalchemy import Connection, insert, select

from ragqa.corpus.store_engine import Database
from ragqa.corpus.store_tables import audit
from ragqa.datatypes import SourceKind


class Author(msgspec.Struct, frozen=True, kw_only=True):
    """Who writes: the name of a key, `anonymous`, or the user at a shell."""

    name: str
    key_id: str | None = None
    request_id: str | None = None


class AuditEntry(msgspec.Struct, frozen=True, kw_only=True):
    """One committed write. Of a write of one source, `kind`, `source_id` and its versions tell which.

    Versions are corpus versions: of the source if there is one (null where it was not there), else of the corpus.
    """

    number: int
    at: str
    author: str
    key_id: str | None
    request_id: str | None
    action: str
    kind: SourceKind | None
    source_id: str | None
    sources: int
    version_before: int | None
    version_after: int | None


_author: ContextVar[Author] = ContextVar("author", default=Author(name="ragqa"))  # noqa: B039 (frozen)


@contextmanager
def acting_as(author: Author) -> Iterator[None]:
    """Name the author of every write in the body, in this task and in the worker threads it starts.

    A context variable and no argument: a write whose caller forgot to hand its author on would go unnoticed.
    """
    token = _author.set(author)
    try:
        yield
    finally:
        _author.reset(token)


def record(
    connection: Connection,
    *,
    at: str,
    action: str,
    kind: SourceKind | None = None,
    source_id: str | None = None,
    sources: int = 0,
    version_before: int | None = None,
    version_after: int | None = None,
) -> None:
    """Add a row to an open write transaction."""
    author = _author.get()
    row = {
        "at": at,
        "author": author.name,
        "key_id": author.key_id,
        "request_id": author.request_id,
        "action": action,
        "kind": kind,
        "source_id": source_id,
        "sources": sources,
        "version_before": version_before,
        "version_after": version_after,
    }
    connection.execute(insert(audit), row)


class Audit:
    """Reads the audit; rows are written by `record` alone."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def page(self, *, before: int | None = None, limit: int = 50) -> list[AuditEntry]:
        """Return at most `limit` entries whose number is below `before`, newest first."""
        query = select(audit).order_by(audit.c.number.desc()).limit(limit)
        if before is not None:
            query = query.where(audit.c.number < before)
        with self._database.read() as connection:
            return [msgspec.convert(row, AuditEntry, from_attributes=True) for row in connection.execute(query)]
