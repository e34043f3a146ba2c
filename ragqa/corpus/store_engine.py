"""Everything about the store that depends on the database product: opening, pragmas, the one writer, migrations."""

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.util import CommandError
from filelock import FileLock, Timeout
from sqlalchemy import Connection, Engine, create_engine, event, make_url, text
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError
from sqlalchemy.pool import QueuePool

from ragqa.errors import ConfigurationError, Overloaded

WRITE_WAIT_SECONDS = 60
_WRITES = "ragqa_writes"
_ADVISORY_LOCK = 7_203_011  # any number, the same in every process that writes to the database
_SQLITE_PRAGMAS = (
    f"PRAGMA busy_timeout = {WRITE_WAIT_SECONDS * 1000}",
    "PRAGMA journal_mode = WAL",
    "PRAGMA synchronous = FULL",
    "PRAGMA foreign_keys = ON",
    "PRAGMA mmap_size = 0",
    "PRAGMA cache_size = -65536",
)


class Database:
    """One opened database, shared by everything that is kept in it; writers of this process wait for one another."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._write_lock = threading.Lock()

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """Open a transaction that sees one moment of the database."""
        with self._engine.begin() as connection:
            yield connection

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """Open the only write transaction of any process; see `write_transaction`. Raises Overloaded."""
        with self._write_lock, write_transaction(self._engine) as connection:
            yield connection

    def close(self) -> None:
        """Close all connections that are not in use."""
        self._engine.dispose()


def open_engine(url: str) -> Engine:
    """Connect, create what is missing, and migrate to the newest tables. Raises ConfigurationError."""
    try:
        engine = _create(url)
        with write_transaction(engine) as connection:
            _migrate(connection)
    except (ArgumentError, NoSuchModuleError, ModuleNotFoundError) as error:
        raise ConfigurationError(f"database_url {url!r} cannot be used: {error}") from error
    except DBAPIError as error:
        raise ConfigurationError(f"cannot open the database {url!r}: {error.orig}") from error
    except OSError as error:
        raise ConfigurationError(f"cannot open the database {url!r}: {error}") from error
    return engine


@contextmanager
def write_transaction(engine: Engine) -> Iterator[Connection]:
    """Open the only write transaction of any process; committed at the end, rolled back by an exception.

    On SQLite the lock file is held past the commit, so that its checkpoint never runs beside another writer
    (SQLite before 3.51.3 can corrupt the database then). Raises Overloaded when another process writes for too long.
    """
    if engine.dialect.name == "sqlite":
        lock = FileLock(f"{engine.url.database}.lock", timeout=WRITE_WAIT_SECONDS, poll_interval=0.01)
        try:
            lock.acquire()
        except Timeout:
            raise Overloaded("another process has been writing to the corpus for a minute; try again") from None
        try:
            with engine.execution_options(**{_WRITES: True}).begin() as connection:
                yield connection
        finally:
            lock.release()
    else:
        with engine.begin() as connection:
            connection.execute(text("SELECT pg_advisory_xact_lock(:number)"), {"number": _ADVISORY_LOCK})
            yield connection


def _create(url: str) -> Engine:
    parsed = make_url(url)
    backend = parsed.get_backend_name()
    if backend == "postgresql":
        return create_engine(parsed, pool_pre_ping=True)
    if backend != "sqlite":
        raise ConfigurationError(f"database_url {url!r}: only sqlite and postgresql are supported")
    if parsed.database in (None, "", ":memory:"):
        raise ConfigurationError(f"database_url {url!r} names no file; write sqlite:///folder/ragqa.db")
    Path(str(parsed.database)).parent.mkdir(parents=True, exist_ok=True)
    # Readers must not wait for one another, hence no upper bound on connections.
    engine = create_engine(parsed, poolclass=QueuePool, max_overflow=-1)
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def _prepare_sqlite(connection: sqlite3.Connection, _record: object) -> None:
    # Transactions are begun by `_begin_sqlite`: Python's own begin is late and never immediate.
    connection.isolation_level = None
    for pragma in _SQLITE_PRAGMAS:
        connection.execute(pragma)


def _begin_sqlite(connection: Connection) -> None:
    writes = connection.get_execution_options().get(_WRITES)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def _migrate(connection: Connection) -> None:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations").replace("%", "%%"))
    config.attributes["connection"] = connection
    try:
        command.upgrade(config, "head")
    except CommandError as error:
        raise ConfigurationError(f"the database is newer than this ragqa, or not ragqa's: {error}") from error
