"""Answers to writes that carried an idempotency key, kept for a day, so that the same write can be sent again."""

import datetime
from collections.abc import Callable

import msgspec
from sqlalchemy import delete, insert, select

from ragqa.corpus.store_engine import Database
from ragqa.corpus.store_tables import answered_writes

KEPT_FOR = datetime.timedelta(hours=24)


class AnsweredWrite(msgspec.Struct, frozen=True, kw_only=True):
    """What was answered to a write; `fingerprint` is a hash of the request."""

    fingerprint: str
    status: int
    headers: dict[str, str]
    body: bytes


class AnsweredWrites:
    """The answers in the store's database, by caller and the caller's idempotency key."""

    def __init__(self, database: Database, now: Callable[[], datetime.datetime]) -> None:
        self._database = database
        self._now = now

    def find(self, caller: str, idempotency_key: str) -> AnsweredWrite | None:
        """Return what was answered within the last day."""
        query = select(answered_writes).where(
            answered_writes.c.caller == caller,
            answered_writes.c.idempotency_key == idempotency_key,
            answered_writes.c.at > self._oldest(),
        )
        with self._database.read() as connection:
            row = connection.execute(query).first()
        if row is None:
            return None
        headers = msgspec.json.decode(row.headers, type=dict[str, str])
        return AnsweredWrite(fingerprint=row.fingerprint, status=row.status, headers=headers, body=row.body)

    def keep(self, caller: str, idempotency_key: str, answer: AnsweredWrite) -> None:
        """Keep an answer, and let go of those that are older than a day."""
        row = {
            "caller": caller,
            "idempotency_key": idempotency_key,
            "fingerprint": answer.fingerprint,
            "status": answer.status,
            "headers": msgspec.json.encode(answer.headers).decode(),
            "body": answer.body,
            "at": self._now().isoformat(timespec="seconds"),
        }
        with self._database.write() as connection:
            connection.execute(delete(answered_writes).where(answered_writes.c.at <= self._oldest()))
            connection.execute(insert(answered_writes), row)

    def _oldest(self) -> str:
        return (self._now() - KEPT_FOR).isoformat(timespec="seconds")
