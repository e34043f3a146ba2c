"""Importing a file of any format: what it lacks the corpus keeps, and where two sources disagree is told."""

import datetime
from collections.abc import Iterable, Iterator
from pathlib import Path

import msgspec

from ragqa.corpus.importers import importer_for, known_cards
from ragqa.corpus.importers.compiled import CompiledRulings
from ragqa.corpus.importers.jsonl import JsonlImporter
from ragqa.corpus.importers.records import Item
from ragqa.corpus.joining import disagreements, joined
from ragqa.corpus.sources import SourceKey, source_key
from ragqa.corpus.store import SqlCorpusStore
from ragqa.corpus.store_write import in_batches
from ragqa.datatypes import Card, Rule, Ruling, Source, SourceKind
from ragqa.errors import InvalidInput
from ragqa.maintain.change import Index
from ragqa.maintain.importing import MAX_REMARKS, SOURCES_A_BATCH, ImportReport, import_sources
from ragqa.protocols import Embedder, Progress


def import_file(
    path: Path,
    *,
    store: SqlCorpusStore,
    embedder: Embedder,
    index: Index,
    keep_going: bool = False,
    accept_withdrawals: bool = False,
    complete: bool = False,
    progress: Progress | None = None,
) -> ImportReport:
    """Import a file of any known format; ragqa's own JSONL replaces, every other format is joined with the corpus.

    `complete` says that the file lists every ruling that its source still has: the others are withdrawn today.
    Raises InvalidInput, SuspiciousWithdrawals; see `import_sources`.
    """
    importer = importer_for(path)
    if isinstance(importer, JsonlImporter):
        joining, items = None, importer.read(path)
    else:
        knows_withdrawals = complete or isinstance(importer, CompiledRulings)
        joining = _Joining(path.name, store, knows_withdrawals=knows_withdrawals)
        items = joining.joined(importer_for(path, known_cards(store.cards())).read(path))
        if complete:
            items = _withdrawing_the_missing(items, store)

    def run(sources: Iterable[Item], what: str) -> ImportReport:
        return import_sources(
            sources,
            store=store,
            embedder=embedder,
            index=index,
            keep_going=keep_going,
            accept_withdrawals=accept_withdrawals,
            progress=progress,
            summary=f"{what} {path.name}",
        )

    report = run(items, "import")
    if joining:
        if joining.later:
            # Written after the older version, so that the history has both and the later one is in force.
            restored = run(enumerate(joining.later, start=1), "keep what is later than")
            report.corpus_version = restored.corpus_version
        report.warned += joining.remarks.warned
        report.warnings = (report.warnings + joining.remarks.warnings)[:MAX_REMARKS]
    return report


class _Joining:
    """Joins what is read with what the corpus has, and remembers where they disagree."""

    def __init__(self, name: str, store: SqlCorpusStore, *, knows_withdrawals: bool) -> None:
        self._name = name
        self._store = store
        self._knows_withdrawals = knows_withdrawals
        self.remarks = ImportReport()
        self.later: list[Source] = []

    def joined(self, items: Iterable[Item]) -> Iterator[Item]:
        """Yield the items, each source with the languages and facts that only the corpus has."""
        for batch in in_batches(items, SOURCES_A_BATCH):
            current = self._current(source for _, source in batch if not isinstance(source, InvalidInput))
            for line, source in batch:
                if isinstance(source, InvalidInput) or source_key(source) not in current:
                    yield line, source
                else:
                    yield line, self._joined(line, current[source_key(source)], source)

    def _current(self, sources: Iterable[Source]) -> dict[SourceKey, Source]:
        ids: dict[SourceKind, list[str]] = {}
        for kind, source_id in map(source_key, sources):
            ids.setdefault(kind, []).append(source_id)
        return {
            (kind, source_id): version.source
            for kind, of_kind in ids.items()
            for source_id, version in self._store.get_many(kind, of_kind).items()
        }

    def _joined(self, line: int, current: Source, new: Source) -> Source:
        out = joined(current, new)
        if self._knows_withdrawals and isinstance(out, Ruling) and isinstance(new, Ruling):
            out = msgspec.structs.replace(out, withdrawn=new.withdrawn)
        older = _is_older(new, current)
        # A supplement names its date as part of its source, so another source there is no other teller.
        if not isinstance(new, Rule) and current.source != new.source:
            self._tell(line, current, new, older=older)
        if not older:
            return out
        if any(version.source == out for version in self._store.history(*source_key(out))):
            return current
        self.later.append(joined(new, current))
        return out

    def _tell(self, line: int, current: Source, new: Source, *, older: bool) -> None:
        outcome = "the corpus keeps its later text" if older else "the new text holds, the history keeps the other"
        for field in disagreements(current, new):
            what = " ".join(source_key(new))
            message = f"{self._name} line {line}: {field} of {what} is not as {current.source!r} has it; {outcome}"
            self.remarks.warn(line, field, message)


def _is_older(new: Source, current: Source) -> bool:
    if not isinstance(new, Card) or not isinstance(current, Card) or not new.valid_from or not current.valid_from:
        return False
    return new.valid_from < current.valid_from


def _withdrawing_the_missing(items: Iterable[Item], store: SqlCorpusStore) -> Iterator[Item]:
    """Yield the items, then every current ruling of the same sources that was not among them, withdrawn today."""
    seen: set[str] = set()
    names: set[str] = set()
    number, refused = 0, False
    for number, source in items:
        refused = refused or isinstance(source, InvalidInput)
        if isinstance(source, Ruling):
            seen.add(source.ruling_id)
            names.add(source.source)
        yield number, source
    if refused:
        # A ruling that could not be read is not gone.
        return
    today = datetime.datetime.now(datetime.UTC).date().isoformat()
    for ruling in store.rulings():
        if ruling.source in names and not ruling.withdrawn and ruling.ruling_id not in seen:
            number += 1
            yield number, msgspec.structs.replace(ruling, withdrawn=today)
