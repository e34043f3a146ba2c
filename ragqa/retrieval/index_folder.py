"""The folder of the index: one process at a time changes it, and what a killed one has left there goes."""

import logging
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

_log = logging.getLogger(__name__)
_WAIT_SECONDS = 60
_WRITER_LOCK = ".tantivy-writer.lock"
"""tantivy holds it (flock) in the folder of every word index that is open for writing."""


@contextmanager
def held(home: Path) -> Iterator[None]:
    """Let no other process save, load or clean up here meanwhile. Raises OSError after a minute of waiting."""
    home.mkdir(parents=True, exist_ok=True)
    with FileLock(home / "index.lock", timeout=_WAIT_SECONDS):
        yield


def live_folder(home: Path) -> Path:
    """Make a folder for the word index of this process; call it, and open the index there, with `home` held."""
    return Path(tempfile.mkdtemp(prefix="live-", dir=home))


def clean_up(home: Path, snapshot: str | None) -> None:
    """Remove what killed processes left: word indexes, unfinished snapshots, and all but the named one.

    Call it with `home` held.
    """
    left = [folder for folder in home.glob("live-*") if not _in_use(folder)]
    left += home.glob("unfinished-*")
    left += [folder for folder in home.glob("[0-9]*-*") if folder.name != snapshot]
    for folder in left:
        shutil.rmtree(folder, ignore_errors=True)
    if left:
        _log.info("removed %d folders that a killed process had left in %s", len(left), home)


def _in_use(folder: Path) -> bool:
    try:
        with FileLock(folder / _WRITER_LOCK, timeout=0):
            return False
    except Timeout:
        return True
