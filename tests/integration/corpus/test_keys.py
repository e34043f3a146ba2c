"""Keys of the API in a real database: what is kept of them, and when they stop to hold."""

import datetime
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from ragqa.corpus.audit import Author, acting_as
from ragqa.corpus.keys import KeyStore, Scope
from ragqa.corpus.store import SqlCorpusStore
from ragqa.corpus.store_engine import open_engine
from ragqa.errors import InvalidInput, NotFound


class Clock:
    def __init__(self) -> None:
        self.now = datetime.datetime(2026, 1, 1, tzinfo=datetime.UTC)

    def __call__(self) -> datetime.datetime:
        return self.now

    def forward(self, **span: float) -> None:
        self.now += datetime.timedelta(**span)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def store(database_url: str, clock: Clock) -> Iterator[SqlCorpusStore]:
    opened = SqlCorpusStore(open_engine(database_url), now=clock)
    yield opened
    opened.close()


@pytest.fixture
def keys(store: SqlCorpusStore) -> KeyStore:
    return store.keys


def test_a_key_is_found_by_its_token_alone(keys: KeyStore) -> None:
    key, token = keys.create("shop", {Scope.EVALUATE, Scope.ASK})
    assert (key.name, key.scopes, key.expires_at) == ("shop", ["ask", "evaluate"], None)
    assert token.startswith(f"ragqa_{key.key_id}_")
    assert len(token.rpartition(f"{key.key_id}_")[2]) == 43  # 256 bits in base 64
    assert keys.find(token) == key
    other = keys.create("other", [Scope.ASK])[1]
    for wrong in ("", "ragqa_", token[:-1], token + "A", token.lower(), f"ragqa_{key.key_id}_{other[-43:]}", "é" * 62):
        assert keys.find(wrong) is None


def test_the_database_holds_no_token(keys: KeyStore, tmp_path: Path) -> None:
    _, token = keys.create("shop", [Scope.ASK])
    with sqlite3.connect(tmp_path / "home" / "ragqa.db") as connection:
        dump = "\n".join(connection.iterdump())
    connection.close()
    assert token[-43:] not in dump


def test_an_expired_key_is_none(keys: KeyStore, clock: Clock) -> None:
    key, token = keys.create("guest", [Scope.ASK], valid_for=datetime.timedelta(days=1))
    assert key.expires_at == "2026-01-02T00:00:00+00:00"
    clock.forward(hours=23, minutes=59)
    assert keys.find(token) is not None
    assert keys.any_valid()
    clock.forward(minutes=1)
    assert keys.find(token) is None
    assert not keys.any_valid()
    assert [listed.key_id for listed in keys.list_all()] == [key.key_id]


def test_a_revoked_key_is_none_at_once(keys: KeyStore) -> None:
    key, token = keys.create("lost", [Scope.ADMIN])
    assert keys.revoke(key.key_id).revoked_at == "2026-01-01T00:00:00+00:00"
    assert keys.find(token) is None
    with pytest.raises(NotFound, match="no valid key"):
        keys.revoke(key.key_id)


def test_a_rotated_key_holds_for_the_grace_and_its_successor_for_as_long_as_it_did(
    keys: KeyStore, clock: Clock
) -> None:
    old, old_token = keys.create("bot", [Scope.MAINTAIN], valid_for=datetime.timedelta(days=30))
    clock.forward(days=10)
    new, new_token = keys.rotate(old.key_id, grace=datetime.timedelta(hours=1))
    assert (new.name, new.scopes, new.expires_at) == ("bot", ["maintain"], "2026-02-10T00:00:00+00:00")
    clock.forward(minutes=59)
    assert keys.find(old_token) is not None
    clock.forward(minutes=1)
    assert keys.find(old_token) is None
    assert keys.find(new_token) == new
    with pytest.raises(NotFound):
        keys.rotate(old.key_id)


def test_grace_never_lengthens_a_key(keys: KeyStore) -> None:
    old, _ = keys.create("bot", [Scope.ASK], valid_for=datetime.timedelta(hours=1))
    keys.rotate(old.key_id, grace=datetime.timedelta(days=9))
    assert keys.list_all()[0].expires_at == keys.list_all()[1].expires_at == old.expires_at


def test_use_is_noted_to_the_minute(keys: KeyStore, clock: Clock) -> None:
    key, token = keys.create("shop", [Scope.ASK])
    used = "2026-01-01T00:00:00+00:00"
    for seconds, noted in (
        (0, used),
        (30, used),
        (31, "2026-01-01T00:01:01+00:00"),
    ):
        clock.forward(seconds=seconds)
        found = keys.find(token)
        assert found is not None
        keys.note_use(found)
        assert keys.list_all()[0].last_used_at == noted
    assert key.last_used_at is None


@pytest.mark.parametrize(("name", "scopes", "field"), [(" ", [Scope.ASK], "name"), ("shop", [], "scopes")])
def test_a_key_needs_a_name_and_a_scope(keys: KeyStore, name: str, scopes: list[Scope], field: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        keys.create(name, scopes)
    assert refused.value.field == field


def test_what_happens_to_keys_is_in_the_audit(store: SqlCorpusStore) -> None:
    with acting_as(Author(name="root at the shell")):
        key, _ = store.keys.create("bot", [Scope.ASK])
        new, _ = store.keys.rotate(key.key_id)
        store.keys.revoke(new.key_id)
    told = [(entry.author, entry.action) for entry in store.audit.page()]
    assert told == [
        ("root at the shell", f"revoke key {new.key_id}"),
        ("root at the shell", f"rotate key {key.key_id} to {new.key_id}"),
        ("root at the shell", f"create key {key.key_id}"),
    ]
