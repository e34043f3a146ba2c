"""The vectors of passages, by embedding model; several models may have vectors of the same passage."""

from collections.abc import Sequence

from sqlalchemy import case, func, insert, select

from ragqa.corpus.store_engine import Database
from ragqa.corpus.store_rows import to_blob, with_vectors
from ragqa.corpus.store_tables import passages, vectors
from ragqa.corpus.store_write import IDS_A_QUERY, in_batches
from ragqa.datatypes import SourceKind
from ragqa.errors import InvalidInput
from ragqa.protocols import Vectors


class VectorStore:
    """What passages lack, and have, of the vectors of a model."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def counts(self) -> dict[str, int]:
        """Return of how many current passages each model has a vector."""
        query = (
            select(vectors.c.model_id, func.count())
            .join(passages, passages.c.row == vectors.c.row)
            .where(passages.c.removed_in.is_(None))
            .group_by(vectors.c.model_id)
        )
        with self._database.read() as connection:
            return {model_id: count for model_id, count in connection.execute(query)}

    def missing(self, model_id: str) -> list[int]:
        """Return the rows of current passages that a model has no vector of: rulings first, then rules, then cards.

        Linking finds a card's text without its vector, but a ruling is ranked by how near it is to the question.
        """
        query = with_vectors(model_id).where(passages.c.removed_in.is_(None), vectors.c.row.is_(None))
        turn = case({SourceKind.RULING: 0, SourceKind.RULE: 1}, value=passages.c.source_kind, else_=2)
        with self._database.read() as connection:
            return list(connection.scalars(query.with_only_columns(passages.c.row).order_by(turn, passages.c.row)))

    def put(self, model_id: str, rows: Sequence[int], matrix: Vectors) -> None:
        """Store vectors of a model, (len(rows), dimension) float32; rows that have one or are gone are left alone.

        The corpus version stays: the corpus says the same as before.
        """
        if len(rows) != len(matrix):
            raise InvalidInput(f"{len(matrix)} vectors for {len(rows)} rows; each needs one", field="vectors")
        blobs = dict(zip(rows, map(to_blob, matrix), strict=True))
        with self._database.write() as connection:
            for chunk in in_batches(rows, IDS_A_QUERY):
                query = with_vectors(model_id).where(
                    passages.c.row.in_(chunk), passages.c.removed_in.is_(None), vectors.c.row.is_(None)
                )
                lacking = list(connection.scalars(query.with_only_columns(passages.c.row)))
                new = [{"row": row, "model_id": model_id, "vector": blobs[row]} for row in lacking]
                if new:
                    connection.execute(insert(vectors), new)
