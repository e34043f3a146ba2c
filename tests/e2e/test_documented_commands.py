"""The commands of the documentation, run as a reader would, in a home of their own.

Of the maintainer's page those marked `<!-- run -->`, of README.md all of `ragqa` but those listed here with the reason.
"""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
_MARKED = re.compile(r"<!-- run -->\n```\w*\n(.*?)^```", re.DOTALL | re.MULTILINE)
_FENCED = re.compile(r"^```\w*\n(.*?)^```", re.DOTALL | re.MULTILINE)
_COMMAND = re.compile(r"^(?:.*\| )?\.venv/bin/ragqa .*$", re.MULTILINE)
NOT_RUN = {
    "pull": "needs the network",
    "evaluate": "takes longest; tests/e2e/test_command_line.py runs it",
    "compare": "needs two finished runs by name; tests/unit/cli/test_evaluation.py",
    "label": "asks a person; tests/unit/cli/test_labelling.py",
    "plan": "needs a model folder; tests/unit/cli/test_model.py",
    "quantize": "needs a model folder; tests/unit/cli/test_model.py",
}


def test_the_ragqa_commands_of_the_readme_do_what_it_says(folder: Path, tmp_path: Path) -> None:
    found = [line for block in _FENCED.findall((ROOT / "README.md").read_text()) for line in _COMMAND.findall(block)]
    lines = [line for line in found if _name(line) not in NOT_RUN]
    assert {"ask", "search", "show", "add", "import", "runs"} <= set(map(_name, lines))
    assert {_name(line) for line in found} >= set(NOT_RUN)
    (tmp_path / ".venv" / "bin").mkdir(parents=True)
    _command(tmp_path / ".venv" / "bin" / "ragqa")
    for name in ("home", "corpus"):
        shutil.copytree(folder / name, tmp_path / name, symlinks=True)
    for name in ("cards.jsonl", "rulings.jsonl"):
        (tmp_path / name).symlink_to(folder / "corpus" / name)
    done = _run("\n".join(lines), tmp_path, RAGQA_CORPUS_DIR="corpus")
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    assert "YES" in done.stdout
    assert "Glimmerwick Moth" in (tmp_path / "home" / "ragqa.db").read_bytes().decode("utf-8", "ignore")


def _name(line: str) -> str:
    return line.partition(".venv/bin/ragqa ")[2].split()[0]


def _command(path: Path) -> None:
    path.write_text(f'#!/bin/sh\nexec {sys.executable} -m ragqa "$@"\n')
    path.chmod(0o755)


def _run(script: str, folder: Path, **more: str) -> subprocess.CompletedProcess[str]:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("RAGQA_")}
    return subprocess.run(
        ["bash", "-euxc", script],
        cwd=folder,
        env={**environment, "RAGQA_HOME": "home", "PYTHONPATH": str(ROOT), **more},
        capture_output=True,
        text=True,
        timeout=600,
    )


def test_the_commands_of_the_maintainers_page_do_what_it_says(folder: Path, tmp_path: Path) -> None:
    blocks = _MARKED.findall((ROOT / "docs" / "maintaining.md").read_text())
    assert len(blocks) == 3
    commands = tmp_path / "bin"
    commands.mkdir()
    _command(commands / "ragqa")
    done = _run("\n".join(blocks), folder, PATH=f"{commands}:{os.environ['PATH']}")
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    assert "Glimmerwick Moth" in done.stdout
    assert "house-1" in done.stdout


@pytest.mark.parametrize("page", ["maintaining.md"])
def test_no_page_is_marked_in_vain(page: str) -> None:
    """A mark that the pattern does not see would leave its commands unrun."""
    text = (ROOT / "docs" / page).read_text()
    assert text.count("<!-- run -->") == len(_MARKED.findall(text))
