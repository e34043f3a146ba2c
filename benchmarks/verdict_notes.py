"""Compare the noted verdicts of official Q&As with what rules read; or compile new notes.

    python -m benchmarks.verdict_notes [--data ../shared/data/yugioh]
    python -m benchmarks.verdict_notes --compile FILE…      lines of official number, tab, yes|no|cond|none
    python -m benchmarks.verdict_notes --conditions FILE…   JSON lines of official number and conditions

On 2026-11-25 a language model read the 7,951 current Q&As that look like yes/no questions, once each, the answer cut
after 420 characters and quoted effects after 40, with the instruction to prefer "none" to a guess. 330 of the first
3,435 were blind controls, whose verdict the rules had read; the other 4,516 that rules had read came later, and their
readers knew it, so that agreement there is not independent. Where a note said yes and the rules no, or the other way
round (70 of 4,706), neither is kept.

The 666 that came out conditional were read a second time, whole, for what they depend on: 613 got their cases in our
own words, in about 60 of which one case is only implied; 50 proved a plain yes or no, 3 neither. Nobody read them a
third time.
"""

import argparse
import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from benchmarks.verdict_reading import Row, load, read, share
from ragqa.corpus import verdict_notes
from ragqa.corpus.importers.card_fields import plain
from ragqa.corpus.verdict_notes import noted_verdict, text_digest

NOTES = Path(verdict_notes.__file__).with_suffix(".tsv")
CONDITIONS = NOTES.with_name("condition_notes.json")
WRITTEN = {"yes": "yes", "no": "no", "cond": "conditional", "none": "none"}


def texts(row: Row) -> tuple[str, str]:
    return plain(row["title"]), plain(row["answer"])


def compile_notes(files: list[Path], rulings: dict[str, Row]) -> Iterator[str]:
    noted = dict(line.split("\t") for path in files for line in path.read_text("utf-8").splitlines() if line)
    for number, verdict in sorted(noted.items(), key=lambda item: int(item[0])):
        row = rulings[f"ygo-qa-{number}"]
        yield f"{number}\t{text_digest(*texts(row))}\t{'none' if apart(row, verdict) else WRITTEN[verdict]}\n"


def apart(row: Row, verdict: str) -> bool:
    """Whether a note says yes and the rules no, or the other way round.

    Of 14 such cases looked at again the notes were right in 10, the rules in 2, 2 were unclear: trust neither.
    """
    return {verdict, str(read(row).verdict)} == {"yes", "no"}


def compile_conditions(files: list[Path], rulings: dict[str, Row]) -> None:
    """Write the conditions, and correct the notes that proved not to be conditional."""
    rows = [json.loads(line) for path in files for line in path.read_text("utf-8").splitlines()]
    found = {row["official_id"]: row["conditions"] for row in rows if row["conditions"]}
    written = (f'"{fid}": {json.dumps(cases, ensure_ascii=False)}' for fid, cases in sorted(found.items()))
    CONDITIONS.write_text("{\n" + ",\n".join(written) + "\n}\n", "utf-8")
    plain_ones = {row["official_id"]: row["verdict"] for row in rows if not row["conditions"]}
    lines = [line.split("\t") for line in NOTES.read_text("utf-8").splitlines()]
    for line in lines:
        verdict = plain_ones.get(int(line[0]), line[2])
        line[2] = "none" if apart(rulings[f"ygo-qa-{line[0]}"], verdict) else verdict
    NOTES.write_text("".join("\t".join(line) + "\n" for line in lines), "utf-8")


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
    parser.add_argument("--conditions", type=Path, nargs="+", metavar="FILE")
    arguments = parser.parse_args()
    rulings = load(arguments.data)
    if arguments.compile:
        NOTES.write_text("".join(compile_notes(arguments.compile, rulings)), "utf-8")
        print(f"written: {NOTES.name}")
    if arguments.conditions:
        compile_conditions(arguments.conditions, rulings)
        print(f"written: {CONDITIONS.name}")
    report(rulings)


if __name__ == "__main__":
    main()
