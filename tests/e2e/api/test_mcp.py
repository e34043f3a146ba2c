"""The real MCP client against a real server process, over streamable HTTP and over stdin and stdout."""

import sys
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

import anyio
import pytest
from mcp import Client, StdioServerParameters
from mcp.client.stdio import stdio_client

from tests.e2e.api.server_process import ROOT, Server

Scenario = Callable[[Client], Coroutine[Any, Any, None]]
Run = Callable[[Scenario], None]


@pytest.fixture(params=["http", "stdio"])
def over(request: pytest.FixtureRequest, tmp_path: Path) -> Run:
    """Run a scenario with a client that is connected one way or the other."""
    if request.param == "http":
        server: Server = request.getfixturevalue("free_server")
        return lambda scenario: anyio.run(_connected, f"{server.url}/mcp", scenario)
    command = StdioServerParameters(
        command=sys.executable, args=["-m", "tests.e2e.api.scripted_mcp", str(tmp_path)], cwd=ROOT
    )
    return lambda scenario: anyio.run(_connected, stdio_client(command), scenario)


async def _connected(where: Any, scenario: Scenario) -> None:  # noqa: ANN401 (an address or a transport)
    async with Client(where) as client:
        await scenario(client)


def test_every_tool_is_listed_answers_in_its_types_and_tells_what_was_wrong(over: Run) -> None:
    async def scenario(client: Client) -> None:
        listed = {tool.name: tool for tool in (await client.list_tools()).tools}
        assert set(listed) == {"ask", "search_cards", "get_card", "get_ruling"}
        for tool in listed.values():
            assert tool.description and tool.output_schema and tool.output_schema["type"] == "object"
        assert listed["ask"].input_schema["required"] == ["question"]

        answer = await client.call_tool("ask", {"question": "May Glimmerwick Moth jump?"})
        assert answer.structured_content["verdict"] == "yes"
        assert answer.structured_content["linked_cards"][0]["card_id"] == "1"
        assert answer.content[0].text.startswith("**Yes**")  # type: ignore[union-attr]

        found = await client.call_tool("search_cards", {"query": "Glimmerwick Moth"})
        [card] = found.structured_content["cards"]
        read = await client.call_tool("get_card", {"card_id": card["card_id"]})
        assert read.structured_content["names"] == {"en": "Glimmerwick Moth"}
        ruling = await client.call_tool("get_ruling", {"ruling_id": "house-1"})
        assert ruling.structured_content["answer"] == {"en": "Yes."}

        for name, arguments, told in (
            ("get_card", {"card_id": "404"}, "Not in the corpus"),
            ("ask", {"question": " "}, "question is blank"),
            ("ask", {"question": "May it jump?", "lang": "fr"}, "lang"),
            ("dance", {}, "there is no tool 'dance'"),
        ):
            refused = await client.call_tool(name, arguments)
            assert refused.is_error and told in refused.content[0].text  # type: ignore[union-attr]

    over(scenario)
