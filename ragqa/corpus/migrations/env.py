"""Alembic's entry: migrates over the connection, inside the transaction, that `open_store` hands in."""

from alembic import context

context.configure(connection=context.config.attributes["connection"])
context.run_migrations()
