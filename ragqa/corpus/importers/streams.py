"""Opening an import file as plain bytes, whether it is gzipped, zipped or neither; told from its first bytes."""

import gzip
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, cast

from ragqa.errors import InvalidInput

GZIP = b"\x1f\x8b"
ZIP = b"PK\x03\x04"
_BOM = b"\xef\xbb\xbf"
_DAMAGE = (EOFError, gzip.BadGzipFile, zipfile.BadZipFile, zlib.error)


@contextmanager
def opened(path: Path) -> Iterator[IO[bytes]]:
    """Give the file's bytes unpacked and without a byte order mark, as a stream.

    Raises InvalidInput: unreadable, damaged, or several files in one zip.
    """
    try:
        magic = _magic(path)
        if magic.startswith(GZIP):
            with gzip.open(path, "rb") as unpacked:
                yield _past_bom(cast(IO[bytes], unpacked))
        elif magic == ZIP:
            with zipfile.ZipFile(path) as archive, archive.open(_only_member(archive, path)) as member:
                yield _past_bom(member)
        else:
            with path.open("rb") as file:
                yield _past_bom(file)
    except _DAMAGE as error:
        raise InvalidInput(f"{path.name} is cut off or damaged: {error}; fetch it again", field="path") from error
    except OSError as error:
        raise InvalidInput(f"cannot read {path}: {error.strerror or error}", field="path") from error


def first_bytes(path: Path, size: int) -> bytes:
    """Return the beginning of the unpacked file, of a zip of several files that of the zip. Raises InvalidInput."""
    if _is_archive(path):
        with path.open("rb") as archive:
            return archive.read(size)
    with opened(path) as file:
        return file.read(size)


def _is_archive(path: Path) -> bool:
    try:
        if _magic(path) != ZIP:
            return False
        with zipfile.ZipFile(path) as archive:
            return len([member for member in archive.infolist() if not member.is_dir()]) > 1
    except (OSError, zipfile.BadZipFile):
        return False


def _magic(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(4)


def _past_bom(file: IO[bytes]) -> IO[bytes]:
    if file.read(len(_BOM)) != _BOM:
        file.seek(0)
    return file


def _only_member(archive: zipfile.ZipFile, path: Path) -> str:
    names = [member.filename for member in archive.infolist() if not member.is_dir()]
    if len(names) != 1:
        raise InvalidInput(f"{path.name} holds {len(names)} files; unpack it and import them by name", field="path")
    return names[0]
