"""Reading records one at a time and turning each into sources; what is wrong is told with file, number and field."""

import io
from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache
from pathlib import Path
from typing import TypeVar

import ijson
import msgspec

from ragqa.corpus.importers.jsonl import misfit
from ragqa.corpus.importers.streams import opened
from ragqa.corpus.validation import validate
from ragqa.datatypes import Source
from ragqa.errors import InvalidInput

Item = tuple[int, Source | InvalidInput]
Record = TypeVar("Record")
MAX_OBJECT_BYTES = 64_000_000
"""Largest file that is one JSON object or one YAML document; larger ones must be lists, which are streamed."""


def sources_of(
    path: Path,
    records: Iterable[tuple[int, object]],
    record_type: type[Record],
    to_sources: Callable[[Record], Iterable[Source]],
    *,
    called: str = "record",
) -> Iterator[Item]:
    """Yield each record's number with each of its sources or with what is wrong with it.

    Where the file breaks off, that is the last thing yielded, and what came before is sound.
    """
    number = 0
    try:
        for number, raw in records:
            for source in _converted(raw, record_type, to_sources):
                yield number, located(path, called, number, source) if isinstance(source, InvalidInput) else source
    except (ijson.JSONError, InvalidInput) as error:
        wrong = error if isinstance(error, InvalidInput) else InvalidInput(f"not JSON from here on: {error}")
        yield number + 1, located(path, called, number + 1, wrong)


def located(path: Path, called: str, number: int, error: InvalidInput) -> InvalidInput:
    """Say in which file and record the error is."""
    return InvalidInput(f"{path.name} {called} {number}: {error}", field=error.field, line=number)


def json_items(path: Path, prefix: str) -> Iterator[tuple[int, object]]:
    """Yield the JSON values under an ijson prefix such as `data.item`, numbered from 1, in flat memory."""
    with opened(path) as file:
        yield from enumerate(ijson.items(file, prefix, use_float=True), start=1)


def json_lines(path: Path) -> Iterator[tuple[int, object]]:
    """Yield the JSON value of each line that is not blank, or what is wrong with it."""
    with opened(path) as file:
        for line, raw in enumerate(file, start=1):
            if raw.strip():
                yield line, _decoded(raw)


def json_members(path: Path, prefix: str) -> Iterator[tuple[str, object]]:
    """Yield key and value of the JSON object under an ijson prefix, one member at a time."""
    with opened(path) as file:
        yield from ijson.kvitems(file, prefix, use_float=True)


def json_object(path: Path) -> Iterator[tuple[int, object]]:
    """Yield the one JSON object that the file is, or what is wrong with it."""
    yield 1, _decoded(whole(path))


def whole(path: Path) -> bytes:
    """Return the unpacked file. Raises InvalidInput where it is too large for one object."""
    with opened(path) as file:
        raw = file.read(MAX_OBJECT_BYTES + 1)
    if len(raw) > MAX_OBJECT_BYTES:
        raise InvalidInput(f"one object of more than {MAX_OBJECT_BYTES} bytes; is it the right file?", field="path")
    return raw


@lru_cache(maxsize=4)
def json_paths(head: bytes) -> frozenset[str]:
    """Return the paths of all keys in the beginning of a JSON file, such as `data.item.name`; it may break off."""
    paths: set[str] = set()
    try:
        for prefix, event, value in ijson.parse(io.BytesIO(head)):
            if event == "map_key":
                paths.add(f"{prefix}.{value}" if prefix else value)
    except (ijson.JSONError, UnicodeDecodeError):
        pass
    return frozenset(paths)


def _decoded(raw: bytes) -> object:
    try:
        return msgspec.json.decode(raw)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        return InvalidInput(f"not JSON: {error}")


def _converted(
    raw: object, record_type: type[Record], to_sources: Callable[[Record], Iterable[Source]]
) -> Iterator[Source | InvalidInput]:
    if isinstance(raw, InvalidInput):
        yield raw
        return
    try:
        for source in to_sources(msgspec.convert(raw, record_type)):
            validate(source)
            yield source
    except msgspec.ValidationError as error:
        yield misfit(str(error))
    except InvalidInput as error:
        yield error
