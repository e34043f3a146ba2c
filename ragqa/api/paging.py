"""Pages of long lists: an opaque cursor says where the last page ended, so that changes in between lose nothing."""

import base64
import binascii
from collections.abc import Callable, Sequence
from typing import Annotated, Generic, TypeVar

import msgspec
from litestar.params import QueryParameter

from ragqa.errors import InvalidInput

Item = TypeVar("Item")
Place = TypeVar("Place", str, int)

PageLimit = Annotated[int, QueryParameter(ge=1, le=200, description="items at most")]
Cursor = Annotated[str | None, QueryParameter(description="`next_cursor` of the page before; default: the first page")]


class Page(msgspec.Struct, Generic[Item], frozen=True, kw_only=True):
    """Items in a stable order, and the cursor of the page after; null at the end."""

    items: list[Item]
    next_cursor: str | None


def page(items: list[Item], limit: int, place_of: Callable[[Item], str | int]) -> Page[Item]:
    """Make a page of at most `limit` items; `place_of` says where an item stands in the order."""
    return Page(items=items, next_cursor=_next_cursor(items, limit, place_of))


def _next_cursor(items: Sequence[Item], limit: int, place_of: Callable[[Item], str | int]) -> str | None:
    """Return the cursor of the page after a full one; None where the list ended."""
    if len(items) < limit:
        return None
    return base64.urlsafe_b64encode(msgspec.json.encode(place_of(items[-1]))).decode().rstrip("=")


def id_after(cursor: str | None) -> str | None:
    """Read the cursor of a list by id. Raises InvalidInput."""
    return None if cursor is None else _place(cursor, str)


def number_after(cursor: str | None) -> int | None:
    """Read the cursor of a list by number. Raises InvalidInput."""
    return None if cursor is None else _place(cursor, int)


def _place(cursor: str, kind: type[Place]) -> Place:
    try:
        decoded = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
        return msgspec.json.decode(decoded, type=kind)
    except (binascii.Error, ValueError, msgspec.DecodeError) as error:
        raise InvalidInput("cursor is none that this list gave; start again without it", field="cursor") from error
