"""Compare the noted verdicts of official Q&As with what rules read; or compile new notes.

    python -m benchmarks.verdict_notes [--data ../shared/data/yugioh]
    python -m benchmarks.verdict_notes --compile FILE…      lines of official number, tab, yes|no|cond|none

On 2026-11-25 a language model read the 7,951 current Q&As that look like yes/no questions, once each, the answer cut
after 420 characters and quoted effects after 40, with the instruction to prefer "none" to a guess. 330 of the first
3,435 were blind controls, whose verdict the rules had read; the other 4,516 that rules had read came later, and their
readers knew it, so that agreement there is not independent. Where a note said yes and the rules no, or the other way
round (70 of 4,706), neither is kept.
"""

import argparse
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from benchmarks.verdict_reading import Row, load, read, share
from ragqa.corpus import verdict_notes
from ragqa.corpus.importers.card_fields import plain
from ragqa.corpus.verdict_notes import noted_verdict, text_digest

NOTES = Path(verdict_notes.__file__).with_suffix(".tsv")
WRITTEN = {"yes": "yes", "no": "no", "cond": "conditional", "none": "none"}


def texts(row: Row) -> tuple[str, str]:
    return plain(row["title"]), plain(row["answer"])


def compile_notes(files: list[Path], rulings: dict[str, Row]) -> Iterator[str]:
    noted = dict(line.split("\t") for path in files for line in path.read_text("utf-8").splitlines() if line)
    for number, verdict in sorted(noted.items(), key=lambda item: int(item[0])):
        row = rulings[f"ygo-qa-{number}"]
        # Of 14 such cases looked at again the notes were right in 10, the rules in 2, 2 were unclear: trust neither.
        apart = {verdict, str(read(row).verdict)} == {"yes", "no"}
        yield f"{number}\t{text_digest(*texts(row))}\t{'none' if apart else WRITTEN[verdict]}\n"


def report(rulings: dict[str, Row]) -> None:
    current = [row for row in rulings.values() if row["status"] == "current" and row["lang"] == "ja"]
    notes = {row["fid"]: noted_verdict(row["fid"], *texts(row)) for row in current}
    readings = {row["fid"]: read(row).verdict for row in current}
    given = [note for note in notes.values() if note]
    print(f"noted: {share(len(given), len(current))} of the current Q&As, {Counter(str(n.verdict) for n in given)}")
    both = [(notes[fid], verdict) for fid, verdict in readings.items() if verdict and notes[fid]]
    apart = [(note, verdict) for note, verdict in both if note and note.verdict and note.verdict is not verdict]
    print(f"read by rules and noted: {len(both)}; noted otherwise: {share(len(apart), len(both))}")
    print(f"noted without a verdict where rules read one: {sum(not note.verdict for note, _ in both if note)}")
    noted = {fid for fid, note in notes.items() if note and str(note.verdict) in ("yes", "no")}
    print(f"yes or no noted where rules decline: {sum(not readings[fid] for fid in noted)}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=Path("../shared/data/yugioh"))
    parser.add_argument("--compile", type=Path, nargs="+", metavar="FILE")
    arguments = parser.parse_args()
    rulings = load(arguments.data)
    if arguments.compile:
        NOTES.write_text("".join(compile_notes(arguments.compile, rulings)), "utf-8")
        print(f"written: {NOTES.name}")
    report(rulings)


if __name__ == "__main__":
    main()
