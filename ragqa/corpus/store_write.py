"""What one write transaction does to the tables."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

import msgspec
from sqlalchemy import Connection, delete, func, insert, select, update

from ragqa.corpus.audit import record
from ragqa.corpus.sources import SourceKey, source_key, to_json
from ragqa.corpus.store_rows import PASSAGE_COLUMNS, AnyRow, passage_row, read_passage, to_blob
from ragqa.corpus.store_tables import changes, passages, sources, vectors
from ragqa.datatypes import Passage, Source, SourceKind
from ragqa.errors import DuplicateSource, InvalidInput, StaleWrite
from ragqa.protocols import Vectors

Upsert = tuple[Source, Sequence[Passage], Vectors | Sequence[Vectors | None] | None]
"""A source, its passages, and their vectors: all, those that are known already, or none."""
IDS_A_QUERY = 500
Item = TypeVar("Item")


@dataclass
class _Difference:
    """What a batch of one kind changes: bodies by source id, rows that go, passages and vectors that come."""

    bodies: dict[str, str] = field(default_factory=dict)
    removed: list[int] = field(default_factory=list)
    added: list[tuple[int, Passage]] = field(default_factory=list)
    blobs: list[tuple[int, bytes]] = field(default_factory=list)


class _Kept(msgspec.Struct, frozen=True):
    """A current passage, and whether the model has a vector of it."""

    row: int
    passage: Passage
    has_vector: bool


class Change:
    """An open write transaction; its corpus version is taken by the first real change, so a no-op leaves none."""

    def __init__(self, connection: Connection, *, model_id: str | None, at: str, summary: str) -> None:
        self._connection = connection
        self._model_id = model_id
        self._at = at
        self._summary = summary
        self._begun = False
        self._written = 0
        self._last: tuple[SourceKind, str, int | None] | None = None
        self.version = connection.scalar(select(func.max(changes.c.corpus_version))) or 0
        self._next_row = (connection.scalar(select(func.max(passages.c.row))) or 0) + 1

    def require(self, expected: Mapping[SourceKey, int]) -> None:
        """Check versions the caller has seen, 0 for none. Raises DuplicateSource, StaleWrite."""
        for (kind, source_id), version in expected.items():
            found = self._current(kind, [source_id]).get(source_id)
            if version == 0 and found:
                raise DuplicateSource(f"{kind} {source_id!r} is already in the corpus; replace it instead")
            if version != (found.corpus_version if found else 0):
                state = f"now at version {found.corpus_version}" if found else "no longer in the corpus"
                raise StaleWrite(f"{kind} {source_id!r} is {state}, not {version}; read it again, then change it")

    def upsert(self, batch: Sequence[Upsert]) -> None:
        """Write sources with their passages and vectors; what is equal already stays untouched."""
        for kind in SourceKind:
            of_kind = [upsert for upsert in batch if source_key(upsert[0])[0] is kind]
            for chunk in in_batches(of_kind, IDS_A_QUERY):
                self._upsert_kind(kind, chunk)

    def delete(self, keys: Sequence[SourceKey]) -> None:
        """Leave a tombstone for each source that exists, and remove its passages."""
        for kind in SourceKind:
            for ids in in_batches((source_id for of_kind, source_id in keys if of_kind is kind), IDS_A_QUERY):
                current = self._current(kind, ids)
                bodies = {source_id: row.body for source_id, row in current.items()}
                kept = self._passages(kind, list(bodies))
                self._remove_passages([passage.row for by_id in kept.values() for passage in by_id.values()])
                self._write_versions(kind, bodies, current, deleted=True)

    def record(self) -> None:
        """Tell the audit what was written, if anything was."""
        if not self._begun:
            return
        one = self._last if self._written == 1 else None
        kind, source_id, before = one or (None, None, self.version - 1)
        record(
            self._connection,
            at=self._at,
            action=self._summary or "write",
            kind=kind,
            source_id=source_id,
            sources=self._written,
            version_before=before,
            version_after=self.version,
        )

    def _upsert_kind(self, kind: SourceKind, batch: Sequence[Upsert]) -> None:
        ids = [source_key(source)[1] for source, _, _ in batch]
        current = self._current(kind, ids)
        kept = self._passages(kind, list(current))
        difference = _Difference()
        for (source, new, matrix), source_id in zip(batch, ids, strict=True):
            body = to_json(source)
            if source_id not in current or current[source_id].body != body:
                difference.bodies[source_id] = body
            self._compare_passages(new, self._blobs(new, matrix), kept.get(source_id, {}), difference)
        self._remove_passages(difference.removed)
        self._write_versions(kind, difference.bodies, current, deleted=False)
        self._add_passages(difference.added, difference.blobs)

    def _compare_passages(
        self, new: Sequence[Passage], blobs: Sequence[bytes | None], old: Mapping[str, _Kept], to: _Difference
    ) -> None:
        """Add to the difference: equal passages keep their row, and their vector if they have one."""
        staying: set[int] = set()
        for passage, blob in zip(new, blobs, strict=True):
            before = old.get(passage.passage_id)
            if before and before.passage == passage:
                row, has_vector = before.row, before.has_vector
                staying.add(row)
            else:
                row, has_vector = self._next_row, False
                self._next_row += 1
                to.added.append((row, passage))
            if blob is not None and not has_vector:
                to.blobs.append((row, blob))
        to.removed.extend(before.row for before in old.values() if before.row not in staying)

    def _current(self, kind: SourceKind, ids: Sequence[str]) -> dict[str, AnyRow]:
        query = select(sources.c.source_id, sources.c.corpus_version, sources.c.body).where(
            sources.c.kind == kind, sources.c.source_id.in_(ids), sources.c.is_current
        )
        return {row.source_id: row for row in self._connection.execute(query)}

    def _passages(self, kind: SourceKind, ids: Sequence[str]) -> dict[str, dict[str, _Kept]]:
        """Return the current passages by source id and passage id."""
        with_vector = (vectors.c.row == passages.c.row) & (vectors.c.model_id == (self._model_id or ""))
        query = (
            select(*PASSAGE_COLUMNS, vectors.c.row.is_not(None).label("has_vector"))
            .select_from(passages.outerjoin(vectors, with_vector))
            .where(passages.c.source_kind == kind, passages.c.source_id.in_(ids), passages.c.removed_in.is_(None))
        )
        out: dict[str, dict[str, _Kept]] = {}
        for row in self._connection.execute(query):
            out.setdefault(row.source_id, {})[row.passage_id] = _Kept(row.row, read_passage(row), row.has_vector)
        return out

    def _blobs(self, new: Sequence[Passage], matrix: Vectors | Sequence[Vectors | None] | None) -> list[bytes | None]:
        if matrix is None:
            return [None] * len(new)
        if self._model_id is None:
            raise InvalidInput("vectors need the model_id of the embedder that made them", field="model_id")
        if len(matrix) != len(new):
            raise InvalidInput(f"{len(matrix)} vectors for {len(new)} passages; each needs one", field="vectors")
        return [None if vector is None else to_blob(vector) for vector in matrix]

    def _begin(self) -> int:
        if not self._begun:
            self._begun = True
            self.version += 1
            row = {"corpus_version": self.version, "at": self._at, "summary": self._summary}
            self._connection.execute(insert(changes), row)
        return self.version

    def _write_versions(
        self, kind: SourceKind, bodies: Mapping[str, str], current: Mapping[str, AnyRow], *, deleted: bool
    ) -> None:
        if not bodies:
            return
        version = self._begin()
        self._written += len(bodies)
        last = next(reversed(list(bodies)))
        self._last = (kind, last, current[last].corpus_version if last in current else None)
        retire = update(sources).where(sources.c.kind == kind, sources.c.source_id.in_(bodies), sources.c.is_current)
        self._connection.execute(retire.values(is_current=False))
        fixed = {"kind": kind, "corpus_version": version, "changed_at": self._at, "deleted": deleted}
        rows = [
            {**fixed, "source_id": source_id, "is_current": not deleted, "body": body}
            for source_id, body in bodies.items()
        ]
        self._connection.execute(insert(sources), rows)

    def _remove_passages(self, rows: Sequence[int]) -> None:
        for chunk in in_batches(rows, IDS_A_QUERY):
            gone = update(passages).where(passages.c.row.in_(chunk)).values(removed_in=self._begin())
            self._connection.execute(gone)
            # The text stays as history; its vector can be made again.
            self._connection.execute(delete(vectors).where(vectors.c.row.in_(chunk)))

    def _add_passages(self, added: Sequence[tuple[int, Passage]], blobs: Sequence[tuple[int, bytes]]) -> None:
        if added:
            version = self._begin()
            self._connection.execute(insert(passages), [passage_row(row, passage, version) for row, passage in added])
        if blobs:
            rows = [{"row": row, "model_id": self._model_id, "vector": blob} for row, blob in blobs]
            self._connection.execute(insert(vectors), rows)


def in_batches(items: Iterable[Item], size: int) -> Iterator[list[Item]]:
    """Yield lists of `size` items, the last one shorter."""
    batch: list[Item] = []
    for item in items:
        batch.append(item)
        if len(batch) == size:
            yield batch
            batch = []
    if batch:
        yield batch


def each_once(upserts: Iterable[Upsert], deletes: Sequence[SourceKey]) -> Iterator[Upsert]:
    """Pass upserts on. Raises DuplicateSource when one names a source that is changed already."""
    seen = set(deletes)
    for upsert in upserts:
        key = source_key(upsert[0])
        if key in seen:
            raise DuplicateSource(f"{key[0]} {key[1]!r} appears twice in one change; keep one of them")
        seen.add(key)
        yield upsert
