"""Links between the pages and to files of the project, and the pages that the site's menu names."""

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
GENERATED = {ROOT / "docs" / "api.md"}
_LINK = re.compile(r"\]\(([^)\s]+)\)")
_FENCED = re.compile(r"^```.*?^```", re.DOTALL | re.MULTILINE)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_link_to_a_file_leads_to_one(page: Path) -> None:
    links = _LINK.findall(_FENCED.sub("", page.read_text()))
    targets = [(page.parent / link.partition("#")[0]).resolve() for link in links if not re.match(r"\w+:|#", link)]
    assert [str(target) for target in targets if not target.exists() and target not in GENERATED] == []


def test_the_menu_names_pages_that_exist() -> None:
    def named(entry: Any) -> list[str]:  # noqa: ANN401 (whatever TOML holds)
        if isinstance(entry, str):
            return [entry]
        return [name for each in (entry.values() if isinstance(entry, dict) else entry) for name in named(each)]

    menu = named(tomllib.loads((ROOT / "zensical.toml").read_text())["project"]["nav"])
    assert [name for name in menu if not (ROOT / "docs" / name).exists() and name != "api.md"] == []
