"""Joining the sources of one file that have one id, such as a card's languages, without holding them in memory."""

import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import closing

from ragqa.corpus.importers.records import Item
from ragqa.corpus.joining import joined
from ragqa.corpus.sources import from_json, source_key, to_json
from ragqa.datatypes import SourceKind
from ragqa.errors import InvalidInput

_TABLE = "CREATE TABLE met (number INTEGER, kind TEXT, id TEXT, body TEXT, PRIMARY KEY (kind, id))"
_CACHE_KIB = 16_384


def merged_by_id(items: Iterable[Item]) -> Iterator[Item]:
    """Yield what is wrong at once, then each source joined from all that share its id, at the place of the first.

    The sources wait in a temporary SQLite database, which the system keeps on disk beyond a small cache.
    """
    with closing(sqlite3.connect("")) as waiting:
        waiting.execute(f"PRAGMA cache_size = -{_CACHE_KIB}")
        waiting.execute(_TABLE)
        for number, source in items:
            if isinstance(source, InvalidInput):
                yield number, source
                continue
            kind, source_id = source_key(source)
            found = waiting.execute("SELECT body FROM met WHERE kind = ? AND id = ?", (kind, source_id)).fetchone()
            if found is None:
                waiting.execute("INSERT INTO met VALUES (?, ?, ?, ?)", (number, kind, source_id, to_json(source)))
            else:
                body = to_json(joined(from_json(kind, found[0]), source))
                waiting.execute("UPDATE met SET body = ? WHERE kind = ? AND id = ?", (body, kind, source_id))
        for number, kind, body in waiting.execute("SELECT number, kind, body FROM met ORDER BY rowid"):
            yield number, from_json(SourceKind(kind), body)
