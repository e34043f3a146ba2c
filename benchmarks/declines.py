"""Are false premises and unknown cards told from questions that can be answered? Precision and recall by file.

    python -m benchmarks.declines [--data ../shared/data/yugioh] FILE...     e.g. players-dev.jsonl of that folder

Cards are linked by their names alone, without an embedder: fewer nicknames than the service links. A question
counts as a false premise or as about an unknown card by its `type` or `style`; those with a verdict must not be called
either.
"""

import argparse
import json
from collections import Counter
from pathlib import Path

import msgspec

from benchmarks.shared_data import shared_sources
from ragqa.datatypes import Card, CardAliases, Language, Question, Ruling
from ragqa.grounding.premises import false_premise
from ragqa.grounding.strangers import strangers
from ragqa.retrieval.graph import RulingGraph
from ragqa.retrieval.linking.corpus_names import CorpusNames
from ragqa.retrieval.linking.linker import NameLinker
from ragqa.retrieval.linking.ordinary import load_ordinary_words
from ragqa.retrieval.linking.scoring import load_weights

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


def name_linker(data: Path, cards: dict[str, Card]) -> NameLinker:
    """Fill `cards`, and return a linker over them that reads no vectors."""
    graph = RulingGraph()
    for source in shared_sources(data):
        if isinstance(source, Card):
            cards[source.card_id] = source
        elif isinstance(source, Ruling):
            graph.put(source.ruling_id, source.card_ids)
    lines = Path("corpus/aliases.jsonl").read_bytes().splitlines()
    return NameLinker(
        CorpusNames(cards.values(), [msgspec.json.decode(line, type=CardAliases) for line in lines]),
        ordinary=load_ordinary_words(),
        weights=load_weights(),
        graph=graph,
        nearness=lambda text, ruling_ids: {},
    )


def measure(linker: NameLinker, cards: dict[str, Card], path: Path, listed: bool) -> None:
    ordinary = load_ordinary_words()
    total: Counter[str] = Counter()
    premises: Counter[str] = Counter()
    strange: Counter[str] = Counter()
    for line in path.read_text("utf-8").splitlines():
        row = json.loads(line)
        question = Question(text=row["question"], lang=Language(row["lang"]))
        linking = linker.link(question)
        kind = kind_of(row)
        total[kind] += 1
        premise = false_premise(question, linking, cards.__getitem__)
        premises[kind] += premise is not None
        if kind == "unknown card":
            strange[kind] += bool(linking.unlinked or strangers(question, linking, ordinary, {}))
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
    parser.add_argument("--data", type=Path, default=Path("../shared/data/yugioh"))
    parser.add_argument("--list", action="store_true", help="print what was called false and is not")
    parser.add_argument("files", nargs="+", type=Path)
    arguments = parser.parse_args()
    cards: dict[str, Card] = {}
    linker = name_linker(arguments.data, cards)
    for path in arguments.files:
        measure(linker, cards, path, arguments.list)


if __name__ == "__main__":
    main()
