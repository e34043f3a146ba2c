"""Import the whole development data beside the checkout in one go, with progress, counts and refusals by reason.

    python benchmarks/import_shared.py [--data ../shared/data/yugioh] [--home DIR] [--no-faq-vectors]

Files that are absent are skipped with a message. The indexes are built when the service next opens the corpus.
"""

import argparse
import re
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeRemainingColumn
from rich.table import Table

from ragqa.config import Settings
from ragqa.corpus.importers import importer_for, known_cards
from ragqa.corpus.passages import passages_of
from ragqa.corpus.store import SqlCorpusStore, open_store
from ragqa.corpus.store_write import Upsert
from ragqa.datatypes import SourceKind
from ragqa.errors import InvalidInput
from ragqa.maintain import ImportReport, Remark, import_file
from ragqa.retrieval.embedder import load_embedder

FILES = ("cards.jsonl.gz", "rulings.jsonl.gz", "card_faq.jsonl.gz")
RULEBOOKS = "../rules/ygo_*.txt"
_WHERE = re.compile(r"^.*? (?:line|record) \d+: ")
_NAMES = re.compile(r"'[^']*'|\bygo-\S+|\d+")


class NoIndex:
    """Nothing searches while the data is imported."""

    def catch_up(self) -> None:
        """Leave it to the next start."""


class Meter:
    """A progress bar for each file, and what became of each."""

    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        self._task: TaskID | None = None
        self.table = Table("file", "seconds", "passages", "added", "changed", "unchanged", "refused", "warned")
        self.passages = 0

    def begin(self, name: str) -> None:
        self._task = self._progress.add_task(name, total=None)
        self.passages = 0

    def embedded(self, done: int, total: int) -> None:
        self.passages = done
        if self._task is not None:
            self._progress.update(self._task, completed=done, total=total)

    def end(self, name: str, seconds: float, report: ImportReport) -> None:
        counts = (sum(counter.values()) for counter in (report.added, report.changed, report.unchanged))
        numbers = [f"{seconds:.0f}", self.passages, *counts, report.refused, report.warned]
        self.table.add_row(name, *map(str, numbers))
        if not self._progress.console.is_terminal:
            self._progress.console.print(f"{name}: {self.passages} passages in {seconds:.0f} s")


def main() -> None:
    arguments = read_arguments()
    console = Console()
    settings = Settings(home=arguments.home) if arguments.home else Settings()
    settings.home.mkdir(parents=True, exist_ok=True)
    store = open_store(settings.resolved_database_url)
    files = list(present(arguments.data, settings.corpus_dir, console))
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    begun = time.perf_counter()
    reports: list[ImportReport] = []
    with Progress(*columns, console=console) as progress:
        embedder = load_embedder(settings)
        meter = Meter(progress)
        for path in files:
            meter.begin(path.name)
            start = time.perf_counter()
            if arguments.no_faq_vectors and "faq" in path.name:
                report = import_without_vectors(path, store)
            else:
                report = import_file(
                    path,
                    store=store,
                    embedder=embedder,
                    index=NoIndex(),
                    keep_going=True,
                    accept_withdrawals=True,
                    progress=meter.embedded,
                )
            meter.end(path.name, time.perf_counter() - start, report)
            reports.append(report)
    console.print(meter.table)
    tell_reasons("refused", [each for report in reports for each in report.refusals], console)
    tell_reasons("warned", [each for report in reports for each in report.warnings], console)
    counts = ", ".join(f"{store.count(kind)} {kind}" for kind in SourceKind)
    seconds = time.perf_counter() - begun
    console.print(f"In the corpus now: {counts}; version {store.corpus_version()}; {seconds:.0f} s in all.")
    store.close()


def read_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Import the development data beside the checkout.")
    parser.add_argument("--data", type=Path, default=Path("../shared/data/yugioh"))
    parser.add_argument("--home", type=Path, help="folder of the database; default: the setting RAGQA_HOME")
    parser.add_argument(
        "--no-faq-vectors", action="store_true", help="store card supplements, unsearched until embedded"
    )
    return parser.parse_args()


def present(folder: Path, corpus: Path, console: Console) -> Iterator[Path]:
    """Yield the files that are there, cards first, and name the others."""
    for path in (*(folder / name for name in FILES), corpus / "aliases.jsonl"):
        if path.exists():
            yield path
        else:
            console.print(f"{path} is absent and skipped.")
    rulebooks = sorted(folder.glob(RULEBOOKS))
    yield from rulebooks
    if not rulebooks:
        console.print(f"{folder / RULEBOOKS} is absent and skipped.")


def import_without_vectors(path: Path, store: SqlCorpusStore) -> ImportReport:
    """Write sources whose passages no search finds until `embed_missing` has made their vectors."""
    report = ImportReport()

    def upserts() -> Iterator[Upsert]:
        for line, source in importer_for(path, known_cards(store.cards())).read(path):
            if isinstance(source, InvalidInput):
                report.refuse(line, source)
            else:
                report.added[SourceKind.RULE] += 1
                yield source, passages_of(source), None

    report.corpus_version = store.apply(upserts(), model_id=None, summary=f"import {path.name} without vectors")
    return report


def tell_reasons(what: str, remarks: list[Remark], console: Console) -> None:
    """Count remarks by what they say, without the places and names in them, and show one of each."""
    reasons = Counter((each.field or "", _NAMES.sub("…", _WHERE.sub("", each.message))) for each in remarks)
    examples = {_NAMES.sub("…", _WHERE.sub("", each.message)): each.message for each in reversed(remarks)}
    for (field, reason), count in reasons.most_common():
        console.print(f"{what} {count} × {field}: {examples[reason]}", soft_wrap=True, markup=False, highlight=False)


if __name__ == "__main__":
    main()
