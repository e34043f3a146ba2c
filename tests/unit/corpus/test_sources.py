"""Keys and the stored form of sources."""

from ragqa.corpus.sources import from_json, id_field, kind_of_fields, source_key, to_json
from ragqa.datatypes import Card, CardAliases, Language, Rule, Ruling, SourceKind


def test_equal_sources_have_equal_text_whatever_the_order_of_their_languages() -> None:
    one = Card(card_id="1", names={Language.EN: "Fox", Language.JA: "狐"})
    other = Card(card_id="1", names={Language.JA: "狐", Language.EN: "Fox"})
    assert to_json(one) == to_json(other) == '{"card_id":"1","names":{"en":"Fox","ja":"狐"}}'
    assert from_json(SourceKind.CARD, to_json(one)) == other


def test_keys() -> None:
    ruling = Ruling(ruling_id="q", lang=Language.EN, question={}, answer={})
    rule = Rule(rule_id="r", heading={}, text={})
    assert source_key(ruling) == ("ruling", "q")
    assert source_key(rule) == ("rule", "r")
    assert source_key(CardAliases(card_id="1", aliases={})) == ("aliases", "1")
    assert [id_field(kind) for kind in SourceKind] == ["card_id", "ruling_id", "rule_id", "card_id"]


def test_kind_is_told_from_the_fields() -> None:
    assert kind_of_fields({"card_id": "1", "names": {}, "aliases": {}}) is SourceKind.CARD
    assert kind_of_fields({"card_id": "1", "aliases": {}}) is SourceKind.ALIASES
    assert kind_of_fields({"card_id": "1"}) is SourceKind.CARD
    assert kind_of_fields({"ruling_id": "1"}) is SourceKind.RULING
    assert kind_of_fields({"rule_id": "1"}) is SourceKind.RULE
    assert kind_of_fields({"id": "1", "names": {}}) is None
