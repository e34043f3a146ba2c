"""Opening: folders, pragmas, migrations, unusable URLs."""

from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import text

from ragqa.corpus.store import open_store
from ragqa.corpus.store_engine import open_engine, write_transaction
from ragqa.corpus.store_tables import metadata
from ragqa.errors import ConfigurationError


def test_folder_is_made_and_opening_again_keeps_everything(database_url: str, tmp_path: Path) -> None:
    open_store(database_url).close()
    assert (tmp_path / "home" / "ragqa.db").is_file()
    store = open_store(database_url)
    assert store.corpus_version() == 0
    store.close()


def test_migrations_lead_to_the_tables_the_code_uses(database_url: str) -> None:
    engine = open_engine(database_url)
    with engine.begin() as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []
        assert connection.scalar(text("SELECT version_num FROM alembic_version")) == "0003"
    engine.dispose()


@pytest.mark.parametrize(
    "query",
    [
        "SELECT row FROM passages WHERE removed_in > 5",
        "SELECT row FROM passages WHERE added_in > 5 AND removed_in IS NULL",
        "SELECT body FROM sources WHERE corpus_version > 5 AND is_current = 1",
    ],
)
def test_sqlite_looks_up_what_changed_instead_of_reading_everything(query: str, database_url: str) -> None:
    engine = open_engine(database_url)
    with engine.begin() as connection:
        plan = [row.detail for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {query}")]
    assert len(plan) == 1
    assert plan[0].startswith("SEARCH")
    engine.dispose()


def test_sqlite_is_durable_and_checked(database_url: str) -> None:
    engine = open_engine(database_url)
    expected = {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1, "mmap_size": 0, "busy_timeout": 60000}
    with engine.begin() as connection:
        found = {name: connection.exec_driver_sql(f"PRAGMA {name}").scalar() for name in expected}
    assert found == expected
    engine.dispose()


def test_failed_write_transaction_frees_the_lock(database_url: str) -> None:
    engine = open_engine(database_url)
    with pytest.raises(KeyError), write_transaction(engine):
        raise KeyError
    with write_transaction(engine) as connection:
        connection.execute(text("INSERT INTO changes VALUES (1, 'now', '')"))
    with engine.begin() as connection:
        assert connection.scalar(text("SELECT count(*) FROM changes")) == 1
    engine.dispose()


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("sqlite://", "names no file"),
        ("sqlite:///:memory:", "names no file"),
        ("mysql://host/x", "only sqlite and postgresql"),
        ("ragqa.db", "cannot be used"),
    ],
)
def test_unusable_urls(url: str, says: str) -> None:
    with pytest.raises(ConfigurationError, match=says):
        open_store(url)


def test_file_that_is_no_database(tmp_path: Path) -> None:
    (tmp_path / "x.db").write_bytes(b"not a database, but long enough to be read as one" * 100)
    with pytest.raises(ConfigurationError, match="file is not a database"):
        open_store(f"sqlite:///{tmp_path / 'x.db'}")


def test_folder_that_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(ConfigurationError, match="cannot open the database"):
        open_store(f"sqlite:///{tmp_path / 'file' / 'x.db'}")


def test_database_of_a_newer_version(database_url: str) -> None:
    engine = open_engine(database_url)
    with write_transaction(engine) as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    engine.dispose()
    with pytest.raises(ConfigurationError, match="newer than this ragqa"):
        open_store(database_url)
