"""The commands in the documentation that are marked `<!-- run -->`, run as a reader would, in a home of their own."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
_MARKED = re.compile(r"<!-- run -->\n```\w*\n(.*?)^```", re.DOTALL | re.MULTILINE)


def test_the_commands_of_the_maintainers_page_do_what_it_says(folder: Path, tmp_path: Path) -> None:
    blocks = _MARKED.findall((ROOT / "docs" / "maintaining.md").read_text())
    assert len(blocks) == 3
    environment = {name: value for name, value in os.environ.items() if not name.startswith("RAGQA_")}
    commands = tmp_path / "bin"
    commands.mkdir()
    (commands / "ragqa").write_text(f'#!/bin/sh\nexec {sys.executable} -m ragqa "$@"\n')
    (commands / "ragqa").chmod(0o755)
    done = subprocess.run(
        ["bash", "-euxc", "\n".join(blocks)],
        cwd=folder,
        env={**environment, "RAGQA_HOME": "home", "PATH": f"{commands}:{os.environ['PATH']}", "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=600,
    )
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    assert "Glimmerwick Moth" in done.stdout
    assert "house-1" in done.stdout


@pytest.mark.parametrize("page", ["maintaining.md"])
def test_no_page_is_marked_in_vain(page: str) -> None:
    """A mark that the pattern does not see would leave its commands unrun."""
    text = (ROOT / "docs" / page).read_text()
    assert text.count("<!-- run -->") == len(_MARKED.findall(text))
