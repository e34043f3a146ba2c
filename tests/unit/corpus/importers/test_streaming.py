"""Large files: records come while the file is still being read, and memory stays flat."""

import gzip
import itertools
import json
import tracemalloc
from collections.abc import Iterator
from pathlib import Path

import pytest

from ragqa.corpus.importers import importer_for
from ragqa.datatypes import Card

RECORDS = 20_000
RECORD = {"id": 1, "name": "Fox", "type": "Spell Card", "desc": "Jump. " * 170}


def big_json(path: Path, separators: tuple[str, str, str]) -> Path:
    """Write more than 20 MB of JSON, packed to a few hundred kilobytes."""
    start, between, end = separators
    with gzip.open(path, "wt") as file:
        file.write(start)
        for number in range(RECORDS):
            file.write((between if number else "") + json.dumps(RECORD | {"id": number + 1}))
        file.write(end)
    return path


@pytest.mark.parametrize(
    "separators", [('{"data": [', ", ", "]}"), ('{"meta": {}, "data": [', ",\n", "]}")], ids=["one line", "lines"]
)
def test_memory_does_not_grow_with_the_file(tmp_path: Path, separators: tuple[str, str, str]) -> None:
    path = big_json(tmp_path / "big.json.gz", separators)
    reading: Iterator[object] = (source for _, source in importer_for(path).read(path))
    tracemalloc.start()
    try:
        first = next(reading)
        count = 1 + sum(isinstance(each, Card) for each in itertools.islice(reading, 3000))
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert isinstance(first, Card)
    assert first.card_id == "00000001"
    assert count == 3001
    assert peak < 4_000_000
