"""Sources with their history, passages, vectors, and the list of changes."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the four tables."""
    op.create_table(
        "changes",
        sa.Column("corpus_version", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("at", sa.String(40), nullable=False),
        sa.Column("summary", sa.Text, nullable=False),
    )
    op.create_table(
        "sources",
        sa.Column("kind", sa.String(20), primary_key=True),
        sa.Column("source_id", sa.String(200), primary_key=True),
        sa.Column("corpus_version", sa.Integer, sa.ForeignKey("changes.corpus_version"), primary_key=True),
        sa.Column("changed_at", sa.String(40), nullable=False),
        sa.Column("deleted", sa.Boolean, nullable=False),
        sa.Column("is_current", sa.Boolean, nullable=False),
        sa.Column("body", sa.Text, nullable=False),
    )
    op.create_table(
        "passages",
        sa.Column("row", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("passage_id", sa.String(220), nullable=False),
        sa.Column("source_kind", sa.String(20), nullable=False),
        sa.Column("source_id", sa.String(200), nullable=False),
        sa.Column("lang", sa.String(10), nullable=False),
        sa.Column("card_ids", sa.Text, nullable=False),
        sa.Column("heading", sa.Text, nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("added_in", sa.Integer, sa.ForeignKey("changes.corpus_version"), nullable=False),
        sa.Column("removed_in", sa.Integer, sa.ForeignKey("changes.corpus_version"), nullable=True),
    )
    op.create_table(
        "vectors",
        sa.Column("row", sa.Integer, sa.ForeignKey("passages.row"), primary_key=True),
        sa.Column("model_id", sa.String(300), primary_key=True),
        sa.Column("vector", sa.LargeBinary, nullable=False),
    )
    _create_indexes()


def downgrade() -> None:
    """Drop the four tables and everything in them."""
    for table in ("vectors", "passages", "sources", "changes"):
        op.drop_table(table)


def _create_indexes() -> None:
    current = sa.column("is_current") == sa.true()
    kept = sa.column("removed_in").is_(None)
    op.create_index(
        "one_current_version",
        "sources",
        ["kind", "source_id"],
        unique=True,
        sqlite_where=current,
        postgresql_where=current,
    )
    op.create_index(
        "one_current_passage", "passages", ["passage_id"], unique=True, sqlite_where=kept, postgresql_where=kept
    )
    op.create_index("passages_of_source", "passages", ["source_kind", "source_id"])
    op.create_index("ix_passages_added_in", "passages", ["added_in"])
    op.create_index("ix_passages_removed_in", "passages", ["removed_in"])
