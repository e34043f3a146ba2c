"""Under which host names /mcp answers, and to pages of which origins."""

from pathlib import Path
from typing import Any

import pytest
from litestar.testing import TestClient

from ragqa.api.app import create_app
from tests.integration.api_parts import ScriptedGenerator, api_settings, scripted_service

LIST_TOOLS = {"jsonrpc": "2.0", "id": 1, "method": "tools/list", "params": {}}
ACCEPTED = {"Accept": "application/json, text/event-stream"}
SHOP = "https://shop.example"


@pytest.mark.parametrize(
    ("changes", "headers", "status"),
    [
        ({}, {"Host": "127.0.0.1:8000"}, 200),
        ({}, {"Host": "localhost:8000", "Origin": "http://localhost:8000"}, 200),
        ({}, {"Host": "rebound.example"}, 421),
        ({}, {"Host": "localhost", "Origin": "https://evil.example"}, 403),
        ({"cors_origins": [SHOP]}, {"Host": "localhost", "Origin": SHOP}, 200),
        ({"cors_origins": ["*"]}, {"Host": "localhost", "Origin": SHOP}, 200),
        ({"allowed_hosts": ["rules.example"]}, {"Host": "rules.example"}, 200),
        ({"allowed_hosts": ["rules.example"]}, {"Host": "localhost"}, 421),
        ({"host": "0.0.0.0"}, {"Host": "any.example"}, 200),
    ],
)
def test_a_rebound_name_and_a_strange_page_are_refused(
    tmp_path: Path, changes: dict[str, Any], headers: dict[str, str], status: int
) -> None:
    settings = api_settings(tmp_path, **changes)
    app = create_app(settings, open_service=lambda _: scripted_service(settings, ScriptedGenerator()))
    with TestClient(app) as client:
        while client.get("/readyz").status_code != 200:
            pass
        assert client.post("/mcp", json=LIST_TOOLS, headers={**ACCEPTED, **headers}).status_code == status
