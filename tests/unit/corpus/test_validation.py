"""What may not enter the corpus, and which field is named."""

from typing import Any

import msgspec
import pytest

from ragqa.corpus.validation import MAX_TEXT_CHARS, validate
from ragqa.datatypes import Card, CardAliases, Language, Rule, Ruling, Source
from ragqa.errors import InvalidInput

EN, KO = Language.EN, Language.KO
CARD = Card(card_id="05318639", names={EN: "Fox"}, texts={EN: "Line one.\r\n\tLine two."}, valid_from="2024-02-29")
RULING = Ruling(ruling_id="q1", lang=EN, question={EN: "May I?"}, answer={EN: "Yes."}, card_ids=["05318639"])
RULE = Rule(rule_id="r1", heading={EN: "Chains"}, text={EN: "A chain."})
ALIASES = CardAliases(card_id="1", aliases={EN: ["Foxy"]})


@pytest.mark.parametrize("source", [CARD, RULING, RULE, ALIASES])
def test_sound_sources_pass(source: Source) -> None:
    validate(source)


@pytest.mark.parametrize(
    ("source", "change", "field"),
    [
        (CARD, {"card_id": " "}, "card_id"),
        (CARD, {"card_id": "a b"}, "card_id"),
        (CARD, {"card_id": "a#1"}, "card_id"),
        (CARD, {"card_id": "x" * 201}, "card_id"),
        (CARD, {"names": {}}, "names"),
        (CARD, {"names": {EN: "  "}}, "names"),
        (CARD, {"names": {EN: "Fox", KO: ""}}, "names.ko"),
        (CARD, {"names": {EN: "Fo\x00x"}}, "names.en"),
        (CARD, {"names": {EN: "Fo\x85x"}}, "names.en"),
        (CARD, {"texts": {EN: "\ud800"}}, "texts.en"),
        (CARD, {"texts": {EN: "x" * (MAX_TEXT_CHARS + 1)}}, "texts.en"),
        (CARD, {"aliases": {EN: ["Foxy", " "]}}, "aliases.en[1]"),
        (CARD, {"facts": {"note": ["fine", "\x1b[31m"]}}, "facts.note[1]"),
        (CARD, {"valid_from": "2023-02-29"}, "valid_from"),
        (CARD, {"valid_from": "20230228"}, "valid_from"),
        (CARD, {"valid_from": ""}, "valid_from"),
        (RULING, {"ruling_id": ""}, "ruling_id"),
        (RULING, {"question": {EN: " "}}, "question"),
        (RULING, {"answer": {}}, "answer"),
        (RULING, {"published": "yesterday"}, "published"),
        (RULING, {"withdrawn": "2025-13-01"}, "withdrawn"),
        (RULING, {"card_ids": ["1", ""]}, "card_ids[1]"),
        (RULING, {"superseded_by": "q1"}, "superseded_by"),
        (RULING, {"source_url": "javascript:alert(1)"}, "source_url"),
        (RULE, {"text": {EN: ""}}, "text"),
        (ALIASES, {"aliases": {EN: []}}, "aliases"),
        (ALIASES, {"aliases": {EN: [""]}}, "aliases.en[0]"),
    ],
)
def test_unsound_sources_are_refused_by_field(source: Source, change: dict[str, Any], field: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        validate(msgspec.structs.replace(source, **change))
    assert caught.value.field == field
