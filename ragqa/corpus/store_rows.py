"""Between rows of the tables and the values of the domain."""

from typing import Any

import msgspec
import numpy as np
from sqlalchemy import Row, Select, select

from ragqa.corpus.sources import from_json
from ragqa.corpus.store_tables import passages, vectors
from ragqa.datatypes import Language, Passage, SourceKind
from ragqa.protocols import SourceVersion, StoredPassage, Vectors

AnyRow = Row[*tuple[Any, ...]]
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


def passage_row(row: int, passage: Passage, version: int) -> dict[str, object]:
    """Return the column values of a passage that a change adds."""
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


def with_vectors(model_id: str) -> Select[*tuple[Any, ...]]:
    """Select PASSAGE_COLUMNS, and the vector of a model where it has one."""
    of_model = (vectors.c.row == passages.c.row) & (vectors.c.model_id == model_id)
    return select(*PASSAGE_COLUMNS, vectors.c.vector).select_from(passages.outerjoin(vectors, of_model))


def read_stored(row: AnyRow) -> StoredPassage:
    """Build a stored passage from a row of `with_vectors`."""
    vector = None if row.vector is None else np.frombuffer(row.vector, dtype="<f4")
    return StoredPassage(row.row, read_passage(row), vector)


def read_version(row: AnyRow) -> SourceVersion:
    """Build a version from a row of the sources."""
    return SourceVersion(
        source=from_json(SourceKind(row.kind), row.body),
        corpus_version=row.corpus_version,
        changed_at=row.changed_at,
        deleted=row.deleted,
    )
