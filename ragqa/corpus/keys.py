"""Keys of the API: random, shown once, kept as a hash, and never deleted."""

import datetime
import hashlib
import hmac
import re
import secrets
from collections.abc import Callable, Collection
from enum import StrEnum
from typing import Any

import msgspec
from sqlalchemy import Connection, func, insert, or_, select, update

from ragqa.corpus.audit import record
from ragqa.corpus.store_engine import Database
from ragqa.corpus.store_rows import AnyRow
from ragqa.corpus.store_tables import api_keys
from ragqa.errors import InvalidInput, NotFound

PREFIX = "ragqa_"
SECRET_BYTES = 32
_USE_NOTED_AFTER = datetime.timedelta(minutes=1)
_TOKEN = re.compile(rf"{PREFIX}([0-9a-f]{{12}})_([A-Za-z0-9_-]{{43}})")


class Scope(StrEnum):
    """What a key may do: ask and read, change the corpus, start evaluations, or all of it and manage keys."""

    ASK = "ask"
    MAINTAIN = "maintain"
    EVALUATE = "evaluate"
    ADMIN = "admin"


class ApiKey(msgspec.Struct, frozen=True, kw_only=True):
    """What may be told of a key; moments are ISO 8601 in UTC."""

    key_id: str
    name: str
    scopes: list[Scope]
    created_at: str
    expires_at: str | None
    revoked_at: str | None
    last_used_at: str | None


class KeyStore:
    """The keys in the store's database."""

    def __init__(self, database: Database, now: Callable[[], datetime.datetime]) -> None:
        self._database = database
        self._now = now

    def create(
        self, name: str, scopes: Collection[Scope], *, valid_for: datetime.timedelta | None = None
    ) -> tuple[ApiKey, str]:
        """Make a key; return it with its token, which nobody can show again. Raises InvalidInput."""
        if not name.strip():
            raise InvalidInput("a key needs a name that says whose it is", field="name")
        if not scopes:
            raise InvalidInput(f"a key needs a scope: {', '.join(Scope)}", field="scopes")
        with self._database.write() as connection:
            return self._insert(connection, name.strip(), scopes, valid_for, action="create key")

    def list_all(self) -> list[ApiKey]:
        """Return every key there ever was, oldest first."""
        with self._database.read() as connection:
            rows = connection.execute(select(api_keys).order_by(api_keys.c.created_at, api_keys.c.key_id))
            return [_key(row) for row in rows]

    def any_valid(self) -> bool:
        """Whether at least one key could be used now."""
        with self._database.read() as connection:
            return bool(connection.scalar(select(func.count()).select_from(api_keys).where(*self._valid())))

    def find(self, token: str) -> ApiKey | None:
        """Return the key of a token if it is neither expired nor revoked, and note its use, to the minute."""
        match = _TOKEN.fullmatch(token)
        if match is None:
            return None
        with self._database.read() as connection:
            row = connection.execute(select(api_keys).where(api_keys.c.key_id == match[1], *self._valid())).first()
        if row is None or not hmac.compare_digest(row.digest, _digest(token)):
            return None
        return _key(row)

    def note_use(self, key: ApiKey) -> None:
        """Write down that a key was used, unless that is written down for this minute already."""
        now = self._now()
        last = key.last_used_at and datetime.datetime.fromisoformat(key.last_used_at)
        if not last or now - last >= _USE_NOTED_AFTER:
            with self._database.write() as connection:
                self._change(connection, key.key_id, last_used_at=_iso(now))

    def rotate(self, key_id: str, *, grace: datetime.timedelta = datetime.timedelta()) -> tuple[ApiKey, str]:
        """Make a successor with the same name, scopes and span of validity; the old key ends after `grace`.

        Raises NotFound if there is no such key, or none that is still valid.
        """
        now = self._now()
        with self._database.write() as connection:
            old = self._require(connection, key_id)
            span = None
            if old.expires_at is not None:
                span = datetime.datetime.fromisoformat(old.expires_at) - datetime.datetime.fromisoformat(old.created_at)
            made = self._insert(connection, old.name, old.scopes, span, action=f"rotate key {key_id} to")
            end = _iso(now + grace)
            self._change(connection, key_id, expires_at=min(end, old.expires_at or end))
        return made

    def revoke(self, key_id: str) -> ApiKey:
        """End a key at once. Raises NotFound if there is no such key, or none that is still valid."""
        with self._database.write() as connection:
            self._require(connection, key_id)
            self._change(connection, key_id, revoked_at=_iso(self._now()))
            record(connection, at=_iso(self._now()), action=f"revoke key {key_id}")
            row = connection.execute(select(api_keys).where(api_keys.c.key_id == key_id)).one()
        return _key(row)

    def _insert(
        self,
        connection: Connection,
        name: str,
        scopes: Collection[Scope],
        valid_for: datetime.timedelta | None,
        *,
        action: str,
    ) -> tuple[ApiKey, str]:
        now = self._now()
        key_id = secrets.token_hex(6)
        token = f"{PREFIX}{key_id}_{secrets.token_urlsafe(SECRET_BYTES)}"
        row = {
            "key_id": key_id,
            "name": name,
            "digest": _digest(token),
            "scopes": " ".join(scope for scope in Scope if scope in scopes),
            "created_at": _iso(now),
            "expires_at": None if valid_for is None else _iso(now + valid_for),
        }
        connection.execute(insert(api_keys), row)
        record(connection, at=_iso(now), action=f"{action} {key_id}")
        return _key(connection.execute(select(api_keys).where(api_keys.c.key_id == key_id)).one()), token

    def _require(self, connection: Connection, key_id: str) -> ApiKey:
        row = connection.execute(select(api_keys).where(api_keys.c.key_id == key_id, *self._valid())).first()
        if row is None:
            raise NotFound(f"no valid key {key_id!r}; `ragqa keys list` shows all of them")
        return _key(row)

    def _change(self, connection: Connection, key_id: str, **values: str) -> None:
        connection.execute(update(api_keys).where(api_keys.c.key_id == key_id).values(**values))

    def _valid(self) -> tuple[Any, ...]:
        unexpired = or_(api_keys.c.expires_at.is_(None), api_keys.c.expires_at > _iso(self._now()))
        return api_keys.c.revoked_at.is_(None), unexpired


def _digest(token: str) -> str:
    # A plain hash is enough for 256 random bits: there is nothing to guess.
    return hashlib.sha256(token.encode()).hexdigest()


def _iso(moment: datetime.datetime) -> str:
    return moment.isoformat(timespec="seconds")


def _key(row: AnyRow) -> ApiKey:
    return ApiKey(
        key_id=row.key_id,
        name=row.name,
        scopes=[Scope(scope) for scope in row.scopes.split()],
        created_at=row.created_at,
        expires_at=row.expires_at,
        revoked_at=row.revoked_at,
        last_used_at=row.last_used_at,
    )
