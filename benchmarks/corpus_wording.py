"""Runs of words (English) or characters (Korean, Japanese) that two texts share, card names left out."""

import re
from collections.abc import Iterable

_MASK = " \x00 "


def mask_names(text: str, names: Iterable[str]) -> str:
    """Replace card names, longest first, so that only the wording around them is compared."""
    for name in sorted(filter(None, names), key=len, reverse=True):
        text = text.replace(name, _MASK)
    return text


def units(text: str, lang: str) -> list[str]:
    """Give the words of an English text, the letters of a Korean or Japanese one; a masked name is one unit."""
    pattern = r"\x00|[a-z0-9']+" if lang == "en" else r"\x00|\w"
    return re.findall(pattern, text.lower())


class TextIndex:
    """Every run of `limit` units in some source texts."""

    def __init__(self, sources: Iterable[str], lang: str, limit: int) -> None:
        self._lang = lang
        self._limit = limit
        self._runs = {tuple(run) for source in sources for run in self._windows(source)}

    def _windows(self, text: str) -> list[list[str]]:
        found = units(text, self._lang)
        return [found[i : i + self._limit] for i in range(len(found) - self._limit + 1)]

    def shared_run(self, text: str) -> str:
        """Give the first run of the text that a source has too, or an empty string."""
        joiner = " " if self._lang == "en" else ""
        for run in self._windows(text):
            if tuple(run) in self._runs and "\x00" not in run:
                return joiner.join(run)
        return ""
