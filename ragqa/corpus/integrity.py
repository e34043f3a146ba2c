"""Whether a database is sound, by its own account."""

from pathlib import Path

from sqlalchemy import make_url
from sqlalchemy.exc import ArgumentError, DBAPIError

from ragqa.corpus.store_engine import open_engine
from ragqa.errors import ConfigurationError

_SOUND = "ok"


def sqlite_file(url: str) -> Path | None:
    """Return the file of a SQLite database; None for another product. Raises ConfigurationError."""
    try:
        parsed = make_url(url)
    except ArgumentError as error:
        raise ConfigurationError(f"database_url {url!r} cannot be used: {error}") from error
    return Path(parsed.database or "") if parsed.get_backend_name() == "sqlite" else None


def integrity_faults(url: str) -> list[str]:
    """Return what SQLite finds wrong in the pages and indexes of its file; PostgreSQL watches its own.

    Raises ConfigurationError if the database cannot be opened at all.
    """
    engine = open_engine(url)
    try:
        if engine.dialect.name != "sqlite":
            return []
        with engine.begin() as connection:
            found = [str(row[0]) for row in connection.exec_driver_sql("PRAGMA integrity_check(20)")]
    except DBAPIError as error:
        return [str(error.orig)]
    finally:
        engine.dispose()
    return [] if found == [_SOUND] else found
