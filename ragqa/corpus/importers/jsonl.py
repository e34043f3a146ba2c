"""ragqa's own JSONL: one card, ruling, rule or alias list a line, told apart by its id field."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import IO

import msgspec

from ragqa.corpus.importers.streams import opened
from ragqa.corpus.sources import SOURCE_TYPES, SourceKey, id_field, kind_of_fields, source_key
from ragqa.corpus.validation import validate
from ragqa.datatypes import Source
from ragqa.errors import InvalidInput

MAX_LINE_BYTES = 4_000_000
_BOM = b"\xef\xbb\xbf"
_PATH = re.compile(r"^(?P<what>.*?)(?: - at (?P<key>`key` in )?`\$\.?(?P<path>[^`]*)`)?$", re.DOTALL)
_NAMED_FIELD = re.compile(r"(?:unknown|required) field `(?P<field>[^`]*)`")
_ENUM_VALUE = re.compile(r"Invalid enum value '(?P<value>[^']*)'")


class JsonlImporter:
    """Reads ragqa's JSONL line by line; blank lines and a byte order mark are allowed."""

    name = "ragqa JSONL"

    def recognises(self, path: Path, head: bytes) -> bool:
        """Tell by the first line that is not blank; a damaged one is ours if the file is called .jsonl."""
        first = next((line for line in head.removeprefix(_BOM).splitlines() if line.strip()), b"")
        try:
            fields = msgspec.json.decode(first)
        except (msgspec.DecodeError, UnicodeDecodeError):
            return path.suffix in (".jsonl", ".ndjson")
        return isinstance(fields, dict) and kind_of_fields(fields) is not None

    def read(self, path: Path) -> Iterator[tuple[int, Source | InvalidInput]]:
        """Yield each line's number, from 1, with its source or with what is wrong with it."""
        first_lines: dict[SourceKey, int] = {}
        with opened(path) as file:
            for line, raw in _lines(file):
                try:
                    source = _read_line(raw)
                    key = source_key(source)
                    first = first_lines.setdefault(key, line)
                    if first != line:
                        field = id_field(key[0])
                        raise InvalidInput(f"{key[0]} {key[1]!r} is already on line {first}", field=field)
                except InvalidInput as error:
                    yield line, InvalidInput(f"{path.name} line {line}: {error}", field=error.field, line=line)
                else:
                    yield line, source


def _lines(file: IO[bytes]) -> Iterator[tuple[int, bytes]]:
    """Yield lines that are not blank, with their numbers; of one that is too long only its beginning."""
    line = 0
    while raw := file.readline(MAX_LINE_BYTES + 1):
        line += 1
        rest = raw
        while len(rest) > MAX_LINE_BYTES and not rest.endswith(b"\n"):
            rest = file.readline(MAX_LINE_BYTES + 1)
        raw = raw.removeprefix(_BOM) if line == 1 else raw
        if raw.strip():
            yield line, raw


def _read_line(raw: bytes) -> Source:
    if len(raw) > MAX_LINE_BYTES:
        raise InvalidInput(f"the line is longer than {MAX_LINE_BYTES} bytes; is it one object a line?")
    try:
        fields = msgspec.json.decode(raw.decode())
    except UnicodeDecodeError as error:
        raise InvalidInput(f"not UTF-8: byte {raw[error.start]:#04x} at byte {error.start + 1} of the line") from None
    except msgspec.DecodeError as error:
        raise InvalidInput(f"not JSON: {error}") from None
    if not isinstance(fields, dict):
        raise InvalidInput("not a JSON object; each line is one {...}")
    kind = kind_of_fields(fields)
    if kind is None:
        raise InvalidInput("neither card_id, ruling_id nor rule_id is given; one of them says what the line is")
    try:
        source: Source = msgspec.convert(fields, SOURCE_TYPES[kind])
    except msgspec.ValidationError as error:
        raise misfit(str(error)) from None
    validate(source)
    return source


def misfit(message: str) -> InvalidInput:
    """Turn msgspec's "what - at `$.path`" into an error whose field is the path in our notation."""
    parts = _PATH.match(message)
    what = parts["what"] if parts else message
    path = (parts["path"] or "") if parts else ""
    named = _NAMED_FIELD.search(what)
    enum_key = _ENUM_VALUE.search(what) if parts and parts["key"] else None
    if named:
        path = f"{path}.{named['field']}" if path else named["field"]
    elif enum_key:
        path = f"{path}.{enum_key['value']}"
        what = f"unknown language {enum_key['value']!r}; en, ko and ja are known"
    return InvalidInput(f"{path}: {what}" if path else what, field=path or None)
