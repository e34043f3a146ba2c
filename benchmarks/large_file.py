"""Read a card file of some gigabytes through its importer, and see that memory stays flat.

    python -m benchmarks.large_file [--gigabytes 2]

The file is YGOPRODeck's JSON, one object with all cards in one list, on one line: the shape that a parser would have to
take whole. Every 1,000th card lacks its `type`, and has to be told by its number and field.
"""

import argparse
import json
import resource
import tempfile
import time
from pathlib import Path

from ragqa.corpus.importers import importer_for
from ragqa.errors import InvalidInput

_TEXT = "If this card is sent from the hand to the Graveyard, draw 1 card. " * 300
_WRONG = 1_000


def write(path: Path, size: int) -> int:
    """Write a file of at least `size` bytes; return how many cards it has."""
    count = 0
    with path.open("w") as file:
        file.write('{"data": [')
        while file.tell() < size:
            cards = []
            for number in range(count + 1, count + 1001):
                card = {"id": number, "name": f"Fox {number}", "type": "Spell Card", "desc": _TEXT}
                if number % _WRONG == 0:
                    del card["type"]
                cards.append(json.dumps(card))
            file.write((", " if count else "") + ", ".join(cards))
            count += 1000
        file.write("]}")
    return count


def memory() -> int:
    """Return the most memory that this process has had, in MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1000


def main() -> None:
    """Print how long it took, what was refused, and the memory after a hundredth and at the end."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--gigabytes", type=float, default=2)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "cards.json"
        count = write(path, int(arguments.gigabytes * 1e9))
        begun, refused, read, early = time.perf_counter(), [], 0, 0
        for _, item in importer_for(path).read(path):
            read += 1
            if isinstance(item, InvalidInput):
                refused.append(f"{item} (field {item.field})")
            if read == count // 100:
                early = memory()
        seconds = time.perf_counter() - begun
        print(f"{path.stat().st_size / 1e9:.2f} GB, {read} of {count} records in {seconds:.0f} s")
        print(f"{len(refused)} refused, the first: {refused[0] if refused else '–'}")
        print(f"memory at most: {early} MB after a hundredth, {memory()} MB at the end")


if __name__ == "__main__":
    main()
