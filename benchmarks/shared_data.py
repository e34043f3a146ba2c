"""The development data beside the checkout as sources of the corpus: cards and merged official rulings."""

from collections.abc import Iterator
from pathlib import Path

from ragqa.corpus.importers.compiled import CompiledCards, CompiledRulings
from ragqa.datatypes import Source
from ragqa.errors import InvalidInput


def shared_sources(data: Path) -> Iterator[Source]:
    """Yield every card, then every ruling (current and withdrawn) of `data`; what is refused is left out."""
    for importer, name in ((CompiledCards(), "cards.jsonl.gz"), (CompiledRulings(), "rulings.jsonl.gz")):
        for _, source in importer.read(data / name):
            if not isinstance(source, InvalidInput):
                yield source
