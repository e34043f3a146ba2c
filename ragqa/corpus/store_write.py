"""What one write transaction does to the tables."""

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
import numpy as np
from sqlalchemy import Connection, Row, delete, func, insert, select, update

from ragqa.corpus.sources import SourceKey, source_key, to_json
from ragqa.corpus.store_tables import changes, passages, sources, vectors
from ragqa.datatypes import Language, Passage, Source, SourceKind
from ragqa.errors import DuplicateSource, InvalidInput, StaleWrite
from ragqa.protocols import Vectors

AnyRow = Row[*tuple[Any, ...]]
Upsert = tuple[Source, Sequence[Passage], Vectors | None]
IDS_A_QUERY = 500


class Change:
    """An open write transaction; its corpus version is taken by the first real change, so a no-op leaves none."""

    def __init__(self, connection: Connection, *, model_id: str | None, at: str, summary: str) -> None:
        self._connection = connection
        self._model_id = model_id
        self._at = at
        self._summary = summary
        self._begun = False
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
            for start in range(0, len(of_kind), IDS_A_QUERY):
                self._upsert_kind(kind, of_kind[start : start + IDS_A_QUERY])

    def delete(self, keys: Sequence[SourceKey]) -> None:
        """Leave a tombstone for each source that exists, and remove its passages."""
        for kind in SourceKind:
            ids = [source_id for of_kind, source_id in keys if of_kind is kind]
            for start in range(0, len(ids), IDS_A_QUERY):
                chunk = ids[start : start + IDS_A_QUERY]
                bodies = {source_id: row.body for source_id, row in self._current(kind, chunk).items()}
                kept = self._passages(kind, list(bodies))
                self._remove_passages([row for by_id in kept.values() for row, _, _ in by_id.values()])
                self._write_versions(kind, bodies, deleted=True)

    def _upsert_kind(self, kind: SourceKind, batch: Sequence[Upsert]) -> None:
        ids = [source_key(source)[1] for source, _, _ in batch]
        current = self._current(kind, ids)
        kept = self._passages(kind, list(current))
        bodies: dict[str, str] = {}
        removed: list[int] = []
        added: list[tuple[int, Passage]] = []
        blobs: list[tuple[int, bytes]] = []
        for (source, new, matrix), source_id in zip(batch, ids, strict=True):
            body = to_json(source)
            if source_id not in current or current[source_id].body != body:
                bodies[source_id] = body
            old = kept.get(source_id, {})
            rows_with_vector = self._vectors_of(new, matrix)
            for position, passage in enumerate(new):
                row, same, has_vector = old.pop(passage.passage_id, (0, None, False))
                if same != passage:
                    removed.extend([row] if same else [])
                    row, has_vector = self._next_row, False
                    self._next_row += 1
                    added.append((row, passage))
                if rows_with_vector and not has_vector:
                    blobs.append((row, rows_with_vector[position]))
            removed.extend(row for row, _, _ in old.values())
        self._remove_passages(removed)
        self._write_versions(kind, bodies, deleted=False)
        self._add_passages(added, blobs)

    def _current(self, kind: SourceKind, ids: Sequence[str]) -> dict[str, AnyRow]:
        query = select(sources.c.source_id, sources.c.corpus_version, sources.c.body).where(
            sources.c.kind == kind, sources.c.source_id.in_(ids), sources.c.is_current
        )
        return {row.source_id: row for row in self._connection.execute(query)}

    def _passages(self, kind: SourceKind, ids: Sequence[str]) -> dict[str, dict[str, tuple[int, Passage, bool]]]:
        """Return (row, passage, has a vector) by source id and passage id."""
        with_vector = (vectors.c.row == passages.c.row) & (vectors.c.model_id == (self._model_id or ""))
        query = (
            select(*PASSAGE_COLUMNS, vectors.c.row.is_not(None).label("has_vector"))
            .select_from(passages.outerjoin(vectors, with_vector))
            .where(passages.c.source_kind == kind, passages.c.source_id.in_(ids), passages.c.removed_in.is_(None))
        )
        out: dict[str, dict[str, tuple[int, Passage, bool]]] = {}
        for row in self._connection.execute(query):
            out.setdefault(row.source_id, {})[row.passage_id] = (row.row, read_passage(row), row.has_vector)
        return out

    def _vectors_of(self, new: Sequence[Passage], matrix: Vectors | None) -> list[bytes]:
        if matrix is None:
            return []
        if self._model_id is None:
            raise InvalidInput("vectors need the model_id of the embedder that made them", field="model_id")
        if len(matrix) != len(new):
            raise InvalidInput(f"{len(matrix)} vectors for {len(new)} passages; each needs one", field="vectors")
        return [to_blob(vector) for vector in matrix]

    def _begin(self) -> int:
        if not self._begun:
            self._begun = True
            self.version += 1
            row = {"corpus_version": self.version, "at": self._at, "summary": self._summary}
            self._connection.execute(insert(changes), row)
        return self.version

    def _write_versions(self, kind: SourceKind, bodies: Mapping[str, str], *, deleted: bool) -> None:
        if not bodies:
            return
        version = self._begin()
        retire = update(sources).where(sources.c.kind == kind, sources.c.source_id.in_(bodies), sources.c.is_current)
        self._connection.execute(retire.values(is_current=False))
        fixed = {"kind": kind, "corpus_version": version, "changed_at": self._at, "deleted": deleted}
        rows = [
            {**fixed, "source_id": source_id, "is_current": not deleted, "body": body}
            for source_id, body in bodies.items()
        ]
        self._connection.execute(insert(sources), rows)

    def _remove_passages(self, rows: Sequence[int]) -> None:
        for start in range(0, len(rows), IDS_A_QUERY):
            chunk = rows[start : start + IDS_A_QUERY]
            gone = update(passages).where(passages.c.row.in_(chunk)).values(removed_in=self._begin())
            self._connection.execute(gone)
            # The text stays as history; its vector can be made again.
            self._connection.execute(delete(vectors).where(vectors.c.row.in_(chunk)))

    def _add_passages(self, added: Sequence[tuple[int, Passage]], blobs: Sequence[tuple[int, bytes]]) -> None:
        if added:
            version = self._begin()
            self._connection.execute(insert(passages), [_passage_row(row, passage, version) for row, passage in added])
        if blobs:
            rows = [{"row": row, "model_id": self._model_id, "vector": blob} for row, blob in blobs]
            self._connection.execute(insert(vectors), rows)


PASSAGE_COLUMNS = [column for column in passages.c if column.name not in ("added_in", "removed_in")]


def read_passage(row: AnyRow) -> Passage:
    """Build a passage from a row that has PASSAGE_COLUMNS."""
    return Passage(
        passage_id=row.passage_id,
        source_id=row.source_id,
        kind=SourceKind(row.source_kind),
        lang=Language(row.lang),
        card_ids=msgspec.json.decode(row.card_ids, type=tuple[str, ...]),
        heading=row.heading,
        text=row.text,
    )


def to_blob(vector: Vectors) -> bytes:
    """Return the little-endian float32 bytes of one vector."""
    return np.ascontiguousarray(vector, dtype="<f4").tobytes()


def _passage_row(row: int, passage: Passage, version: int) -> dict[str, object]:
    return {
        "row": row,
        "passage_id": passage.passage_id,
        "source_kind": passage.kind,
        "source_id": passage.source_id,
        "lang": passage.lang,
        "card_ids": msgspec.json.encode(passage.card_ids).decode(),
        "heading": passage.heading,
        "text": passage.text,
        "added_in": version,
    }
