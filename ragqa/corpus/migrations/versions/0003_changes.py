"""What changed after a corpus version is found without reading the whole corpus."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Index sources by version; index the removed passages alone, or SQLite reads all that are not removed."""
    op.create_index("ix_sources_corpus_version", "sources", ["corpus_version"])
    op.drop_index("ix_passages_removed_in", "passages")
    removed = sa.column("removed_in").is_not(None)
    op.create_index(
        "ix_passages_removed_in", "passages", ["removed_in"], sqlite_where=removed, postgresql_where=removed
    )


def downgrade() -> None:
    """Index all passages by where they were removed, and sources by id alone."""
    op.drop_index("ix_passages_removed_in", "passages")
    op.create_index("ix_passages_removed_in", "passages", ["removed_in"])
    op.drop_index("ix_sources_corpus_version", "sources")
