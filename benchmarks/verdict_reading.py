"""Measure `read_verdict` on the development data: how many official answers it reads, and how many of those wrongly.

    python -m benchmarks.verdict_reading [FOLDER]      default: ../shared/data/yugioh

Three views: the verdicts of questions-dev.jsonl; the answers that players-dev.jsonl calls conditional, which must be
declined; and every current ruling, where Japanese and English are read independently and compared.
"""

import gzip
import json
import sys
from pathlib import Path
from typing import Any

from statsmodels.stats.proportion import proportion_confint

from ragqa.corpus.verdict_reading import VerdictReading, read_verdict
from ragqa.datatypes import Language

Row = dict[str, Any]
NOT_YES_NO = {"title is not yes/no", "title is no question"}


def share(part: int, whole: int) -> str:
    """Give a share with its 95 % Wilson interval."""
    low, high = proportion_confint(part, whole, method="wilson")
    return f"{part}/{whole} = {part / whole:.2%} (95 % Wilson {low:.2%} to {high:.2%})"


def load(folder: Path) -> dict[str, Row]:
    with gzip.open(folder / "rulings.jsonl.gz", "rt", encoding="utf-8") as lines:
        return {row["id"]: row for row in map(json.loads, lines)}


def read(ruling: Row) -> VerdictReading:
    return read_verdict(ruling["answer"], ruling["title"], Language(ruling["lang"]))


def questions(folder: Path, rulings: dict[str, Row]) -> None:
    gold: dict[str, str] = {}
    for line in (folder / "questions-dev.jsonl").read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        gold[row["gold_ruling_id"]] = row["verdict"]
    for lang in ("ja", "en"):
        known = [(read(rulings[key]), verdict) for key, verdict in gold.items() if rulings[key]["lang"] == lang]
        made = [(reading.verdict, verdict) for reading, verdict in known if reading.verdict]
        wrong = sum(reading != verdict for reading, verdict in made)
        if made:
            print(f"questions-dev {lang}: covered {share(len(made), len(known))}; wrong {share(wrong, len(made))}")


def conditional(folder: Path, rulings: dict[str, Row]) -> None:
    rows = map(json.loads, (folder / "players-dev.jsonl").read_text(encoding="utf-8").splitlines())
    ids = {key for row in rows if row["verdict"] == "conditional" for key in row["gold_ruling_ids"]}
    read_anyway = [key for key in ids if read(rulings[key]).verdict]
    print(f"players-dev conditional: read as yes or no {share(len(read_anyway), len(ids))}: {sorted(read_anyway)}")


def everything(rulings: dict[str, Row]) -> None:
    current = {key: row for key, row in rulings.items() if row["status"] == "current"}
    readings = {key: read(row) for key, row in current.items()}
    for lang in ("ja", "en"):
        asked = [r for k, r in readings.items() if current[k]["lang"] == lang and r.rule not in NOT_YES_NO]
        covered = sum(reading.verdict is not None for reading in asked)
        print(f"current rulings {lang}, yes/no titles: covered {share(covered, len(asked))}")
    japanese = [k for k, r in readings.items() if not k.endswith("-en") and r.rule not in NOT_YES_NO]
    either = [k for k in japanese if any(readings[i].verdict for i in (k, f"{k}-en") if i in readings)]
    print(f"items with a yes/no title, read in either language: covered {share(len(either), len(japanese))}")
    pairs = [(r.verdict, readings.get(k.removesuffix("-en"))) for k, r in readings.items() if k.endswith("-en")]
    both = [(en, ja.verdict) for en, ja in pairs if en and ja and ja.verdict]
    print(f"read in both languages independently: disagree {share(sum(en != ja for en, ja in both), len(both))}")


def main() -> None:
    folder = Path(sys.argv[1] if len(sys.argv) > 1 else "../shared/data/yugioh")
    if not (folder / "rulings.jsonl.gz").exists():
        print(f"{folder} has no development data; nothing measured.")
        return
    rulings = load(folder)
    questions(folder, rulings)
    conditional(folder, rulings)
    everything(rulings)


if __name__ == "__main__":
    main()
