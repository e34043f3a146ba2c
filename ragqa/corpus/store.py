"""The corpus store: reads, and the one lock through which every write goes."""

import datetime
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, TypeVar

from sqlalchemy import Engine, Select, func, null, select
from sqlalchemy.exc import IntegrityError

from ragqa.corpus.answered_writes import AnsweredWrites
from ragqa.corpus.audit import Audit
from ragqa.corpus.history import version_on
from ragqa.corpus.keys import KeyStore
from ragqa.corpus.sources import SourceKey, from_json
from ragqa.corpus.store_engine import Database, open_engine
from ragqa.corpus.store_rows import PASSAGE_COLUMNS, AnyRow, read_stored, read_version, with_vectors
from ragqa.corpus.store_tables import changes, passages, sources
from ragqa.corpus.store_write import IDS_A_QUERY, Change, Upsert, each_once, in_batches
from ragqa.corpus.vectors import VectorStore
from ragqa.datatypes import Card, CardAliases, Rule, Ruling, Source, SourceKind
from ragqa.errors import Conflict, NotFound
from ragqa.protocols import PassageChanges, SourceVersion, StoredPassage

AnySource = TypeVar("AnySource", Card, Ruling, Rule, CardAliases)


def open_store(url: str) -> "SqlCorpusStore":
    """Open the database at an SQLAlchemy URL, made or migrated where needed. Raises ConfigurationError."""
    return SqlCorpusStore(open_engine(url))


def utc_now() -> datetime.datetime:
    """Return the present moment."""
    return datetime.datetime.now(datetime.UTC)


class SqlCorpusStore:
    """The truth, in SQLite or PostgreSQL; safe to use from many threads, which read while one of them writes."""

    def __init__(self, engine: Engine, *, now: Callable[[], datetime.datetime] = utc_now) -> None:
        self._database = Database(engine)
        self._now = now
        self.vectors = VectorStore(self._database)
        self.keys = KeyStore(self._database, now)
        self.audit = Audit(self._database)
        self.answered_writes = AnsweredWrites(self._database, now)

    def close(self) -> None:
        """Close all connections that are not in use."""
        self._database.close()

    def corpus_version(self) -> int:
        """Return the number of the last committed change, 0 for an empty corpus."""
        with self._database.read() as connection:
            return connection.scalar(select(func.max(changes.c.corpus_version))) or 0

    def change_mark(self, corpus_version: int) -> str:
        """Return what tells this change from one of the same number in another corpus; empty if there is none."""
        query = select(changes.c.at, changes.c.summary).where(changes.c.corpus_version == corpus_version)
        return " ".join(str(value) for row in self._rows(query) for value in row)

    # Sources

    def card(self, card_id: str) -> Card:
        """Return the current card. Raises NotFound."""
        return self._current(Card, SourceKind.CARD, card_id)

    def ruling(self, ruling_id: str) -> Ruling:
        """Return the current ruling. Raises NotFound."""
        return self._current(Ruling, SourceKind.RULING, ruling_id)

    def rule(self, rule_id: str) -> Rule:
        """Return the current rule. Raises NotFound."""
        return self._current(Rule, SourceKind.RULE, rule_id)

    def source(self, kind: SourceKind, source_id: str) -> SourceVersion:
        """Return the current version of a source of any kind. Raises NotFound."""
        found = self.get_many(kind, [source_id])
        if not found:
            raise NotFound(f"no {kind} {source_id!r} is in the corpus")
        return found[source_id]

    def get_many(self, kind: SourceKind, source_ids: Sequence[str]) -> dict[str, SourceVersion]:
        """Return the current versions by id; ids not in the corpus are left out."""
        out: dict[str, SourceVersion] = {}
        for ids in in_batches(source_ids, IDS_A_QUERY):
            where = (sources.c.kind == kind, sources.c.source_id.in_(ids), sources.c.is_current)
            for row in self._rows(select(sources).where(*where)):
                out[row.source_id] = read_version(row)
        return out

    def sources(self, kind: SourceKind) -> Iterator[Source]:
        """Yield every current source of a kind, by id."""
        query = select(sources.c.body).where(sources.c.kind == kind, sources.c.is_current)
        for rows in self._stream(query.order_by(sources.c.source_id), IDS_A_QUERY):
            for row in rows:
                yield from_json(kind, row.body)

    def cards(self) -> Iterator[Card]:
        """Yield every current card, by id."""
        return (source for source in self.sources(SourceKind.CARD) if isinstance(source, Card))

    def rulings(self) -> Iterator[Ruling]:
        """Yield every current ruling, withdrawn ones included, by id."""
        return (source for source in self.sources(SourceKind.RULING) if isinstance(source, Ruling))

    def aliases(self) -> Iterator[CardAliases]:
        """Yield every current alias list, by card id."""
        return (source for source in self.sources(SourceKind.ALIASES) if isinstance(source, CardAliases))

    def page(self, kind: SourceKind, *, after: str | None = None, limit: int = 50) -> list[Source]:
        """Return at most `limit` current sources of a kind whose ids come after `after`, by id."""
        query = select(sources.c.body).where(sources.c.kind == kind, sources.c.is_current)
        if after is not None:
            query = query.where(sources.c.source_id > after)
        return [from_json(kind, row.body) for row in self._rows(query.order_by(sources.c.source_id).limit(limit))]

    def ids(self, kind: SourceKind) -> set[str]:
        """Return the ids of all current sources of a kind."""
        query = select(sources.c.source_id).where(sources.c.kind == kind, sources.c.is_current)
        return {row.source_id for row in self._rows(query)}

    def count(self, kind: SourceKind) -> int:
        """Return how many current sources of a kind there are."""
        query = select(func.count()).select_from(sources).where(sources.c.kind == kind, sources.c.is_current)
        with self._database.read() as connection:
            return connection.scalar(query) or 0

    def changed_sources(self, version: int) -> list[tuple[SourceKind, str, Source | None]]:
        """Return every source changed after a corpus version as it is now; None where it was removed."""
        # Sorted here: for an order that an index has, SQLite would read that whole index instead of the few rows.
        rows = self._rows(select(sources).where(sources.c.corpus_version > version, sources.c.is_current))
        rows.sort(key=lambda row: (row.corpus_version, row.kind, row.source_id))
        present = {(SourceKind(row.kind), row.source_id): from_json(SourceKind(row.kind), row.body) for row in rows}
        query = select(sources.c.kind, sources.c.source_id).where(sources.c.corpus_version > version)
        touched = {(SourceKind(row.kind), row.source_id) for row in self._rows(query)}
        gone = [(kind, source_id, None) for kind, source_id in sorted(touched - present.keys())]
        return [*gone, *((kind, source_id, source) for (kind, source_id), source in present.items())]

    def history(self, kind: SourceKind, source_id: str) -> list[SourceVersion]:
        """Return every version of a source, oldest first; empty if it never existed."""
        query = select(sources).where(sources.c.kind == kind, sources.c.source_id == source_id)
        return [read_version(row) for row in self._rows(query.order_by(sources.c.corpus_version))]

    def card_as_of(self, card_id: str, iso_date: str) -> Card:
        """Return the card as it read on an ISO date. Raises NotFound if it did not exist then."""
        version = version_on(self.history(SourceKind.CARD, card_id), iso_date)
        if version is None or not isinstance(version.source, Card):
            raise NotFound(f"no card {card_id!r} is known to have existed on {iso_date}")
        return version.source

    # Passages and vectors

    def passages(self, rows: Sequence[int], model_id: str | None = None) -> list[StoredPassage]:
        """Return passages by row, in the order asked, with the vectors of a model if one is named.

        Rows that no longer exist are left out.
        """
        found: dict[int, StoredPassage] = {}
        columns = select(*PASSAGE_COLUMNS, null().label("vector")) if model_id is None else with_vectors(model_id)
        for chunk in in_batches(rows, IDS_A_QUERY):
            query = columns.where(passages.c.row.in_(chunk), passages.c.removed_in.is_(None))
            found.update((row.row, read_stored(row)) for row in self._rows(query))
        return [found[row] for row in rows if row in found]

    def source_passages(
        self, kind: SourceKind, source_ids: Sequence[str], model_id: str
    ) -> dict[str, list[StoredPassage]]:
        """Return the current passages of sources, with the vectors that a model has made of them."""
        out: dict[str, list[StoredPassage]] = {}
        for ids in in_batches(source_ids, IDS_A_QUERY):
            query = with_vectors(model_id).where(passages.c.source_kind == kind, passages.c.source_id.in_(ids))
            for row in self._rows(query.where(passages.c.removed_in.is_(None)).order_by(passages.c.row)):
                out.setdefault(row.source_id, []).append(read_stored(row))
        return out

    def passage_count(self) -> int:
        """Return how many current passages there are."""
        query = select(func.count()).select_from(passages).where(passages.c.removed_in.is_(None))
        with self._database.read() as connection:
            return connection.scalar(query) or 0

    def all_passages(self, model_id: str, batch: int = 2000) -> Iterator[list[StoredPassage]]:
        """Yield every current passage with its vector, by row, all as of one moment.

        An index built from them is at least at the corpus version read before the first batch: read that one
        first, then catch up from it.
        """
        query = with_vectors(model_id).where(passages.c.removed_in.is_(None)).order_by(passages.c.row)
        for rows in self._stream(query, batch):
            yield [read_stored(row) for row in rows]

    def changes_since(self, version: int, model_id: str) -> PassageChanges:
        """Return passages added and rows removed after `version`, vectors of `model_id` included."""
        with self._database.read() as connection:
            newest = connection.scalar(select(func.max(changes.c.corpus_version))) or 0
            # Rows that came and went after `version` are listed as well: an index that was built while writes
            # went on may hold them.
            gone = select(passages.c.row).where(passages.c.removed_in > version)
            removed = sorted(connection.scalars(gone))
            came = with_vectors(model_id).where(passages.c.added_in > version, passages.c.removed_in.is_(None))
            added = sorted(map(read_stored, connection.execute(came)), key=lambda stored: stored.row)
        return PassageChanges(corpus_version=newest, removed_rows=removed, added=added)

    # Writing

    def apply(
        self,
        upserts: Iterable[Upsert],
        deletes: Sequence[SourceKey] = (),
        *,
        model_id: str | None,
        summary: str = "",
        expected: Mapping[SourceKey, int] | None = None,
    ) -> int:
        """Write sources, their passages and vectors in one transaction; return the corpus version after it.

        A source equal to its current version is left alone, and if nothing differs the version stays. `expected`
        gives corpus versions of sources as the caller read them, 0 for one that must not exist yet. `upserts` may
        be a generator; an exception from it undoes everything. Raises DuplicateSource, StaleWrite, Conflict.
        """
        at = self._now().isoformat(timespec="seconds")
        with self._database.write() as connection:
            change = Change(connection, model_id=model_id, at=at, summary=summary)
            change.require(expected or {})
            try:
                change.delete(deletes)
                for batch in in_batches(each_once(upserts, deletes), IDS_A_QUERY):
                    change.upsert(batch)
            except IntegrityError as error:
                raise Conflict(f"two sources make the same passage id; give one another id ({error.orig})") from error
            change.record()
            return change.version

    def _current(self, expected: type[AnySource], kind: SourceKind, source_id: str) -> AnySource:
        source = self.source(kind, source_id).source
        if not isinstance(source, expected):
            raise NotFound(f"{source_id!r} is not a {kind}")
        return source

    def _rows(self, query: Select[*tuple[Any, ...]]) -> list[AnyRow]:
        with self._database.read() as connection:
            return list(connection.execute(query))

    def _stream(self, query: Select[*tuple[Any, ...]], size: int) -> Iterator[Sequence[AnyRow]]:
        with self._database.read() as connection:
            yield from connection.execution_options(yield_per=size).execute(query).partitions()
