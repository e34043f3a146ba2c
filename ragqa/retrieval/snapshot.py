"""A snapshot of the index on disk, so that a start need not read and cut up the whole corpus.

`snapshot.json`, the sidecar, names the folder that holds the newest snapshot, what it was made of, and the SHA-256 of
every file in it: FAISS reads a file with a flipped byte without a word. It is renamed into place last, so a snapshot is
there whole or not at all. A snapshot is a cache of the store: whatever is wrong with it, the index is built anew.
"""

import gc
import hashlib
import logging
import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec

from ragqa import text
from ragqa.protocols import Progress
from ragqa.retrieval import contents, dense, lexical, rows
from ragqa.retrieval.dense import FaissIndex
from ragqa.retrieval.index import CorpusIndex
from ragqa.retrieval.index_folder import clean_up, held, live_folder
from ragqa.retrieval.lexical import TantivyIndex
from ragqa.retrieval.linking import corpus_names, fuzzy, names, packed
from ragqa.retrieval.rows import IndexState

_log = logging.getLogger(__name__)
WORTH_PASSAGES = 5000
"""A smaller corpus is indexed from the store in less than a second, in memory."""
_SIDECAR = "snapshot.json"
_VECTORS, _WORDS, _STATE = "vectors.faiss", "words", "state.msgpack"


class Sidecar(msgspec.Struct, frozen=True, kw_only=True):
    """What a snapshot holds; `mark` tells the corpus it was made of from another one at the same version."""

    folder: str
    corpus_version: int
    mark: str
    model_id: str
    passages: int
    code: str
    sha256: dict[str, str]


class Snapshots:
    """The newest snapshot below one folder, kept up with an index."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._saved = (0, 0, "")

    def fill(self, index: CorpusIndex, progress: Progress | None = None) -> None:
        """Fill an empty index, from the snapshot where it fits, else from the whole store, and save that."""
        if self._folder.exists():
            with held(self._folder), _long_lived():
                sidecar = _read_sidecar(self._folder)
                clean_up(self._folder, sidecar.folder if sidecar else None)
                loaded = sidecar is not None and load_snapshot(index, self._folder, sidecar)
            if loaded:
                self._saved = _moment(index)
                return
        if index.store.passage_count() >= WORTH_PASSAGES:
            with held(self._folder):
                index.lexical = TantivyIndex(live_folder(self._folder))
        index.build(progress)
        self.save(index)

    def save(self, index: CorpusIndex) -> None:
        """Write a snapshot, unless nothing has changed since the last one; a full disk is only logged."""
        now = _moment(index)
        if now == self._saved:
            return
        try:
            if worth_saving(index):
                with held(self._folder):
                    save_snapshot(index, self._folder)
        except OSError as error:
            _log.warning("no snapshot of the index could be written: %s", error)
        else:
            self._saved = now


def _moment(index: CorpusIndex) -> tuple[int, int, str]:
    return index.version, index.unembedded, index.embedder.model_id


@contextmanager
def _long_lived() -> Iterator[None]:
    """Make millions of objects that stay: the garbage collector rests meanwhile, and never looks at them again."""
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.enable()


def worth_saving(index: CorpusIndex) -> bool:
    """Whether an index is large, and of parts that can be written to disk."""
    dense, lexical = index.dense, index.lexical
    on_disk = isinstance(lexical, TantivyIndex) and lexical.folder is not None and isinstance(dense, FaissIndex)
    return on_disk and len(index.rows) >= WORTH_PASSAGES


def save_snapshot(index: CorpusIndex, home: Path) -> None:
    """Write the index as it is now below `home`, which is held."""
    assert isinstance(index.lexical, TantivyIndex)
    assert isinstance(index.dense, FaissIndex)
    unfinished = Path(tempfile.mkdtemp(prefix="unfinished-", dir=home))
    try:
        with index.lock:
            version = index.version
            index.dense.save(unfinished / _VECTORS)
            index.lexical.save(unfinished / _WORDS)
            (unfinished / _STATE).write_bytes(msgspec.msgpack.encode(index.state()))
        sidecar = Sidecar(
            folder=f"{version}-{unfinished.name.removeprefix('unfinished-')}",
            corpus_version=version,
            mark=index.store.change_mark(version),
            model_id=index.embedder.model_id,
            passages=len(index.rows),
            code=_code(),
            sha256={name: _sha256(unfinished / name) for name in _files(unfinished)},
        )
        _sync(unfinished)
        unfinished.rename(home / sidecar.folder)
    except BaseException:
        shutil.rmtree(unfinished, ignore_errors=True)
        raise
    before = _read_sidecar(home)
    _replace(home / _SIDECAR, msgspec.json.format(msgspec.json.encode(sidecar)))
    if before is not None and before.folder != sidecar.folder:
        shutil.rmtree(home / before.folder, ignore_errors=True)


def load_snapshot(index: CorpusIndex, home: Path, sidecar: Sidecar) -> bool:
    """Fill an empty index from a snapshot, and catch up with the store; False, with a log line, if it does not fit.

    `home` is held.
    """
    try:
        if reason := _misfit(sidecar, index, home / sidecar.folder):
            _log.warning("the snapshot of the index is not used and will be made anew: %s", reason)
            return False
        state = msgspec.msgpack.decode((home / sidecar.folder / _STATE).read_bytes(), type=IndexState)
        words = TantivyIndex.opened(home / sidecar.folder / _WORDS, live_folder(home), state.rows)
        vectors = FaissIndex.loaded(home / sidecar.folder / _VECTORS)
    except (OSError, RuntimeError, ValueError, msgspec.MsgspecError) as error:
        _log.warning("the snapshot of the index is damaged and will be made anew: %s", error)
        return False
    index.restore(state, vectors, words, sidecar.corpus_version)
    return True


def _misfit(sidecar: Sidecar, index: CorpusIndex, folder: Path) -> str | None:
    """Why a snapshot cannot serve this index, None if it can."""
    if sidecar.model_id != index.embedder.model_id:
        return f"its vectors are of {sidecar.model_id!r}"
    if sidecar.code != _code():
        return "another version of ragqa made it"
    if sidecar.mark != index.store.change_mark(sidecar.corpus_version):
        return "it is of another corpus"
    if set(sidecar.sha256) != set(_files(folder)):
        return "files are missing or were added"
    damaged = [name for name, sha256 in sidecar.sha256.items() if _sha256(folder / name) != sha256]
    return f"{damaged[0]} does not have the SHA-256 it was written with" if damaged else None


def _code() -> str:
    """Name the code that decides what is in the files: an index made by other code must not be taken over."""
    modules = (text, contents, dense, lexical, rows, corpus_names, fuzzy, names, packed, sys.modules[__name__])
    digest = hashlib.sha256()
    for module in modules:
        digest.update(Path(str(module.__file__)).read_bytes())
    return digest.hexdigest()[:16]


def _read_sidecar(home: Path) -> Sidecar | None:
    try:
        return msgspec.json.decode((home / _SIDECAR).read_bytes(), type=Sidecar)
    except FileNotFoundError:
        return None
    except (OSError, msgspec.MsgspecError) as error:
        _log.warning("the snapshot of the index is not used and will be made anew: %s", error)
        return None


def _files(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _replace(path: Path, content: bytes) -> None:
    """Write a file so that it is there whole or as it was before."""
    new = path.with_name(f"{path.name}.{os.getpid()}")
    new.write_bytes(content)
    _sync_file(new)
    new.rename(path)
    _sync_file(path.parent)


def _sync(folder: Path) -> None:
    for path in (*_tree(folder), folder.parent):
        _sync_file(path)


def _tree(folder: Path) -> Iterator[Path]:
    yield from folder.rglob("*")
    yield folder


def _sync_file(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
