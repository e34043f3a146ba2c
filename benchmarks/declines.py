"""What is declined for a reason that can be named, and what that costs: false premises, unknown and longer names.

    python -m benchmarks.declines --home HOME FILE...     such as tests/declined.jsonl or players-dev.jsonl
    python -m benchmarks.declines FILE...                 premises alone, cards linked by name, in seconds

HOME holds the imported development data (`make import-shared`); with it each question goes through the linker, the
retriever and the gate as the service has them, 1 to 2 a second on two cores. What the gate answers on questions that it
was fitted on says little of it; what the reasons to decline take away from it is what this is about.

A question counts as a false premise or as about an unknown card by its `type`, `style` or `kind`; those with a verdict
must not be called either.
"""

import argparse
import gzip
import json
import random
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import msgspec

from benchmarks.shared_data import shared_sources
from ragqa.bootstrap import Service, open_service
from ragqa.conclusion import Grounds
from ragqa.config import Settings
from ragqa.datatypes import Card, CardAliases, Language, Question, Ruling, Verdict
from ragqa.grounding.premises import false_premise
from ragqa.grounding.strangers import strangers
from ragqa.retrieval.graph import RulingGraph
from ragqa.retrieval.linking.corpus_names import CorpusNames
from ragqa.retrieval.linking.linker import NameLinker
from ragqa.retrieval.linking.ordinary import load_ordinary_words
from ragqa.retrieval.linking.scoring import load_weights

PREMISE = {"false_premise", "false-premise"}
UNKNOWN = {"fictional", "fictional-card", "invented-card"}
ANSWERABLE = ("yes", "no", "conditional")

Row = dict[str, object]
Examined = tuple[Grounds, bool, Verdict | None]
"""Why a question is declined, whether words are named that mean no card, and what the gate alone would answer."""


def kind_of(row: Row) -> str:
    styles = row.get("style")
    marks = {str(row.get("type")), str(row.get("kind")), *(map(str, styles) if isinstance(styles, list) else [])}
    if marks & PREMISE:
        return "false premise"
    if marks & UNKNOWN:
        return "unknown card"
    return "answerable" if row.get("verdict") in ANSWERABLE else "other to decline"


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


def by_name(data: Path) -> Callable[[Question], Examined]:
    """Return what examines a question by the names of its cards alone."""
    cards: dict[str, Card] = {}
    linker, ordinary = name_linker(data, cards), load_ordinary_words()

    def examine(question: Question) -> Examined:
        linking = linker.link(question)
        premise = false_premise(question, linking, cards.__getitem__)
        named = bool(linking.unlinked or strangers(question, linking, ordinary, {}))
        return Grounds(linking=linking, found=(), premise=premise), named, None

    return examine


def by_service(service: Service) -> Callable[[Question], Examined]:
    """Return what examines a question as the service does before it asks a generator."""
    parts = service.parts
    assert parts.premises and parts.doubts and parts.strangers
    premises, doubts, stranger = parts.premises, parts.doubts, parts.strangers

    def examine(question: Question) -> Examined:
        linking = parts.linker.link(question)
        found = parts.retriever.retrieve(question, linking)
        settled = parts.gate.settle(question, linking, found)
        premise, doubted = premises(question, linking), doubts(question, linking)
        reasons = Grounds(linking=linking, found=found, settled=settled, premise=premise, doubted=doubted)
        named = bool(linking.unlinked or stranger(question, linking))
        return reasons, named, settled.verdict if settled else None

    return examine


def rows_of(path: Path, sample: int | None) -> list[Row]:
    """Read a file, packed or not; of a sample so many are answerable, and all about unknown cards and premises."""
    packed = path.read_bytes()
    content = gzip.decompress(packed) if path.suffix == ".gz" else packed
    rows: list[Row] = [json.loads(line) for line in content.splitlines()]
    if sample is None:
        return rows
    answerable = [row for row in rows if row.get("verdict") in ANSWERABLE]
    random.Random(1).shuffle(answerable)
    return [row for row in rows if kind_of(row) in ("false premise", "unknown card")] + answerable[:sample]


def measure(examine: Callable[[Question], Examined], path: Path, listed: bool, sample: int | None) -> None:
    total: Counter[str] = Counter()
    found: Counter[tuple[str, str]] = Counter()
    for row in rows_of(path, sample):
        question = Question(text=str(row.get("question") or row["text"]), lang=Language(str(row["lang"])))
        kind = kind_of(row)
        reasons, named, alone = examine(question)
        answered = alone is not None
        right = answered and kind == "answerable" and alone == row["verdict"]
        total[kind] += 1
        for what, holds in (
            ("premise told", reasons.premise is not None),
            ("premise told, unsettled", reasons.premise is not None and not answered),
            ("words named", named or bool(reasons.doubted)),
            ("name longer than a card's", bool(reasons.doubted)),
            ("gate right", right),
            ("gate wrong", answered and not right),
            ("of those declined for the name: right", right and bool(reasons.doubted)),
            ("of those declined for the name: wrong", answered and not right and bool(reasons.doubted)),
        ):
            found[kind, what] += holds
        if listed and kind != "false premise" and reasons.premise:
            print(f"    premise, {kind}: {question.text} <- {reasons.premise.claim}")
        if listed and (right or (answered and kind == "unknown card")):
            for span in reasons.doubted:
                print(f"    name, {kind}: {question.text} <- {span.surface}")
    print(f"{path.name}: {total.total()} questions")
    for (kind, what), count in found.items():
        if count:
            print(f"  {kind:18} {what:40} {count:5} of {total[kind]}", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--home", type=Path, help="ask through the service of this home")
    parser.add_argument("--data", type=Path, default=Path("../shared/data/yugioh"))
    parser.add_argument("--list", action="store_true", help="print what was called false or unknown and is not")
    parser.add_argument("--sample", type=int, help="of the answerable questions ask only so many")
    parser.add_argument("files", nargs="+", type=Path)
    arguments = parser.parse_args()
    if arguments.home is None:
        examine = by_name(arguments.data)
        for path in arguments.files:
            measure(examine, path, arguments.list, arguments.sample)
        return
    service = open_service(Settings.model_validate({"home": arguments.home}))
    try:
        for path in arguments.files:
            measure(by_service(service), path, arguments.list, arguments.sample)
    finally:
        service.close()


if __name__ == "__main__":
    main()
