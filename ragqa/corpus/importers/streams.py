"""Opening an import file as plain bytes, whether it is gzipped, zipped or neither; told from its first bytes."""

import gzip
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from io import BufferedIOBase

from ragqa.errors import InvalidInput

_GZIP = b"\x1f\x8b"
_ZIP = b"PK\x03\x04"
_DAMAGE = (EOFError, gzip.BadGzipFile, zipfile.BadZipFile)


@contextmanager
def opened(path: Path) -> Iterator[BufferedIOBase]:
    """Give the file's bytes unpacked, as a stream. Raises InvalidInput (unreadable, damaged, or several in one zip)."""
    try:
        with path.open("rb") as file:
            magic = file.read(4)
        if magic.startswith(_GZIP):
            with gzip.open(path, "rb") as unpacked:
                yield unpacked
        elif magic == _ZIP:
            with zipfile.ZipFile(path) as archive, archive.open(_only_member(archive, path)) as member:
                yield member
        else:
            with path.open("rb") as file:
                yield file
    except _DAMAGE as error:
        raise InvalidInput(f"{path.name} is cut off or damaged: {error}; fetch it again", field="path") from error
    except OSError as error:
        raise InvalidInput(f"cannot read {path}: {error.strerror or error}", field="path") from error


def first_bytes(path: Path, size: int) -> bytes:
    """Return the beginning of the unpacked file. Raises InvalidInput."""
    with opened(path) as file:
        return file.read(size)


def _only_member(archive: zipfile.ZipFile, path: Path) -> str:
    names = [info.filename for info in archive.infolist() if not info.is_dir()]
    if len(names) != 1:
        raise InvalidInput(f"{path.name} holds {len(names)} files; unpack it and import them by name", field="path")
    return names[0]
