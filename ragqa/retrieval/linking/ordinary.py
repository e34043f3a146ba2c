"""Ordinary words of the game's language, which mean a card only where more speaks for it.

`ordinary.json` counts them in a sample of 7,000 card texts and 6,000 official answers, quoted names left out (counted
once; the script was not kept); `colloquial.txt` lists by hand what
players write in questions.
"""

import json
from collections.abc import Mapping
from importlib import resources

from ragqa.text import name_key

_COLLOQUIAL_COUNT = 300


def load_ordinary_words() -> Mapping[str, int]:
    """Return the count of each ordinary word by its key; words of questions count as frequent."""
    folder = resources.files("ragqa.retrieval.linking")
    counts: dict[str, int] = json.loads((folder / "ordinary.json").read_text("utf-8"))
    for line in (folder / "colloquial.txt").read_text("utf-8").splitlines():
        if not line.startswith("#"):
            for word in line.split():
                key = name_key(word)
                counts[key] = max(counts.get(key, 0), _COLLOQUIAL_COUNT)
    return counts
