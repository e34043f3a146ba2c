"""The development questions beside the checkout, in one shape."""

import gzip
import json
from pathlib import Path

import msgspec

from ragqa.datatypes import Verdict

OWN = [Path(__file__).with_name(name) for name in ("players-train.jsonl", "players-written.jsonl.gz")]
"""Questions in players' words that we wrote about official rulings, hard cases by design, to fit the gate on."""
ASKED = Path(__file__).with_name("players-asked.jsonl.gz")
"""Further ones, nearer to what players ask, to fit the gate and to choose its thresholds on."""
UNSEEN = Path(__file__).with_name("players-unseen.jsonl.gz")
"""As ASKED, of other rulings; only measured on, by `benchmarks.unseen`."""


class DevQuestion(msgspec.Struct, frozen=True, kw_only=True):
    """A question with its gold; an unanswerable one has verdict `unknown`. `about`: the ruling it came from."""

    query_id: str
    lang: str
    question: str
    verdict: Verdict
    card_ids: tuple[str, ...]
    ruling_ids: tuple[str, ...]
    near_ruling_ids: tuple[str, ...] = ()
    style: tuple[str, ...] = ()
    split: str = "dev"
    about: str = ""

    @property
    def group(self) -> str:
        """What questions of one ruling have in common, so that none is judged by weights that saw its ruling."""
        return self.about or (self.ruling_ids[0] if self.ruling_ids else self.query_id)


def read_questions(path: Path) -> list[DevQuestion]:
    """Read players-dev.jsonl, questions-dev.jsonl or a test set of ours. English rows of a ruling are that ruling."""
    opened = gzip.open(path, "rt", encoding="utf-8") if path.suffix == ".gz" else path.open(encoding="utf-8")
    with opened as lines:
        return [_question(json.loads(line)) for line in lines if line.strip()]


def own_questions() -> list[DevQuestion]:
    """Read all of our own questions."""
    return [question for path in OWN for question in read_questions(path)]


def _question(row: dict[str, object]) -> DevQuestion:
    gold = row.get("ruling_ids", row.get("gold_ruling_ids", row.get("gold_ruling_id", [])))
    more = row.get("gold_also", [])
    rulings = [gold] if isinstance(gold, str) else _texts(gold)
    verdict = str(row["verdict"])
    return DevQuestion(
        query_id=str(row.get("query_id", row.get("id"))),
        lang=str(row["lang"]),
        question=str(row["question"]),
        verdict=Verdict.UNKNOWN if verdict == "unanswerable" else Verdict(verdict),
        card_ids=tuple(_texts(row["card_ids"])),
        ruling_ids=tuple(dict.fromkeys(text.removesuffix("-en") for text in (*rulings, *_texts(more)))),
        near_ruling_ids=tuple(_texts(row.get("near_dup_ids", []))),
        style=tuple(_texts(row.get("style", []))),
        split=str(row.get("split", "dev")),
        about=str(row.get("about", "")),
    )


def _texts(value: object) -> list[str]:
    return [str(item) for item in value] if isinstance(value, list) else []
