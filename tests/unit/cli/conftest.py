"""Commands run in this process, against a service that answers what it is told to, in a folder of their own."""

from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from ragqa.cli.app import build
from tests.unit.cli.parts import CannedService

Run = Callable[..., Result]


@pytest.fixture
def service(monkeypatch: pytest.MonkeyPatch) -> CannedService:
    canned = CannedService()
    monkeypatch.setattr("ragqa.bootstrap.open_service", lambda settings, progress=None: canned)
    monkeypatch.setattr("ragqa.cli.quiet.quiet_models", lambda: None)
    return canned


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("RAGQA_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("COLUMNS", "100")

    def invoke(*arguments: str, stdin: bytes | None = None) -> Result:
        return CliRunner().invoke(build(), list(arguments), input=stdin)

    return invoke
