"""Archives of many files, such as the copy of a repository: each file is read in the format it is in."""

import tarfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path, PurePosixPath
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from ragqa.corpus.importers.merged import merged_by_id
from ragqa.corpus.importers.records import MAX_OBJECT_BYTES, Item
from ragqa.corpus.importers.streams import ZIP, first_bytes
from ragqa.errors import InvalidInput

if TYPE_CHECKING:
    from ragqa.corpus.importers import Importer

_SUFFIXES = (".json", ".yaml", ".yml", ".jsonl", ".cdb")
_TAR_MAGIC, _TAR_MAGIC_AT = b"ustar", 257


class ArchiveImporter:
    """Reads the .json, .yaml, .jsonl and .cdb files of a .zip or .tar(.gz); other files are left out."""

    name = "archive"

    def __init__(self, importer_for: Callable[[Path], "Importer"]) -> None:
        self._importer_for = importer_for

    def recognises(self, path: Path, head: bytes) -> bool:
        """Tell by the first bytes; a zip of a single file is read as that file."""
        return head.startswith(ZIP) or head[_TAR_MAGIC_AT:].startswith(_TAR_MAGIC)

    def read(self, path: Path) -> Iterator[Item]:
        """Yield the sources of each file with its position in the archive; those with one id are joined."""
        return merged_by_id(self._read_all(path))

    def _read_all(self, path: Path) -> Iterator[Item]:
        number = 0
        with TemporaryDirectory() as folder:
            try:
                for number, (name, content) in enumerate(_members(path), start=1):
                    yield from self._read_member(Path(folder, PurePosixPath(name).name), content, number)
            except (tarfile.TarError, zipfile.BadZipFile, EOFError, OSError, zlib.error) as error:
                yield number + 1, InvalidInput(f"{path.name} is cut off or damaged: {error}; fetch it again")

    def _read_member(self, file: Path, content: bytes, number: int) -> Iterator[Item]:
        file.write_bytes(content)
        try:
            for _, source in self._importer_for(file).read(file):
                yield number, source
        except InvalidInput as error:
            yield number, error
        finally:
            file.unlink()


def _members(path: Path) -> Iterator[tuple[str, bytes]]:
    """Yield name and content of each file worth reading, never unpacking anywhere but in memory."""
    if first_bytes(path, len(ZIP)) == ZIP:
        with zipfile.ZipFile(path) as archive:
            for member in archive.infolist():
                if _is_wanted(member.filename, member.file_size):
                    yield member.filename, archive.read(member)
        return
    with tarfile.open(path, "r|*") as archive:
        for entry in archive:
            if entry.isfile() and _is_wanted(entry.name, entry.size):
                content = archive.extractfile(entry)
                yield entry.name, content.read() if content else b""


def _is_wanted(name: str, size: int) -> bool:
    path = PurePosixPath(name)
    hidden = any(part.startswith(".") for part in path.parts)
    return path.suffix.lower() in _SUFFIXES and not hidden and size <= MAX_OBJECT_BYTES
