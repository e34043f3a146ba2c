"""One source at a time: add or correct, remove, withdraw."""

from typing import Protocol

import msgspec

from ragqa.corpus.sources import SourceKey, source_key
from ragqa.corpus.store import SqlCorpusStore
from ragqa.corpus.validation import check_iso_date, validate
from ragqa.datatypes import Ruling, Source, SourceKind
from ragqa.errors import DuplicateSource, InvalidInput, NotFound, StaleWrite
from ragqa.maintain.embedding import with_vectors
from ragqa.protocols import Embedder


class Index(Protocol):
    """What searches the corpus and has to follow its changes."""

    def catch_up(self) -> None:
        """Take over every change committed since the last time."""
        ...


def add(
    source: Source,
    *,
    store: SqlCorpusStore,
    embedder: Embedder,
    index: Index,
    replace: bool = True,
    expected_version: int | None = None,
) -> int:
    """Add a source or correct it; return the corpus version, in which the next question already finds it.

    `expected_version` is the source's corpus version as the caller read it, 0 for a new one. Raises InvalidInput,
    DuplicateSource (with `replace=False`), StaleWrite, ModelError; after any of them the corpus is as before.
    """
    validate(source)
    key = source_key(source)
    expected = _expected(key, store, replace=replace, expected_version=expected_version)
    # Embed before writing: a failed embed must leave the source addable.
    upserts = with_vectors([source], store=store, embedder=embedder)
    version = store.apply(upserts, model_id=embedder.model_id, summary=f"add {key[0]} {key[1]}", expected=expected)
    index.catch_up()
    return version


def remove(
    kind: SourceKind, source_id: str, *, store: SqlCorpusStore, index: Index, expected_version: int | None = None
) -> int:
    """Remove a source and its passages, keeping its history; return the corpus version. Raises NotFound, StaleWrite."""
    found = store.source(kind, source_id)
    key = (kind, source_id)
    expected = {key: found.corpus_version if expected_version is None else expected_version}
    version = store.apply([], [key], model_id=None, summary=f"remove {kind} {source_id}", expected=expected)
    index.catch_up()
    return version


def withdraw(
    ruling_id: str,
    date: str,
    superseded_by: str | None = None,
    *,
    store: SqlCorpusStore,
    embedder: Embedder,
    index: Index,
) -> int:
    """Mark a ruling as withdrawn on an ISO date; it stays findable, as withdrawn. Raises NotFound, InvalidInput."""
    check_iso_date(date, "withdrawn")
    current = store.source(SourceKind.RULING, ruling_id)
    if superseded_by is not None and not store.get_many(SourceKind.RULING, [superseded_by]):
        raise InvalidInput(f"ruling {superseded_by!r} is not in the corpus; add it first", field="superseded_by")
    if not isinstance(current.source, Ruling):
        raise NotFound(f"{ruling_id!r} is not a ruling")
    ruling = msgspec.structs.replace(current.source, withdrawn=date, superseded_by=superseded_by)
    version = current.corpus_version
    return add(ruling, store=store, embedder=embedder, index=index, expected_version=version)


def _expected(
    key: SourceKey, store: SqlCorpusStore, *, replace: bool, expected_version: int | None
) -> dict[SourceKey, int]:
    """Refuse early what the store would refuse after the embedding; it checks again, inside the transaction."""
    if replace and expected_version is None:
        return {}
    found = store.get_many(key[0], [key[1]]).get(key[1])
    version = found.corpus_version if found else 0
    if found and not replace:
        raise DuplicateSource(f"{key[0]} {key[1]!r} is already in the corpus; replace it instead")
    if replace and version != expected_version:
        raise StaleWrite(f"{key[0]} {key[1]!r} is at version {version}, not {expected_version}; read it again")
    return {key: version}
