"""Are false premises and unknown cards told from questions that can be answered? Precision and recall by file.

    python -m benchmarks.declines --home HOME FILE...      e.g. ../shared/data/yugioh/players-dev.jsonl

HOME holds the imported development data (`make import-shared`). A question counts as a false premise or as about an
unknown card by its `type` or `style`; those with a verdict must not be called either.
"""

import argparse
import json
from collections import Counter
from pathlib import Path

from ragqa.bootstrap import Service, open_service
from ragqa.config import Settings
from ragqa.datatypes import Language, Question

PREMISE = {"false_premise", "false-premise"}
UNKNOWN = {"fictional", "fictional-card", "invented-card"}


def kind_of(row: dict[str, object]) -> str:
    styles = row.get("style")
    marks = {str(row.get("type")), *(map(str, styles) if isinstance(styles, list) else [])}
    if marks & PREMISE:
        return "false premise"
    if marks & UNKNOWN:
        return "unknown card"
    return "answerable" if row["verdict"] in ("yes", "no", "conditional") else "other to decline"


def measure(service: Service, path: Path, listed: bool) -> None:
    total: Counter[str] = Counter()
    premises: Counter[str] = Counter()
    strange: Counter[str] = Counter()
    for line in path.read_text("utf-8").splitlines():
        row = json.loads(line)
        question = Question(text=row["question"], lang=Language(row["lang"]))
        linking = service.parts.linker.link(question)
        kind = kind_of(row)
        total[kind] += 1
        premise = service.parts.premises(question, linking) if service.parts.premises else None
        premises[kind] += premise is not None
        if kind == "unknown card" and service.parts.strangers:
            strange[kind] += bool(linking.unlinked or service.parts.strangers(question, linking))
        if listed and premise and kind != "false premise":
            print(f"    {kind}: {question.text} <- {premise.claim}")
    told, claimed = premises["false premise"], premises["false premise"] + premises["answerable"]
    print(
        f"{path.name}: {sum(total.values())} questions; false premises told {told} of {total['false premise']},"
        f" called so of the answerable {premises['answerable']} of {total['answerable']}"
        f" (precision {told / claimed if claimed else 1:.2f}), of others to decline {premises['other to decline']};"
        f" unknown cards whose words are named {strange['unknown card']} of {total['unknown card']}",
        flush=True,
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--home", type=Path, required=True)
    parser.add_argument("--list", action="store_true", help="print what was called false and is not")
    parser.add_argument("files", nargs="+", type=Path)
    arguments = parser.parse_args()
    service = open_service(Settings.model_validate({"home": arguments.home}))
    for path in arguments.files:
        measure(service, path, arguments.list)
    service.close()


if __name__ == "__main__":
    main()
