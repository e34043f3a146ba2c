"""The formats a corpus is imported from, one file each; a file's format is told from its content."""

from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Protocol

from ragqa.corpus.importers.archive import ArchiveImporter
from ragqa.corpus.importers.compiled import CompiledCards, CompiledFaq, CompiledRulings
from ragqa.corpus.importers.edopro import EdoproImporter
from ragqa.corpus.importers.jsonl import JsonlImporter
from ragqa.corpus.importers.known_cards import NO_CARDS, KnownCards, known_cards
from ragqa.corpus.importers.mtgjson import MtgjsonImporter
from ragqa.corpus.importers.rulebook import RulebookImporter
from ragqa.corpus.importers.scryfall import ScryfallCardImporter, ScryfallRulingImporter
from ragqa.corpus.importers.streams import first_bytes
from ragqa.corpus.importers.yaml_yugi import YamlYugiImporter
from ragqa.corpus.importers.ygoprodeck import YgoprodeckImporter
from ragqa.corpus.importers.ygoresources_cards import YgoresourcesCardImporter
from ragqa.corpus.importers.ygoresources_qa import FaqHistoryImporter, QaHistoryImporter, YgoresourcesQaImporter
from ragqa.datatypes import Source
from ragqa.errors import InvalidInput

HEAD_BYTES = 65_536


class Importer(Protocol):
    """One format."""

    name: str

    def recognises(self, path: Path, head: bytes) -> bool:
        """Tell from the file's first bytes, unpacked (its name only helps), whether it is of this format."""
        ...

    def read(self, path: Path) -> Iterator[tuple[int, Source | InvalidInput]]:
        """Yield (line or position from 1, source or what is wrong there), never holding the whole file."""
        ...


def importers(cards: KnownCards = NO_CARDS) -> tuple[Importer, ...]:
    """Return every format, the pickiest first; `cards` are those that a file may name by number or name."""
    return (
        ArchiveImporter(partial(importer_for, cards=cards)),
        EdoproImporter(cards),
        CompiledRulings(),
        CompiledFaq(cards),
        CompiledCards(),
        YgoresourcesQaImporter(cards),
        QaHistoryImporter(cards),
        FaqHistoryImporter(cards),
        YgoresourcesCardImporter(cards),
        YgoprodeckImporter(cards),
        YamlYugiImporter(cards),
        ScryfallCardImporter(),
        ScryfallRulingImporter(cards),
        MtgjsonImporter(),
        JsonlImporter(),
        RulebookImporter(),
    )


def importer_for(path: Path, cards: KnownCards = NO_CARDS) -> Importer:
    """Return the first format that recognises the file. Raises InvalidInput."""
    head = first_bytes(path, HEAD_BYTES)
    known = importers(cards)
    for importer in known:
        if importer.recognises(path, head):
            return importer
    names = ", ".join(importer.name for importer in known)
    raise InvalidInput(f"{path.name} is in no known format ({names})", field="path")


__all__ = ["HEAD_BYTES", "NO_CARDS", "Importer", "KnownCards", "importer_for", "importers", "known_cards"]
