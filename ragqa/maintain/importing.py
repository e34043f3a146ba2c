"""Importing many sources at once: read and check all, embed them unless they are many, write in one transaction."""

from collections import Counter
from collections.abc import Iterable, Iterator

import msgspec

from ragqa.corpus.passages import passages_of
from ragqa.corpus.sources import SourceKey, id_field, source_key
from ragqa.corpus.store import SqlCorpusStore
from ragqa.corpus.store_write import Upsert, in_batches
from ragqa.corpus.validation import validate
from ragqa.datatypes import Rule, Ruling, Source, SourceKind
from ragqa.errors import InvalidInput, SuspiciousWithdrawals
from ragqa.maintain.change import Index
from ragqa.maintain.embedding import with_known_vectors, with_vectors
from ragqa.maintain.staging import Staging
from ragqa.protocols import Embedder, Progress

SOURCES_A_BATCH = 250
SUSPICIOUS_SHARE = 0.05
SUSPICIOUS_COUNT = 20
EMBED_FIRST_PASSAGES = 2000
"""An import of more new passages than this is written before it is embedded: on two cores that takes hours."""
MAX_REMARKS = 1000


class Remark(msgspec.Struct, frozen=True):
    """Something to tell about one line of an import."""

    line: int
    field: str | None
    message: str


class ImportReport(msgspec.Struct, kw_only=True):
    """What an import did, by kind of source. Of refusals and warnings the first 1000 are kept, all are counted."""

    corpus_version: int = 0
    added: Counter[SourceKind] = msgspec.field(default_factory=Counter)
    changed: Counter[SourceKind] = msgspec.field(default_factory=Counter)
    unchanged: Counter[SourceKind] = msgspec.field(default_factory=Counter)
    refused: int = 0
    refusals: list[Remark] = msgspec.field(default_factory=list)
    warned: int = 0
    warnings: list[Remark] = msgspec.field(default_factory=list)
    unembedded: int = 0
    """Passages of the corpus that are found by names and words, and whose vectors are still to come."""

    def refuse(self, line: int, error: InvalidInput) -> None:
        """Count a line that was not taken."""
        self.refused += 1
        if len(self.refusals) < MAX_REMARKS:
            self.refusals.append(Remark(line, error.field, str(error)))

    def warn(self, line: int, field: str, message: str) -> None:
        """Count a line that was taken although something about it is odd."""
        self.warned += 1
        if len(self.warnings) < MAX_REMARKS:
            self.warnings.append(Remark(line, field, message))


def import_sources(
    items: Iterable[tuple[int, Source | InvalidInput]],
    *,
    store: SqlCorpusStore,
    embedder: Embedder,
    index: Index,
    keep_going: bool = False,
    accept_withdrawals: bool = False,
    progress: Progress | None = None,
    summary: str = "import",
) -> ImportReport:
    """Take over what an importer yields, all or nothing; with `keep_going` all that is sound.

    Nothing is embedded before everything has been read. Up to EMBED_FIRST_PASSAGES new passages are embedded before
    anything is written; more are written first, found by names and words at once, and `embed_missing` makes their
    vectors. `progress` counts passages embedded. Raises InvalidInput (the first refusal, unless `keep_going`) and
    SuspiciousWithdrawals (a source would lose more than 5 % of its rulings and more than 20, unless accepted).
    """
    with Staging() as read, Staging() as embedded:
        reading = _Reading(store, read)
        for batch in in_batches(items, SOURCES_A_BATCH):
            reading.take(batch)
        reading.warn_of_unknown_cards()
        report = reading.report
        if report.refused and not keep_going:
            raise _refused(report)
        if not accept_withdrawals:
            _check_withdrawals(reading.withdrawn, store)
        if reading.passage_count > EMBED_FIRST_PASSAGES:
            batches = in_batches(read.sources(), SOURCES_A_BATCH)
            upserts = with_known_vectors(batches, store=store, model_id=embedder.model_id)
        else:
            upserts = _embedded(read, embedded, reading.passage_count, store, embedder, progress)
        report.corpus_version = store.apply(upserts, model_id=embedder.model_id, summary=summary)
    report.unembedded = len(store.vectors.missing(embedder.model_id))
    index.catch_up()
    return report


def _embedded(
    read: Staging,
    embedded: Staging,
    passage_count: int,
    store: SqlCorpusStore,
    embedder: Embedder,
    progress: Progress | None,
) -> Iterator[Upsert]:
    """Embed everything before the first is given on, so that a failure leaves the corpus as it was."""
    done = 0
    for sources in in_batches(read.sources(), SOURCES_A_BATCH):
        for source, passages, matrix in with_vectors(sources, store=store, embedder=embedder):
            embedded.put_embedded(source, matrix)
            done += len(passages)
        if progress:
            progress(done, passage_count)
    return embedded.upserts(embedder.dimension)


class _Reading:
    """The first pass: refuse, compare with the corpus, stage what differs."""

    def __init__(self, store: SqlCorpusStore, staging: Staging) -> None:
        self._store = store
        self._staging = staging
        self._lines: dict[SourceKey, int] = {}
        self._card_references: dict[str, list[tuple[int, str]]] = {}
        self.report = ImportReport()
        self.withdrawn: Counter[str] = Counter()
        self.passage_count = 0

    def take(self, batch: list[tuple[int, Source | InvalidInput]]) -> None:
        """Check one batch and stage what is new or changed."""
        sound = list(self._sound(batch))
        for kind in SourceKind:
            of_kind = {source_key(source)[1]: source for source in sound if source_key(source)[0] is kind}
            current = self._store.get_many(kind, list(of_kind))
            for source_id, source in of_kind.items():
                self._compare(kind, source, current[source_id].source if source_id in current else None)

    def warn_of_unknown_cards(self) -> None:
        """Tell of cards that are named but neither in the corpus nor in this import."""
        known = self._store.ids(SourceKind.CARD)
        known.update(source_id for kind, source_id in self._lines if kind is SourceKind.CARD)
        for card_id, references in self._card_references.items():
            if card_id not in known:
                for line, source_id in references:
                    self.report.warn(line, "card_ids", f"line {line}: {source_id} names unknown card {card_id!r}")
        self.report.warnings.sort(key=lambda remark: remark.line)

    def _sound(self, batch: list[tuple[int, Source | InvalidInput]]) -> Iterator[Source]:
        for line, source in batch:
            try:
                if isinstance(source, InvalidInput):
                    raise source
                validate(source)
                kind, source_id = source_key(source)
                first = self._lines.setdefault((kind, source_id), line)
                if first != line:
                    raise InvalidInput(f"{kind} {source_id!r} is already on line {first}", field=id_field(kind))
            except InvalidInput as error:
                self.report.refuse(line, error)
                continue
            self._note_cards(line, source)
            yield source

    def _note_cards(self, line: int, source: Source) -> None:
        card_ids = source.card_ids if isinstance(source, Ruling | Rule) else []
        # An alias list may wait for its card: one file of nicknames serves corpora of every size.
        for card_id in dict.fromkeys(card_ids):
            self._card_references.setdefault(card_id, []).append((line, " ".join(source_key(source))))

    def _compare(self, kind: SourceKind, source: Source, current: Source | None) -> None:
        if source == current:
            self.report.unchanged[kind] += 1
            return
        (self.report.changed if current else self.report.added)[kind] += 1
        if isinstance(source, Ruling) and isinstance(current, Ruling) and source.withdrawn and not current.withdrawn:
            self.withdrawn[current.source] += 1
        self._staging.put(source)
        self.passage_count += len(passages_of(source))


def _check_withdrawals(withdrawn: Counter[str], store: SqlCorpusStore) -> None:
    doubtful = {name: count for name, count in withdrawn.items() if count > SUSPICIOUS_COUNT}
    if not doubtful:
        return
    standing = Counter(ruling.source for ruling in store.rulings() if not ruling.withdrawn)
    for name, count in doubtful.items():
        if count > SUSPICIOUS_SHARE * standing[name]:
            raise SuspiciousWithdrawals(
                f"{count} of {standing[name]} current rulings of source {name!r} would be withdrawn at once, which "
                "sources do by mistake too; check it, then import again and accept the withdrawals"
            )


def _refused(report: ImportReport) -> InvalidInput:
    first = report.refusals[0]
    more = f"; {report.refused - 1} more lines are refused" if report.refused > 1 else ""
    message = f"{first.message}{more}; nothing was imported"
    return InvalidInput(message, field=first.field, line=first.line)
