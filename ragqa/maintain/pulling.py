"""Bringing the corpus up to date from the public sources: fetch what changed, import what was fetched."""

from collections.abc import Callable
from pathlib import Path

import httpx
import msgspec

from ragqa.corpus.pull import SOURCES, Pace, PublicSource, fetch, write_download
from ragqa.corpus.store import SqlCorpusStore
from ragqa.errors import InvalidInput
from ragqa.maintain.change import Index
from ragqa.maintain.files import import_file
from ragqa.maintain.importing import ImportReport
from ragqa.protocols import Embedder, Progress


class Pulled(msgspec.Struct, frozen=True, kw_only=True):
    """What became of one source; `report` is None where nothing had changed since it was last imported."""

    source: PublicSource
    sha256: str
    size: int
    report: ImportReport | None


def public_sources(game: str) -> tuple[PublicSource, ...]:
    """Return the public sources of a game. Raises InvalidInput."""
    if game not in SOURCES:
        raise InvalidInput(f"no public sources of {game!r} are known; known are {', '.join(SOURCES)}", field="game")
    return SOURCES[game]


def pull(
    sources: tuple[PublicSource, ...],
    folder: Path,
    *,
    client: httpx.Client,
    pace: Pace,
    store: SqlCorpusStore,
    embedder: Embedder,
    index: Index,
    accept_withdrawals: bool = False,
    progress_of: Callable[[str], Progress] | None = None,
) -> list[Pulled]:
    """Fetch each source into `folder` and import it if its content is new to the corpus; sound records are taken.

    What is fetched stays, so that a run that fails goes on where it was. Raises SourceUnavailable,
    SuspiciousWithdrawals.
    """
    out: list[Pulled] = []
    for source in sources:
        download = fetch(source, folder, client, pace)
        report: ImportReport | None = None
        if download.imported != download.sha256:
            report = import_file(
                folder / source.file,
                store=store,
                embedder=embedder,
                index=index,
                keep_going=True,
                accept_withdrawals=accept_withdrawals,
                complete=source.lists_all_rulings,
                progress=progress_of(source.name) if progress_of else None,
            )
            write_download(source, folder, msgspec.structs.replace(download, imported=download.sha256))
        out.append(Pulled(source=source, sha256=download.sha256, size=download.size, report=report))
    return out
