"""What changes in a source, field by field, with the words that come and go. Pure."""

from collections.abc import Sequence
from typing import Any

import msgspec

from ragqa.api.schemas import FieldChange
from ragqa.api.versions import changed_fields, field_changes
from ragqa.api.web.pieces import Piece, changes
from ragqa.datatypes import Source
from ragqa.protocols import SourceVersion


class FieldDiff(msgspec.Struct, frozen=True):
    """A field that differs, and its later value with what was added and removed."""

    field: str
    pieces: list[Piece]


class PastVersion(msgspec.Struct, frozen=True, kw_only=True):
    """One version of a source, and what it changed."""

    version: int
    changed_at: str
    deleted: bool
    diffs: list[FieldDiff]


def source_diffs(before: Source | None, after: Source) -> list[FieldDiff]:
    """Compare two states of a source; of a new one every field is added."""
    return [_diff(change) for change in changed_fields(before, after)]


def past_versions(history: Sequence[SourceVersion]) -> list[PastVersion]:
    """Return the versions of a source, newest first; of the first one everything is new, so that it shows nothing."""
    told = field_changes(history)
    return [
        PastVersion(
            version=each.version,
            changed_at=each.changed_at,
            deleted=each.deleted,
            diffs=[_diff(change) for change in each.changes] if each is not told[0] and not each.deleted else [],
        )
        for each in reversed(told)
    ]


def _diff(change: FieldChange) -> FieldDiff:
    return FieldDiff(change.field, [piece for piece in changes(_words(change.before), _words(change.after))])


def _words(value: Any) -> str:  # noqa: ANN401 - JSON
    if value is None:
        return ""
    if isinstance(value, list) and all(isinstance(item, str) for item in value):
        return ", ".join(value)
    return value if isinstance(value, str) else msgspec.json.encode(value).decode()
