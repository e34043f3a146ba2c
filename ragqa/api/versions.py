"""Versions of sources as entity tags, the preconditions on them, and what changed from one to the next."""

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Any

import msgspec

from ragqa.api.schemas import FieldChange, Version
from ragqa.bootstrap import Service
from ragqa.datatypes import Source, SourceKind
from ragqa.errors import InvalidInput, StaleWrite
from ragqa.protocols import SourceVersion


def etag(version: int) -> str:
    """Write a source's version as its strong entity tag."""
    return f'"{version}"'


def listed_tags(header: str) -> list[str]:
    """Read the entity tags of an If-Match or If-None-Match header."""
    return [tag.strip() for tag in header.split(",") if tag.strip()]


def expected_version(if_match: str | None, kind: SourceKind, source_id: str, service: Service) -> int | None:
    """Return the version that If-Match allows to change, None where it is not given. Raises StaleWrite.

    Weak tags never match: a write is about the exact text.
    """
    if if_match is None:
        return None
    current = service.store.get_many(kind, [source_id]).get(source_id)
    if current is None:
        raise StaleWrite(f"{kind} {source_id!r} is not in the corpus, so nothing matches If-Match {if_match}")
    tags = listed_tags(if_match)
    if "*" not in tags and etag(current.corpus_version) not in tags:
        raise StaleWrite(
            f"{kind} {source_id!r} is at version {etag(current.corpus_version)}, not {if_match}; read it again"
        )
    return current.corpus_version


def create_only(if_none_match: str | None) -> bool:
    """Whether a write must not replace anything. Raises InvalidInput for anything but `*`."""
    if if_none_match is None:
        return False
    if if_none_match.strip() != "*":
        raise InvalidInput("If-None-Match of a write can only be *; use If-Match for versions", field="If-None-Match")
    return True


def field_changes(history: Sequence[SourceVersion]) -> list[Version]:
    """Return the versions, oldest first, each with the fields that it changed."""
    states = [None, *(None if version.deleted else version.source for version in history)]
    return [
        Version(
            version=version.corpus_version,
            changed_at=version.changed_at,
            deleted=version.deleted,
            changes=changed_fields(before, after),
        )
        for version, (before, after) in zip(history, pairwise(states), strict=True)
    ]


def changed_fields(before: Source | None, after: Source | None) -> list[FieldChange]:
    """Return the fields that differ between two states of a source, by name; None is a source that is not there."""
    first, second = (dict(_leaves(source)) if source else {} for source in (before, after))
    return [
        FieldChange(field=field, before=first.get(field), after=second.get(field))
        for field in sorted(first.keys() | second.keys())
        if first.get(field) != second.get(field)
    ]


def _leaves(source: Source) -> Iterator[tuple[str, Any]]:
    """Yield every value that is not an object with its path, such as `names.en`; lists count as one value."""

    def walk(value: object, path: str) -> Iterator[tuple[str, Any]]:
        if isinstance(value, dict):
            for key, inner in value.items():
                yield from walk(inner, f"{path}.{key}" if path else str(key))
        else:
            yield path, value

    return walk(msgspec.to_builtins(source), "")
