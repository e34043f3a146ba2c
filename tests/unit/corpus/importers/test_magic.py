"""Magic: Scryfall's bulk files and MTGJSON of both versions."""

import hashlib
from pathlib import Path
from typing import Any

from ragqa.corpus.importers import known_cards
from ragqa.corpus.importers.magic import magic_card_id
from ragqa.datatypes import Card, Rule
from tests.unit.corpus.importers.samples import EN, JA, KO, Fields, items, refusals, rules, sources, write_json

FOX: Fields = {
    "object": "card",
    "oracle_id": "aaaa",
    "layout": "normal",
    "lang": "en",
    "name": "Fox",
    "type_line": "Legendary Creature — Fox",
    "oracle_text": "Jump.",
    "mana_cost": "{W}",
    "power": "1",
    "toughness": "1+*",
    "cmc": 1.0,
}
FOX_CARD = Card(
    card_id="mtg-" + hashlib.md5(b"Fox").hexdigest()[:10],
    game="mtg",
    names={EN: "Fox"},
    kind="creature",
    facts={
        "type_line": "Legendary Creature — Fox",
        "oracle_id": "aaaa",
        "mana_cost": "{W}",
        "power": "1",
        "toughness": "1+*",
    },
    texts={EN: "Jump."},
    source="Scryfall",
)
V5_FOX: Fields = {
    "name": "Fox",
    "type": "Creature — Fox",
    "layout": "normal",
    "text": "Jump.",
    "identifiers": {"scryfallOracleId": "aaaa"},
    "rulings": [{"date": "2020-01-01", "text": "It jumps high."}],
    "foreignData": [{"language": "Japanese", "name": "狐", "text": "跳ぶ。"}, {"language": "German", "name": "Fuchs"}],
}


def cards(path: Path) -> list[Card]:
    return [each for each in sources(path) if isinstance(each, Card)]


def test_scryfall_prints_of_one_card_become_one_card_in_all_languages(tmp_path: Path) -> None:
    japanese = FOX | {"lang": "ja", "printed_name": "狐", "printed_text": "跳ぶ。"}
    german = FOX | {"lang": "de", "printed_name": "Fuchs"}
    token = FOX | {"layout": "token", "name": "Fox"}
    read = items(write_json(tmp_path / "c.json", [token, FOX, german, japanese, FOX]))
    expected = Card(**{**fields_of(FOX_CARD), "names": {EN: "Fox", JA: "狐"}, "texts": {EN: "Jump.", JA: "跳ぶ。"}})
    assert read == [(2, expected)]


def fields_of(card: Card) -> dict[str, Any]:
    return {field: getattr(card, field) for field in card.__struct_fields__}


def test_scryfall_split_card_has_both_faces_and_each_as_an_alias(tmp_path: Path) -> None:
    faces = [
        {"object": "card_face", "name": "Fire", "oracle_text": "Burn."},
        {"object": "card_face", "name": "Ice", "oracle_text": "Freeze."},
    ]
    split = FOX | {"layout": "split", "name": "Fire // Ice", "type_line": "Instant // Instant", "card_faces": faces}
    (card,) = cards(write_json(tmp_path / "c.json", [split]))
    assert (card.card_id, card.names, card.aliases) == (
        magic_card_id("Fire // Ice"),
        {EN: "Fire // Ice"},
        {EN: ["Fire", "Ice"]},
    )
    assert card.texts == {EN: "Fire\nBurn.\n//\nIce\nFreeze."}
    assert card.kind == "instant"


def test_scryfall_rulings_are_rules_about_their_card(tmp_path: Path) -> None:
    one = {
        "object": "ruling",
        "oracle_id": "aaaa",
        "source": "wotc",
        "published_at": "2020-01-01",
        "comment": "It jumps high.",
    }
    path = write_json(tmp_path / "r.json", [one, one, one | {"oracle_id": "bbbb", "source": "scryfall"}])
    known, unknown = rules(path, known_cards([FOX_CARD]))
    digest = hashlib.sha256(b"It jumps high.").hexdigest()[:10]
    assert known == Rule(
        rule_id=f"{FOX_CARD.card_id}-{digest}",
        game="mtg",
        heading={EN: "Fox"},
        text={EN: "It jumps high."},
        card_ids=[FOX_CARD.card_id],
        source="Gatherer, 2020-01-01",
    )
    assert (unknown.card_ids, unknown.source) == (["mtg-bbbb"], "Scryfall, 2020-01-01")


def test_scryfall_missing_key_is_named(tmp_path: Path) -> None:
    no_layout = {key: value for key, value in FOX.items() if key != "layout"}
    no_id = FOX | {"oracle_id": None}
    assert refusals(write_json(tmp_path / "c.json", [FOX, no_layout, no_id])) == [
        (2, "layout", "c.json record 2: layout: Object missing required field `layout`"),
        (3, "oracle_id", "c.json record 3: 'Fox' has no oracle_id"),
    ]


def test_mtgjson_5_as_set_as_all_printings_and_as_atomic_cards_says_the_same(tmp_path: Path) -> None:
    meta = {"date": "2024-01-01", "version": "5"}
    one_set = {"name": "Woods", "code": "WDS", "cards": [V5_FOX, V5_FOX]}
    expected = [
        Card(
            card_id=magic_card_id("Fox"),
            game="mtg",
            names={EN: "Fox", JA: "狐"},
            kind="creature",
            facts={"type_line": "Creature — Fox", "oracle_id": "aaaa"},
            texts={EN: "Jump.", JA: "跳ぶ。"},
            source="MTGJSON",
        ),
        Rule(
            rule_id=f"{magic_card_id('Fox')}-{hashlib.sha256(b'It jumps high.').hexdigest()[:10]}",
            game="mtg",
            heading={EN: "Fox"},
            text={EN: "It jumps high."},
            card_ids=[magic_card_id("Fox")],
            source="Gatherer, 2020-01-01",
        ),
    ]
    assert sources(write_json(tmp_path / "set.json", {"meta": meta, "data": one_set})) == expected
    printings = {"meta": meta, "data": {"WDS": one_set, "TWO": one_set}}
    assert sources(write_json(tmp_path / "all.json", printings)) == expected
    assert sources(write_json(tmp_path / "atomic.json", {"meta": meta, "data": {"Fox": [V5_FOX]}})) == expected


def test_mtgjson_3_joins_the_halves_of_a_split_card_but_not_a_meld(tmp_path: Path) -> None:
    half: Fields = {"layout": "split", "names": ["Fire", "Ice"], "type": "Instant", "loyalty": 4}
    meld: Fields = {"layout": "meld", "names": ["A", "B", "AB"], "type": "Creature", "text": "Meld."}
    old_set = {
        "name": "Woods",
        "releaseDate": "2018-07-13",
        "cards": [
            half | {"name": "Fire", "text": "Burn.", "foreignNames": [{"language": "Korean", "name": "불"}]},
            {"name": "Owl", "layout": "normal", "type": "Artifact"},
            half | {"name": "Ice", "text": "Freeze.", "foreignNames": [{"language": "Korean", "name": "얼음"}]},
            meld | {"name": "A"},
        ],
    }
    owl, split, part = cards(write_json(tmp_path / "set.json", old_set))
    assert (owl.names, owl.texts, owl.kind) == ({EN: "Owl"}, {}, "artifact")
    assert split.names == {EN: "Fire // Ice", KO: "불 // 얼음"}
    assert split.aliases == {EN: ["Fire", "Ice"], KO: ["불", "얼음"]}
    assert split.texts == {EN: "Fire\nBurn.\n//\nIce\nFreeze."}
    assert part.names == {EN: "A"}
    many = {"WDS": old_set}
    assert {each.card_id for each in cards(write_json(tmp_path / "sets.json", many))} == {
        owl.card_id,
        split.card_id,
        part.card_id,
    }


def test_mtgjson_wrong_record_is_named(tmp_path: Path) -> None:
    wrong = {"name": "Woods", "releaseDate": "x", "cards": [V5_FOX, {"layout": "normal", "type": "Artifact"}]}
    ((number, field, message),) = refusals(write_json(tmp_path / "set.json", wrong))
    assert (number, field) == (2, "[0].name")
    assert message.startswith("set.json record 2: [0].name: Object missing required field")
