"""Which version of a source held on a day. Pure."""

from collections.abc import Sequence

from ragqa.datatypes import Card
from ragqa.protocols import SourceVersion


def version_on(history: Sequence[SourceVersion], iso_date: str) -> SourceVersion | None:
    """Return the version in force on a day, of a history oldest first; None if there was none.

    A version holds from its `valid_from`, else from the day it was written. The first version without `valid_from`
    holds since ever: the day it was imported says nothing about the source. Of two versions that hold from the same
    day the one written later is a correction of the other.
    """
    holding: SourceVersion | None = None
    holding_since = ""
    for position, version in enumerate(history):
        since = _valid_from(version) or ("" if position == 0 else version.changed_at[:10])
        if holding_since <= since <= iso_date:
            holding, holding_since = version, since
    return None if holding is None or holding.deleted else holding


def _valid_from(version: SourceVersion) -> str | None:
    # A tombstone carries the last text, whose date is not the date of the removal.
    if version.deleted or not isinstance(version.source, Card):
        return None
    return version.source.valid_from
