"""Test sets: one example a line, a question with the verdict and the rulings that settle it."""

import hashlib
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

import msgspec
from msgspec import Meta

from ragqa.corpus.importers.jsonl import misfit
from ragqa.corpus.validation import check_iso_date
from ragqa.datatypes import Language, Question, Region, Verdict
from ragqa.errors import InvalidInput

_TRANSLATION = re.compile(r"^(ygo-qa-\d+)-en$")
_BOM = b"\xef\xbb\xbf"


class Example(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """One question of a test set.

    A question that nothing settles has the verdict `unknown` and no rulings: declining is the right answer to it.
    """

    query_id: Annotated[str, Meta(min_length=1, max_length=200, description="unique in the test set")]
    lang: Annotated[Language, Meta(description="language of the question")]
    question: Annotated[str, Meta(description="as a player would type it")]
    verdict: Annotated[Verdict, Meta(description="the literal answer; unknown: must be declined")]
    ruling_ids: Annotated[tuple[str, ...], Meta(description="rulings any one of which settles it")] = ()
    near_ruling_ids: Annotated[tuple[str, ...], Meta(description="further rulings that give the answer away")] = ()
    card_ids: Annotated[tuple[str, ...], Meta(description="cards that the question means")] = ()
    style: Annotated[tuple[str, ...], Meta(description="tags such as nickname, typo, short")] = ()
    note: str = ""
    split: Annotated[str | None, Meta(description="such as dev or test")] = None
    region: Annotated[Region | None, Meta(description="where the question is asked for")] = None
    as_of: Annotated[str | None, Meta(description="ISO date that the answer must hold on")] = None

    @property
    def answerable(self) -> bool:
        """Whether the question has an answer, so that declining it is not right."""
        return self.verdict is not Verdict.UNKNOWN

    def as_question(self) -> Question:
        """Return what a player would send."""
        return Question(text=self.question, lang=self.lang, region=self.region, as_of=self.as_of)


def load_testset(path: Path) -> list[Example]:
    """Read a JSONL test set; rows with `id` and `gold_ruling_id(s)` are understood too.

    Raises InvalidInput with line and field: an unreadable file, a bad row, an id given twice, no row at all.
    """
    try:
        content = path.read_bytes()
    except OSError as error:
        raise InvalidInput(f"test set {path} cannot be read: {error.strerror}; give a JSONL file") from None
    rows = [
        (number, _read_row(raw, path.name, number))
        for number, raw in enumerate(content.removeprefix(_BOM).splitlines(), 1)
        if raw.strip()
    ]
    return checked(rows, path.name)


def checked(rows: Sequence[tuple[int, Example]], name: str) -> list[Example]:
    """Return the examples of numbered lines. Raises InvalidInput if there are none or an id comes twice."""
    if not rows:
        raise InvalidInput(f"test set {name} is empty; give it one question a line")
    first_lines: dict[str, int] = {}
    for line, example in rows:
        first = first_lines.setdefault(example.query_id, line)
        if first != line:
            message = f"{name} line {line}: query_id {example.query_id!r} is already on line {first}"
            raise InvalidInput(message, field="query_id", line=line)
    return [example for _, example in rows]


def fingerprint(examples: Sequence[Example]) -> str:
    """Return a hash of the questions and their gold, by which two runs know that they measured the same set."""
    return hashlib.sha256(msgspec.json.encode(sorted(examples, key=lambda e: e.query_id))).hexdigest()[:16]


def row_schema() -> dict[str, Any]:
    """Return the JSON Schema of one row; docs/testset.schema.json holds the same."""
    schema = msgspec.json.schema(Example)
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": "ragqa test set row", **schema}


def write_testset(examples: Sequence[Example], path: Path) -> None:
    """Write one example a line."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"".join(msgspec.json.encode(example) + b"\n" for example in examples))


def to_example(fields: dict[str, Any], name: str, line: int) -> Example:
    """Check one row. Raises InvalidInput, naming file, line and field."""
    try:
        example = msgspec.convert(fields, Example)
        check_iso_date(example.as_of, "as_of")
    except msgspec.ValidationError as error:
        raise _located(misfit(str(error)), name, line) from None
    except InvalidInput as error:
        raise _located(error, name, line) from None
    return example


def _read_row(raw: bytes, name: str, line: int) -> Example:
    try:
        fields = msgspec.json.decode(raw.decode())
    except UnicodeDecodeError as error:
        message = f"{name} line {line}: not UTF-8 at byte {error.start + 1}; save the file as UTF-8"
        raise InvalidInput(message, line=line) from None
    except msgspec.DecodeError as error:
        raise InvalidInput(f"{name} line {line}: not JSON: {error}", line=line) from None
    if not isinstance(fields, dict):
        raise InvalidInput(f"{name} line {line}: not a JSON object; each line is one {{...}}", line=line)
    if "query_id" not in fields and "id" in fields:
        fields = _from_development_row(fields)
    return to_example(fields, name, line)


def _from_development_row(fields: dict[str, Any]) -> dict[str, Any]:
    """Rename the fields of rows that call the gold rulings `gold_ruling_ids` or `gold_ruling_id` and `gold_also`."""
    gold = fields.get("gold_ruling_ids") or [fields.get("gold_ruling_id"), *fields.get("gold_also", [])]
    renamed = {
        "query_id": fields["id"],
        "verdict": "unknown" if fields.get("verdict") == "unanswerable" else fields.get("verdict"),
        "ruling_ids": _without_translations(gold),
        "near_ruling_ids": _without_translations(fields.get("near_dup_ids", [])),
    }
    kept = ("lang", "question", "card_ids", "style", "note", "split", "region", "as_of")
    return renamed | {field: fields[field] for field in kept if fields.get(field) is not None}


def _without_translations(ruling_ids: Sequence[str | None]) -> list[str]:
    """A ruling and its translation are one ruling in the corpus, under the id of the original."""
    return list(dict.fromkeys(_TRANSLATION.sub(r"\1", ruling_id) for ruling_id in ruling_ids if ruling_id))


def _located(error: InvalidInput, name: str, line: int) -> InvalidInput:
    known = "; yes, no, conditional and unknown are verdicts" if error.field == "verdict" else ""
    return InvalidInput(f"{name} line {line}: {error}{known}", field=error.field, line=line)
