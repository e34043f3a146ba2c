"""Alembic scripts that bring any earlier database to the present tables; run by `open_store`."""
