"""The application in this process, around the real service with a scripted generator."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from litestar.testing import TestClient

from ragqa.bootstrap import Service
from tests.integration.api_parts import ScriptedGenerator, api_settings, scripted_service, serving


@pytest.fixture
def generator() -> ScriptedGenerator:
    return ScriptedGenerator()


@pytest.fixture
def service(tmp_path: Path, generator: ScriptedGenerator) -> Service:
    return scripted_service(api_settings(tmp_path, max_question_chars=1000, max_body_bytes=200_000), generator)


@pytest.fixture
def client(service: Service) -> Iterator[TestClient[Any]]:
    with serving(service) as client:
        yield client
