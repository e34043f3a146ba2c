"""The tools behind the official SDK's server: over streamable HTTP at /mcp, and over stdin and stdout."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import msgspec
import structlog
from litestar import Litestar, asgi
from litestar.handlers import ASGIRouteHandler
from litestar.types import Receive, Scope, Send
from mcp.server.lowlevel import Server
from mcp.server.stdio import stdio_server
from mcp.server.streamable_http_manager import StreamableHTTPSessionManager
from mcp.server.transport_security import TransportSecuritySettings
from mcp.types import (
    CallToolRequestParams,
    CallToolResult,
    ListToolsResult,
    PaginatedRequestParams,
    TextContent,
    ToolAnnotations,
)
from mcp.types import Tool as ToolDescription

from ragqa import __version__
from ragqa.api.access import is_loopback
from ragqa.api.mcp.tools import Tool, Tools, json_schema
from ragqa.api.problems import problem_of
from ragqa.config import Settings
from ragqa.corpus.importers.jsonl import misfit
from ragqa.errors import InvalidInput, RagqaError

LOOPBACK_NAMES = ("127.0.0.1", "localhost", "[::1]")
INSTRUCTIONS = (
    "Rules questions about card interactions of the Yu-Gi-Oh card game. Ask with the card names as the player wrote "
    "them. Basis 'official' means that a ruling settles it; tell the user the citation. Do not answer in its place "
    "when the verdict is unknown."
)


def mcp_server(tools: Tools) -> Server[Any]:
    """Return the server; an error of a tool is a result that says so, as the protocol wants it."""
    by_name = tools.all()

    async def list_tools(_: object, __: PaginatedRequestParams | None) -> ListToolsResult:
        return ListToolsResult(tools=[_description(tool) for tool in by_name.values()])

    async def call_tool(_: object, params: CallToolRequestParams) -> CallToolResult:
        try:
            if (tool := by_name.get(params.name)) is None:
                raise InvalidInput(f"there is no tool {params.name!r}; there are {', '.join(by_name)}", field="name")
            result = await tool.call(_arguments(tool, params.arguments or {}))
        except Exception as error:
            return _failed(error)
        told = TextContent(type="text", text=tool.tell(result))
        return CallToolResult(content=[told], structured_content=msgspec.to_builtins(result))

    return Server(
        "ragqa", version=__version__, instructions=INSTRUCTIONS, on_list_tools=list_tools, on_call_tool=call_tool
    )


class McpOverHttp:
    """The server at /mcp, without sessions: each request stands for itself, so that any process can answer it."""

    def __init__(self, tools: Tools, settings: Settings) -> None:
        self._any_origin = "*" in settings.cors_origins
        self._manager = StreamableHTTPSessionManager(
            mcp_server(tools),
            stateless=True,
            max_request_body_size=settings.max_body_bytes,
            security_settings=transport_security(settings),
        )

    @asynccontextmanager
    async def lifespan(self, _: Litestar) -> AsyncIterator[None]:
        """Run what answers the requests."""
        async with self._manager.run():
            yield

    def route(self) -> ASGIRouteHandler:
        """Return the handler of /mcp; it takes the scope of asking."""

        @asgi("/mcp", opt={"scope": "ask"}, copy_scope=True)
        async def mcp(scope: Scope, receive: Receive, send: Send) -> None:
            if self._any_origin:
                # The SDK knows no `*`: it lets pass what names no origin.
                scope["headers"] = [each for each in scope["headers"] if each[0] != b"origin"]
            # Both type ASGI's dictionaries, each in its own words.
            await self._manager.handle_request(scope, receive, send)  # type: ignore[arg-type]

        return mcp


def transport_security(settings: Settings) -> TransportSecuritySettings:
    """Return under which host names /mcp answers, and to pages of which origins: against DNS rebinding.

    Without `allowed_hosts` a service on a loopback address answers only under this machine's own names, and one that
    others reach under any: it cannot know its names.
    """
    names = settings.allowed_hosts or (list(LOOPBACK_NAMES) if is_loopback(settings.host) else [])
    hosts = [host for name in names for host in (name, f"{name}:*")]
    origins = [f"{scheme}://{host}" for scheme in ("http", "https") for host in hosts]
    return TransportSecuritySettings(
        enable_dns_rebinding_protection=bool(names),
        allowed_hosts=hosts,
        allowed_origins=[*origins, *settings.cors_origins],
    )


async def serve_stdio(tools: Tools) -> None:
    """Serve over stdin and stdout until stdin ends."""
    server = mcp_server(tools)
    async with stdio_server() as (read, write):
        await server.run(read, write, server.create_initialization_options())


def _description(tool: Tool) -> ToolDescription:
    return ToolDescription(
        name=tool.name,
        description=tool.description,
        input_schema=json_schema(tool.takes),
        output_schema=json_schema(tool.gives),
        annotations=ToolAnnotations(read_only_hint=True, open_world_hint=False),
    )


def _arguments(tool: Tool, given: dict[str, Any]) -> msgspec.Struct:
    try:
        return msgspec.convert(given, tool.takes)
    except msgspec.ValidationError as error:
        raise misfit(str(error)) from None


def _failed(error: Exception) -> CallToolResult:
    if not isinstance(error, RagqaError):
        structlog.get_logger("ragqa.api").error("a tool failed", exc_info=error)
    problem = problem_of(error)
    text = TextContent(type="text", text=f"{problem.title}: {problem.detail}")
    return CallToolResult(content=[text], is_error=True)
