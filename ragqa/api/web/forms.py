"""What the form of the player's page sends."""

from typing import Any

import msgspec
from litestar import Request
from litestar.datastructures import FormMultiDict

from ragqa.api.schemas import AskRequest
from ragqa.datatypes import Region
from ragqa.errors import InvalidInput


class AskForm(msgspec.Struct, frozen=True, kw_only=True):
    """The form as it was filled in."""

    question: str = ""
    region: Region | None = None
    as_of: str | None = None
    card_ids: tuple[str, ...] = ()
    not_card_ids: tuple[str, ...] = ()

    def request(self) -> AskRequest:
        """Return what the API would be asked. Raises InvalidInput for too many cards."""
        try:
            return msgspec.convert(msgspec.structs.asdict(self), AskRequest)
        except msgspec.ValidationError as error:
            raise InvalidInput(f"the form does not fit: {error}", field=_field(error)) from None


async def read_form(request: Request[Any, Any, Any]) -> AskForm:
    """Read a submitted form. Raises InvalidInput.

    A card that is refused is no longer chosen, and one that is chosen no longer refused: the last click counts, and
    its button comes after the earlier choices.
    """
    fields = await request.form()
    questions = [text for text in _texts(fields, "question") if text.strip()]
    region = _last(fields, "region")
    if region and region not in tuple(Region):
        raise InvalidInput(f"region {region!r} is none of {', '.join(Region)}", field="region")
    chosen, refused = _texts(fields, "card_ids"), _texts(fields, "not_card_ids")
    now_chosen, now_refused = _last(fields, "choose"), _last(fields, "refuse")
    chosen = [card_id for card_id in (*chosen, now_chosen) if card_id and card_id != now_refused]
    refused = [card_id for card_id in (*refused, now_refused) if card_id and card_id != now_chosen]
    return AskForm(
        question=questions[-1].strip() if questions else "",
        region=Region(region) if region else None,
        as_of=_last(fields, "as_of") or None,
        card_ids=tuple(dict.fromkeys(chosen)),
        not_card_ids=tuple(dict.fromkeys(each for each in refused if each not in chosen)),
    )


def _texts(fields: FormMultiDict, name: str) -> list[str]:
    return [value for value in fields.getall(name, []) if isinstance(value, str)]


def _last(fields: FormMultiDict, name: str) -> str:
    return next(reversed(_texts(fields, name)), "")


def _field(error: msgspec.ValidationError) -> str | None:
    return str(error).rpartition("$.")[2].rstrip("`") or None
