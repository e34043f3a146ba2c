"""The tables of the corpus store, as the newest migration leaves them."""

from sqlalchemy import (
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    true,
)

metadata = MetaData()

changes = Table(
    "changes",
    metadata,
    Column("corpus_version", Integer, primary_key=True, autoincrement=False),
    Column("at", String(40), nullable=False),
    Column("summary", Text, nullable=False),
)

# Every version of every source; the one in force is marked, a deleted source has none in force.
sources = Table(
    "sources",
    metadata,
    Column("kind", String(20), primary_key=True),
    Column("source_id", String(200), primary_key=True),
    Column("corpus_version", ForeignKey("changes.corpus_version"), primary_key=True, index=True),
    Column("changed_at", String(40), nullable=False),
    Column("deleted", Boolean, nullable=False),
    Column("is_current", Boolean, nullable=False),
    Column("body", Text, nullable=False),
)
Index(
    "one_current_version",
    sources.c.kind,
    sources.c.source_id,
    unique=True,
    sqlite_where=sources.c.is_current == true(),
    postgresql_where=sources.c.is_current == true(),
)

# Rows are the ids in every index: given out upwards, and never deleted, so never used twice.
passages = Table(
    "passages",
    metadata,
    Column("row", Integer, primary_key=True, autoincrement=False),
    Column("passage_id", String(220), nullable=False),
    Column("source_kind", String(20), nullable=False),
    Column("source_id", String(200), nullable=False),
    Column("lang", String(10), nullable=False),
    Column("card_ids", Text, nullable=False),
    Column("heading", Text, nullable=False),
    Column("text", Text, nullable=False),
    Column("added_in", ForeignKey("changes.corpus_version"), nullable=False, index=True),
    Column("removed_in", ForeignKey("changes.corpus_version"), nullable=True),
)
# Of the removed alone: with the others in it, SQLite would look up what was added by reading all that is not removed.
Index(
    "ix_passages_removed_in",
    passages.c.removed_in,
    sqlite_where=passages.c.removed_in.is_not(None),
    postgresql_where=passages.c.removed_in.is_not(None),
)
Index("passages_of_source", passages.c.source_kind, passages.c.source_id)
Index(
    "one_current_passage",
    passages.c.passage_id,
    unique=True,
    sqlite_where=passages.c.removed_in.is_(None),
    postgresql_where=passages.c.removed_in.is_(None),
)

vectors = Table(
    "vectors",
    metadata,
    Column("row", ForeignKey("passages.row"), primary_key=True),
    Column("model_id", String(300), primary_key=True),
    Column("vector", LargeBinary, nullable=False),
)

# Of a key only the SHA-256 of its secret is kept; a revoked or expired one stays, for the audit to name it.
api_keys = Table(
    "api_keys",
    metadata,
    Column("key_id", String(20), primary_key=True),
    Column("name", String(200), nullable=False),
    Column("digest", String(64), nullable=False),
    Column("scopes", String(200), nullable=False),
    Column("created_at", String(40), nullable=False),
    Column("expires_at", String(40), nullable=True),
    Column("revoked_at", String(40), nullable=True),
    Column("last_used_at", String(40), nullable=True),
)

# One row a committed write; a write of many sources has no kind and id, its corpus version finds them in `sources`.
audit = Table(
    "audit",
    metadata,
    Column("number", Integer, primary_key=True, autoincrement=True),
    Column("at", String(40), nullable=False),
    Column("author", String(200), nullable=False),
    Column("key_id", String(20), nullable=True),
    Column("request_id", String(64), nullable=True),
    Column("action", String(200), nullable=False),
    Column("kind", String(20), nullable=True),
    Column("source_id", String(200), nullable=True),
    Column("sources", Integer, nullable=False),
    Column("version_before", Integer, nullable=True),
    Column("version_after", Integer, nullable=True),
)

answered_writes = Table(
    "answered_writes",
    metadata,
    Column("caller", String(200), primary_key=True),
    Column("idempotency_key", String(200), primary_key=True),
    Column("fingerprint", String(64), nullable=False),
    Column("status", Integer, nullable=False),
    Column("headers", Text, nullable=False),
    Column("body", LargeBinary, nullable=False),
    Column("at", String(40), nullable=False, index=True),
)
