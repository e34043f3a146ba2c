"""Reading test sets: both shapes, and what is wrong with a bad row."""

import json
from pathlib import Path

import pytest

from ragqa.datatypes import Language, Region, Verdict
from ragqa.errors import InvalidInput
from ragqa.evaluation.examples import Example, fingerprint, load_testset, row_schema, write_testset

ROW = {"query_id": "q1", "lang": "ko", "question": "우라라 되나요?", "verdict": "yes", "ruling_ids": ["r1"]}
SHARED = Path(__file__).parents[4] / "shared" / "data" / "yugioh"


def written(folder: Path, *rows: object) -> Path:
    path = folder / "set.jsonl"
    path.write_text("\n".join(row if isinstance(row, str) else json.dumps(row) for row in rows), "utf-8")
    return path


def test_a_row_becomes_an_example_and_its_question(tmp_path: Path) -> None:
    row = ROW | {"region": "tcg", "as_of": "2026-01-31", "style": ["nickname"]}

    [example] = load_testset(written(tmp_path, row))

    assert example.ruling_ids == ("r1",) and example.style == ("nickname",) and example.answerable
    question = example.as_question()
    assert (question.text, question.lang, question.region, question.as_of) == (
        "우라라 되나요?",
        Language.KO,
        Region.TCG,
        "2026-01-31",
    )


def test_rows_in_the_shape_of_the_development_sets_are_understood(tmp_path: Path) -> None:
    players = {
        "id": "d1",
        "lang": "en",
        "question": "is vex real",
        "verdict": "unanswerable",
        "gold_ruling_ids": [],
        "style": ["fictional"],
    }
    derived = {
        "id": "h1",
        "lang": "ja",
        "question": "できますか",
        "question_full": None,
        "verdict": "no",
        "gold_ruling_id": "ygo-qa-7",
        "gold_also": ["ygo-qa-7-en", "ygo-qa-8"],
        "near_dup_ids": ["ygo-qa-9"],
        "date": "2017-03-24",
    }

    declined, answerable = load_testset(written(tmp_path, players, derived))

    assert declined.verdict is Verdict.UNKNOWN and declined.ruling_ids == () and not declined.answerable
    assert answerable.ruling_ids == ("ygo-qa-7", "ygo-qa-8")
    assert answerable.near_ruling_ids == ("ygo-qa-9",)


@pytest.mark.parametrize(
    ("rows", "line", "field", "words"),
    [
        ([ROW | {"verdict": "maybe"}], 1, "verdict", "conditional and unknown are verdicts"),
        ([ROW, ROW], 2, "query_id", "already on line 1"),
        ([ROW, "", ROW | {"query_id": "q2", "gold": 1}], 3, "gold", "unknown field"),
        ([{"query_id": "q1", "lang": "ko", "verdict": "yes"}], 1, "question", "missing required field"),
        ([ROW | {"as_of": "2026-02-30"}], 1, "as_of", "not a date"),
        (["{not json"], 1, None, "not JSON"),
        (["[1]"], 1, None, "not a JSON object"),
        ([ROW | {"lang": "fr"}], 1, "lang", "fr"),
    ],
)
def test_a_bad_row_is_refused_with_line_and_field(
    tmp_path: Path, rows: list[object], line: int, field: str | None, words: str
) -> None:
    with pytest.raises(InvalidInput, match=words) as caught:
        load_testset(written(tmp_path, *rows))
    assert (caught.value.line, caught.value.field) == (line, field)
    assert f"set.jsonl line {line}" in str(caught.value)


def test_an_empty_set_and_a_missing_file_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="is empty"):
        load_testset(written(tmp_path, "", " "))
    with pytest.raises(InvalidInput, match=r"nowhere\.jsonl cannot be read: No such file"):
        load_testset(tmp_path / "nowhere.jsonl")


def test_bytes_that_are_not_utf8_are_refused_with_their_line(tmp_path: Path) -> None:
    path = tmp_path / "set.jsonl"
    path.write_bytes(json.dumps(ROW).encode() + b"\n\xff\n")
    with pytest.raises(InvalidInput, match="line 2: not UTF-8 at byte 1"):
        load_testset(path)


def test_what_is_written_reads_back_and_the_id_depends_on_the_gold_not_on_the_order(tmp_path: Path) -> None:
    one = Example(query_id="a", lang=Language.EN, question="?", verdict=Verdict.YES)
    two = Example(query_id="b", lang=Language.JA, question="？", verdict=Verdict.NO, ruling_ids=("r",), split="dev")
    write_testset([one, two], tmp_path / "deep" / "set.jsonl")

    assert load_testset(tmp_path / "deep" / "set.jsonl") == [one, two]
    assert fingerprint([one, two]) == fingerprint([two, one])
    changed = Example(query_id="a", lang=Language.EN, question="?", verdict=Verdict.NO)
    assert fingerprint([one, two]) != fingerprint([changed, two])


def test_the_published_schema_is_the_one_in_force() -> None:
    published = Path(__file__).parents[3] / "docs" / "testset.schema.json"
    assert json.loads(published.read_text("utf-8")) == json.loads(json.dumps(row_schema()))


@pytest.mark.shared
@pytest.mark.parametrize(("name", "count", "declined"), [("players-dev", 327, 40), ("questions-dev", 654, 0)])
def test_the_development_sets_load(name: str, count: int, declined: int) -> None:
    path = SHARED / f"{name}.jsonl"
    if not path.exists():
        pytest.skip(f"{path.name} is not beside the checkout")
    examples = load_testset(path)
    assert len(examples) == count
    assert sum(not example.answerable for example in examples) == declined
