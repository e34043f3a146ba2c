"""Import the whole development data beside the checkout in one go, with progress, counts and refusals by reason.

    python -m benchmarks.import_shared [--data ../shared/data/yugioh] [--home DIR] [--no-vectors]

Files that are absent are skipped with a message. Everything is written first; then the vectors are made, rulings first,
after a word on how long that will take. Ctrl-C leaves the rest to the next run, to `ragqa index` or to `ragqa serve`.
"""

import argparse
import re
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeRemainingColumn
from rich.table import Table

from ragqa.config import Settings
from ragqa.corpus.passages import embedding_text
from ragqa.corpus.store import SqlCorpusStore, open_store
from ragqa.datatypes import SourceKind
from ragqa.maintain import ImportReport, Remark, embed_missing, import_file
from ragqa.protocols import Embedder
from ragqa.retrieval.embedder import load_embedder

FILES = ("cards.jsonl.gz", "rulings.jsonl.gz", "card_faq.jsonl.gz")
RULEBOOKS = "../rules/ygo_*.txt"
SAMPLE = 64
"""Texts embedded to tell how long all will take."""
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
        self.table = Table("file", "seconds", "added", "changed", "unchanged", "refused", "warned")

    def begin(self, name: str) -> None:
        self._task = self._progress.add_task(name, total=None)

    def embedded(self, done: int, total: int) -> None:
        if self._task is not None:
            self._progress.update(self._task, completed=done, total=total)

    def end(self, name: str, seconds: float, report: ImportReport) -> None:
        counts = [sum(counter.values()) for counter in (report.added, report.changed, report.unchanged)]
        self.embedded(sum(counts), sum(counts))
        self.table.add_row(name, *map(str, [f"{seconds:.0f}", *counts, report.refused, report.warned]))
        if not self._progress.console.is_terminal:
            self._progress.console.print(f"{name}: written in {seconds:.0f} s")


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
    make_vectors(store, embedder, console, only_tell=arguments.no_vectors)
    store.close()


def read_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Import the development data beside the checkout.")
    parser.add_argument("--data", type=Path, default=Path("../shared/data/yugioh"))
    parser.add_argument("--home", type=Path, help="folder of the database; default: the setting RAGQA_HOME")
    parser.add_argument("--no-vectors", action="store_true", help="leave all vectors of large files to another time")
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


def make_vectors(store: SqlCorpusStore, embedder: Embedder, console: Console, *, only_tell: bool) -> None:
    """Say how long the vectors that are missing will take, by a sample of the texts, and make them."""
    rows = store.vectors.missing(embedder.model_id)
    if not rows:
        return
    sample = [embedding_text(stored.passage) for stored in store.passages(rows[:: max(1, len(rows) // SAMPLE)])]
    embedder.encode_passages(sample[:2])
    start = time.perf_counter()
    embedder.encode_passages(sample)
    rate = len(sample) / (time.perf_counter() - start)
    console.print(
        f"{len(rows)} passages have no vector; at {rate:.0f} a second they take {len(rows) / rate / 60:.0f} min."
    )
    console.print("They are found by names and words until then; rulings come first. Ctrl-C leaves the rest for later.")
    if only_tell:
        return
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with suppress(KeyboardInterrupt), Progress(*columns, console=console) as progress:
        task = progress.add_task("vectors", total=len(rows))
        embed_missing(store, embedder, lambda done, _: progress.update(task, completed=done))
    console.print(f"{len(store.vectors.missing(embedder.model_id))} passages are left without a vector.")


def tell_reasons(what: str, remarks: list[Remark], console: Console) -> None:
    """Count remarks by what they say, without the places and names in them, and show one of each."""
    reasons = Counter((each.field or "", _NAMES.sub("…", _WHERE.sub("", each.message))) for each in remarks)
    examples = {_NAMES.sub("…", _WHERE.sub("", each.message)): each.message for each in reversed(remarks)}
    for (field, reason), count in reasons.most_common():
        console.print(f"{what} {count} × {field}: {examples[reason]}", soft_wrap=True, markup=False, highlight=False)


if __name__ == "__main__":
    main()
