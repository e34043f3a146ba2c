"""The manifest of a prepared 4-bit folder: where it came from, and the size and SHA-256 of every file."""

import hashlib
from pathlib import Path

import msgspec

from ragqa.errors import ModelError

MANIFEST = "ragqa-manifest.json"


class FileEntry(msgspec.Struct, frozen=True):
    """One file of the folder."""

    bytes: int
    sha256: str


class Manifest(msgspec.Struct, frozen=True, kw_only=True):
    """What a prepared folder was made from and what it holds."""

    source: str
    revision: str | None
    format: str
    versions: dict[str, str]
    weight_bytes: dict[str, int]
    files: dict[str, FileEntry]


def file_entry(path: Path) -> FileEntry:
    """Read a file once for its size and SHA-256."""
    with path.open("rb") as opened:
        digest = hashlib.file_digest(opened, "sha256").hexdigest()
    return FileEntry(path.stat().st_size, digest)


def write_manifest(folder: Path, manifest: Manifest) -> None:
    """Write the manifest last: a folder without one was never finished."""
    encoded = msgspec.json.format(msgspec.json.encode(manifest), indent=2)
    (folder / MANIFEST).write_bytes(encoded + b"\n")


def check_manifest(folder: Path, *, checksums: bool = False) -> Manifest:
    """Return the manifest of a folder whose files are all there at full size; `checksums` reads every byte.

    Raises ModelError naming the file that differs.
    """
    path = folder / MANIFEST
    if not path.exists():
        raise ModelError(f"{folder} has no {MANIFEST}: quantizing it was interrupted; run `ragqa quantize` again")
    try:
        manifest = msgspec.json.decode(path.read_bytes(), type=Manifest)
    except msgspec.MsgspecError as error:
        raise ModelError(f"{path} cannot be read ({error}); run `ragqa quantize` again") from error
    for name, entry in manifest.files.items():
        file = folder / name
        if not file.exists() or file.stat().st_size != entry.bytes:
            raise ModelError(f"{file} is missing or not {entry.bytes} bytes long: copy the folder again")
        if checksums and file_entry(file).sha256 != entry.sha256:
            raise ModelError(f"{file} differs from its SHA-256 in {MANIFEST}: copy the folder again")
    return manifest
