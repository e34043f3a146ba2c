"""yaml-yugi as one JSON object, as a JSON list and as YAML documents."""

from pathlib import Path

import pytest
import yaml

from ragqa.datatypes import Card
from tests.unit.corpus.importers.samples import EN, JA, KO, Fields, card, items, refusals, sources, write_json

FOX: Fields = {
    "konami_id": 70,
    "password": 7,
    "name": {
        "en": "Fox <Q>",
        "de": "Fuchs",
        "ja": "<ruby>狐<rt>きつね</rt></ruby>",
        "ja_romaji": "Kitsune",
        "ko": None,
    },
    "text": {"en": "It jumps.", "ja": "跳ぶ。", "ko": None},
    "card_type": "Monster",
    "monster_type_line": "Beast / Pendulum / Effect",
    "attribute": "WIND",
    "level": 4,
    "atk": "?",
    "def": 0,
    "pendulum_scale": 1,
    "pendulum_effect": {"en": "It swings.", "ja": None},
    "series": ["Fox"],
    "limit_regulation": {"tcg": "Unlimited", "ocg": None},
    "yugipedia_page_id": 9,
    "images": [{"index": 1}],
}
EXPECTED = Card(
    card_id="00000007",
    passcode="00000007",
    konami_id=70,
    names={EN: "Fox <Q>", JA: "狐"},
    kind="monster",
    facts={
        "type_line": "Beast / Pendulum / Effect",
        "attribute": "WIND",
        "level": 4,
        "atk": "?",
        "def": 0,
        "pendulum_scale": 1,
        "series": ["Fox"],
        "limit_regulation": {"tcg": "Unlimited", "ocg": None},
    },
    texts={EN: "[ Pendulum Effect ]\nIt swings.\n[ Monster Effect ]\nIt jumps.", JA: "跳ぶ。"},
    source="yaml-yugi",
)


def as_yaml(*cards: Fields) -> str:
    return yaml.safe_dump_all(cards, allow_unicode=True, sort_keys=False)


def test_the_three_forms_say_the_same(tmp_path: Path) -> None:
    other = FOX | {"password": 8}
    assert card(write_json(tmp_path / "one.json", FOX)) == EXPECTED
    listed = sources(write_json(tmp_path / "list.json", [FOX, other]))
    path = tmp_path / "cards.yaml"
    path.write_text("---\n" + as_yaml(FOX, other) + "...\n")
    assert sources(path) == listed
    assert listed[0] == EXPECTED


@pytest.mark.parametrize(
    ("fields", "card_id"),
    [
        ({"password": None}, "kdb70"),
        ({"password": None, "konami_id": None}, "yugipedia9"),
        ({"password": 5318639}, "05318639"),
    ],
)
def test_ids(tmp_path: Path, fields: Fields, card_id: str) -> None:
    assert card(write_json(tmp_path / "one.json", FOX | fields)).card_id == card_id


def test_tokens_are_marked_and_link_rating_is_the_number_of_arrows(tmp_path: Path) -> None:
    token = {"monster_type_line": "Beast / Token"}
    assert card(write_json(tmp_path / "t.json", FOX | token)).kind == "token"
    link = card(write_json(tmp_path / "l.json", FOX | {"link_arrows": ["⬅", "➡", "↘"]}))
    assert link.facts["link"] == 3


def test_a_damaged_document_is_named_by_its_line_and_the_next_is_read(tmp_path: Path) -> None:
    path = tmp_path / "cards.yaml"
    path.write_text(as_yaml(FOX) + "---\nkonami_id: 1\nname: [\n---\n" + as_yaml({"konami_id": 5}))
    read = items(path)
    assert [number for number, _ in read] == [1, 2, 3]
    (_, _, broken), (_, field, missing) = refusals(path)
    lines = as_yaml(FOX).count("\n")
    assert broken.startswith(f"cards.yaml record 2: not YAML at line {lines + 4}: ")
    assert (field, missing) == ("password", "cards.yaml record 3: password: Object missing required field `password`")


def test_a_card_without_any_number_is_refused(tmp_path: Path) -> None:
    path = write_json(tmp_path / "c.json", FOX | {"password": None, "konami_id": None, "yugipedia_page_id": None})
    ((number, field, message),) = refusals(path)
    assert (number, field) == (1, "password")
    assert message.startswith("c.json record 1: password, konami_id and yugipedia_page_id are all empty")
    assert KO not in EXPECTED.names
