"""CSV and official Q&As as test sets."""

import json
from pathlib import Path

import pytest

from ragqa.corpus.store import SqlCorpusStore
from ragqa.datatypes import Card, Language, Verdict
from ragqa.errors import InvalidInput
from ragqa.evaluation.example_importers import read_csv, read_official
from tests.integration.evaluation_parts import EN, fill

JA = Language.JA
SAMPLES = Path(__file__).parents[4] / "shared" / "data" / "samples"


def csv_file(folder: Path, text: str) -> Path:
    path = folder / "mine.csv"
    path.write_text(text, "utf-8")
    return path


def test_csv_columns_are_fields_and_lists_have_semicolons(tmp_path: Path) -> None:
    text = 'query_id,lang,question,verdict,ruling_ids,card_ids,style\nq1,en,"Ash, now?",yes,r1;r2, c1 ; c2,short\n'
    [example] = read_csv(csv_file(tmp_path, text))
    assert (example.question, example.verdict) == ("Ash, now?", Verdict.YES)
    assert (example.ruling_ids, example.card_ids, example.style) == (("r1", "r2"), ("c1", "c2"), ("short",))


def test_csv_without_ids_and_languages_gets_them(tmp_path: Path) -> None:
    examples = read_csv(csv_file(tmp_path, "\ufeffquestion,verdict\n우라라 되나요?,no\nうらら使える？,unknown\n"))
    assert [(each.query_id, each.lang) for each in examples] == [("mine-2", Language.KO), ("mine-3", Language.JA)]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("question,verdict\nis it?,maybe\n", "mine.csv line 2: verdict"),
        ("question,verdict\nis it?,yes,more\n", "line 2: more columns"),
        ("question,verdict,gold\nis it?,yes,r1\n", "unknown field `gold`"),
        ("question,verdict\n", "is empty"),
    ],
)
def test_a_bad_csv_is_refused(tmp_path: Path, text: str, words: str) -> None:
    with pytest.raises(InvalidInput, match=words):
        read_csv(csv_file(tmp_path, text))


@pytest.fixture
def filled(store: SqlCorpusStore) -> SqlCorpusStore:
    card = Card(card_id="c7", konami_id=7752, names={EN: "Red Fox", JA: "赤狐"}, texts={EN: "It jumps."})
    fill(store, [card])
    return store


def test_an_official_qa_asks_its_title_and_is_its_own_gold(filled: SqlCorpusStore, tmp_path: Path) -> None:
    qa = {
        "qaData": {
            "ja": {"id": 12, "title": "「<<7752>>」を発動できますか？", "answer": "「<<7752>>」を発動できます。"},
            "en": {"id": 12, "title": "What does <<7752>> do?", "answer": "Many things."},
        },
        "cards": [7752, 9],
    }
    old = {
        "fid": 13,
        "title": "「赤狐」を発動できますか？",
        "answer": "「赤狐」を発動できません。",
        "mentionedCards": [7752],
    }
    (tmp_path / "a.json").write_text(json.dumps(qa), "utf-8")
    (tmp_path / "b.json").write_text(json.dumps(old), "utf-8")

    api, history = read_official(tmp_path, filled)

    assert (api.query_id, api.question, api.verdict) == ("qa-12-ja", "「赤狐」を発動できますか？", Verdict.YES)
    assert (api.ruling_ids, api.card_ids) == (("ygo-qa-12",), ("c7",))
    assert (history.query_id, history.verdict, history.ruling_ids) == ("qa-13-ja", Verdict.NO, ("ygo-qa-13",))


def test_what_is_no_qa_is_refused(filled: SqlCorpusStore, tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    path.write_text("[1]", "utf-8")
    with pytest.raises(InvalidInput, match=r"a\.json is not an official Q&A"):
        read_official(path, filled)


@pytest.mark.shared
def test_a_real_qa_of_each_format_is_read(filled: SqlCorpusStore) -> None:
    paths = [SAMPLES / "ygoresources-api-qa_22252_markup.json", SAMPLES / "ygoresources-qa-history_23793.json"]
    if not all(path.exists() for path in paths):
        pytest.skip("the samples are not beside the checkout")
    found = {example.query_id: example.verdict for path in paths for example in read_official(path, filled)}
    assert found["qa-23793-ja"] is Verdict.YES
    assert set(found) <= {"qa-22252-ja", "qa-22252-en", "qa-23793-ja"} and len(found) >= 2
