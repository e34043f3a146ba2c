"""The real command in a real process, on a corpus small enough to be indexed in a moment."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from filelock import FileLock

from ragqa.retrieval.bundled import prepare_bundled_model

STARTER = Path(__file__).parents[2] / "corpus"
CARD_IDS = ("14558127", "35480699")

Command = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture(scope="session")
def models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The bundled embedder, prepared once for all test processes."""
    folder = tmp_path_factory.getbasetemp().parent / "models"
    with FileLock(f"{folder}.lock"):
        prepare_bundled_model(folder)
    return folder


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory, models: Path) -> Path:
    """A working folder with its own home and the starter corpus cut down to Ash Blossom and Book of Eclipse."""
    folder = tmp_path_factory.mktemp("work")
    (folder / "home").mkdir()
    (folder / "home" / "models").symlink_to(models)
    (folder / "corpus").mkdir()
    for name in ("cards.jsonl", "aliases.jsonl", "rulings.jsonl"):
        sources = map(json.loads, (STARTER / name).read_text().splitlines())
        kept = [source for source in sources if _about(source)]
        (folder / "corpus" / name).write_text("\n".join(map(json.dumps, kept)) + "\n")
    return folder


@pytest.fixture(scope="module")
def ragqa(folder: Path) -> Command:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("RAGQA_")}

    def run(*arguments: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "ragqa", *arguments],
            cwd=folder,
            env={**environment, "RAGQA_HOME": "home", "COLUMNS": "200"},
            input=stdin,
            capture_output=True,
            text=True,
            timeout=300,
        )

    return run


def _about(source: dict[str, object]) -> bool:
    """Whether a source is one of the cards, its aliases, or a ruling about one of them."""
    card_ids = source.get("card_ids", [source.get("card_id")])
    return isinstance(card_ids, list) and not set(card_ids).isdisjoint(CARD_IDS)
