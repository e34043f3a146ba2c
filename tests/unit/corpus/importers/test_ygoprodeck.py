"""YGOPRODeck's API JSON."""

from pathlib import Path

from ragqa.corpus.importers import known_cards
from ragqa.datatypes import Card
from tests.unit.corpus.importers.samples import EN, JA, KO, Fields, card, items, refusals, write_json

FOX: Fields = {
    "id": 7,
    "name": "Fox Dragon",
    "type": "Link Effect Monster",
    "typeline": ["Beast", "Link", "Effect"],
    "race": "Beast",
    "desc": "2 Beasts\r\nIt jumps.",
    "archetype": "Fox",
    "attribute": "WIND",
    "atk": -1,
    "linkval": 2,
    "linkmarkers": ["Bottom-Left", "Right"],
    "card_images": [{"id": 7, "image_url": "x"}, {"id": 8}],
    "misc_info": [{"konami_id": 70, "views": 3}],
    "card_prices": [{"ebay_price": "0.10"}],
}


def test_link_monster_with_alternate_art_and_unknown_attack(tmp_path: Path) -> None:
    assert card(write_json(tmp_path / "c.json", {"data": [FOX], "meta": {"x": 1.5}})) == Card(
        card_id="00000007",
        passcode="00000007",
        konami_id=70,
        names={EN: "Fox Dragon"},
        kind="monster",
        facts={
            "type_line": "Beast / Link / Effect",
            "attribute": "WIND",
            "link": 2,
            "link_arrows": ["↙", "➡"],
            "atk": "?",
            "series": ["Fox"],
            "alt_passcodes": [8],
        },
        texts={EN: "2 Beasts\nIt jumps."},
        source="YGOPRODeck",
    )


def test_language_is_told_from_the_text_and_the_pendulum_text_has_its_heading(tmp_path: Path) -> None:
    korean = {
        "id": 12345678,
        "name": "여우",
        "name_en": "Fox",
        "type": "Pendulum Effect Monster",
        "desc": "합친 글",
        "pend_desc": "흔든다.",
        "monster_desc": "뛴다.",
        "race": "Beast",
        "level": 4,
        "atk": 0,
        "def": 100,
        "scale": 0,
    }
    read = card(write_json(tmp_path / "c.json", {"data": [korean]}))
    assert read.names == {EN: "Fox", KO: "여우"}
    assert read.texts == {KO: "【펜듈럼 효과】\n흔든다.\n【몬스터 효과】\n뛴다."}
    assert read.facts == {"type_line": "Beast", "level": 4, "atk": 0, "def": 100, "pendulum_scale": 0}


def test_xyz_level_is_its_rank_and_tokens_are_marked(tmp_path: Path) -> None:
    xyz = {"id": 1, "name": "X", "type": "XYZ Monster", "desc": "d", "level": 4, "atk": 1, "def": 2}
    token = {"id": 2, "name": "T", "type": "Token", "desc": "d", "level": 1, "atk": 0, "def": 0}
    spell = {"id": 3, "name": "S", "type": "Spell Card", "desc": "d", "race": "Quick-Play"}
    cards = [each for _, each in items(write_json(tmp_path / "c.json", {"data": [xyz, token, spell]}))]
    assert [(each.kind, each.facts) for each in cards if isinstance(each, Card)] == [
        ("monster", {"rank": 4, "atk": 1, "def": 2}),
        ("token", {"level": 1, "atk": 0, "def": 0}),
        ("spell", {"type_line": "Quick-Play"}),
    ]


def test_a_card_known_by_its_konami_id_or_alternate_art_keeps_its_id(tmp_path: Path) -> None:
    path = write_json(tmp_path / "c.json", {"data": [FOX]})
    assert card(path, known_cards([Card(card_id="kdb70", konami_id=70, names={JA: "狐"})])).card_id == "kdb70"
    other = Card(card_id="00000009", passcode="00000009", names={JA: "狐"}, facts={"alt_passcodes": [7]})
    assert card(path, known_cards([other])).card_id == "00000009"


def test_missing_key_and_cut_off_file_are_named_by_record(tmp_path: Path) -> None:
    nameless = {key: value for key, value in FOX.items() if key != "name"}
    path = write_json(tmp_path / "c.json", {"data": [FOX, nameless, FOX | {"id": "7"}]})
    assert refusals(path) == [
        (2, "name", "c.json record 2: name: Object missing required field `name`"),
        (3, "id", "c.json record 3: id: Expected `int`, got `str`"),
    ]
    path.write_bytes(path.read_bytes()[:-20])
    assert [number for number, *_ in refusals(path)] == [2, 3]
    assert "record 3: not JSON from here on" in refusals(path)[1][2]
