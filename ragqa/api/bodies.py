"""Reading JSON bodies strictly: the declared content type, UTF-8, the exact types, and no field we do not know."""

import re
from typing import Any

import msgspec
from litestar import Request
from litestar.enums import RequestEncodingType
from litestar.exceptions import HTTPException

from ragqa.corpus.importers.jsonl import misfit
from ragqa.errors import MalformedBody

_BYTE = re.compile(r"\(byte (\d+)\)")


class StrictRequest(Request[Any, Any, Any]):
    """A request whose JSON body becomes the handler's `data` in one strict step.

    Litestar would convert leniently ("5" for 5) and name only the path of what does not fit, not its line.
    """

    async def json(self) -> object:
        """Return the body as the type of the handler's `data`. Raises MalformedBody, InvalidInput."""
        content_type = self.content_type[0]
        if content_type != RequestEncodingType.JSON:
            detail = f"the body is declared as {content_type or 'nothing'}; send Content-Type: application/json"
            raise HTTPException(detail=detail, status_code=415)
        body = await self.body()
        try:
            return msgspec.json.decode(body, type=self.route_handler.parsed_fn_signature.parameters["data"].annotation)
        except msgspec.ValidationError as error:
            raise misfit(str(error)) from None
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise _malformed(body, error) from None


def _malformed(body: bytes, error: Exception) -> MalformedBody:
    """Say where the body stops being UTF-8 or JSON."""
    try:
        body.decode()
    except UnicodeDecodeError as wrong:
        line = body.count(b"\n", 0, wrong.start) + 1
        return MalformedBody(f"not UTF-8: byte {body[wrong.start]:#04x} at byte {wrong.start + 1}", line=line)
    found = _BYTE.search(str(error))
    line = body.count(b"\n", 0, int(found[1]) if found else len(body)) + 1
    return MalformedBody(f"not JSON: {error}", line=line)
