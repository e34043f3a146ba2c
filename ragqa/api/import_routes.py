"""Importing many sources in one request, all or nothing."""

import tempfile
from pathlib import Path
from typing import Annotated

import anyio
from anyio import to_thread
from litestar import post
from litestar.di import NamedDependency
from litestar.exceptions import HTTPException
from litestar.params import QueryParameter

from ragqa.api.access import needs
from ragqa.api.bodies import StrictRequest
from ragqa.api.operations import JSONL_TYPES, ImportOperation
from ragqa.api.problems import documented
from ragqa.api.schemas import ImportResult
from ragqa.bootstrap import Service
from ragqa.corpus.keys import Scope
from ragqa.errors import MalformedBody

KeepGoing = Annotated[bool, QueryParameter(description="import the sound lines even if others are refused")]
AcceptWithdrawals = Annotated[bool, QueryParameter(description="let a source withdraw many rulings at once")]


@post(
    "/v1/import",
    status_code=200,
    tags=["corpus"],
    opt=needs(Scope.MAINTAIN),
    responses=documented(409, 413, 415),
    operation_class=ImportOperation,
)
async def import_corpus(
    request: StrictRequest,
    service: NamedDependency[Service],
    keep_going: KeepGoing = False,
    accept_withdrawals: AcceptWithdrawals = False,
) -> ImportResult:
    """Import JSONL: one card, ruling, rule or alias list a line; without `keep_going` all or nothing."""
    content_type = request.content_type[0]
    if content_type and content_type not in JSONL_TYPES:
        raise HTTPException(detail=f"the body is {content_type}; send application/jsonl", status_code=415)
    with tempfile.TemporaryDirectory(prefix="ragqa-import-") as folder:
        path = Path(folder) / "import.jsonl"
        async with await anyio.open_file(path, "wb") as file:
            async for piece in request.stream():
                await file.write(piece)
        if path.stat().st_size == 0:
            raise MalformedBody("the body is empty; send one JSON object a line")
        report = await to_thread.run_sync(
            lambda: service.import_file(path, keep_going=keep_going, accept_withdrawals=accept_withdrawals)
        )
    return ImportResult.of(report)
