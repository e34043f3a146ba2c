"""Effect facts as words: what is looked for, and what effects say."""

import pytest

from ragqa.datatypes import Card, Language
from ragqa.errors import InvalidInput
from ragqa.grounding.effects import effect_terms, read_effects, read_query

MOTH = Card(
    card_id="1",
    kind="monster",
    names={Language.EN: "Glimmerwick Moth"},
    facts={"type_line": "Insect / Effect"},
    texts={
        Language.EN: "(Quick Effect): You can discard this card, then target 1 card in either GY; banish it."
        " When this card is destroyed: Draw 1 card."
    },
)


def test_the_facts_of_an_effect_are_the_words_that_find_it() -> None:
    quick, draws = (effect_terms(effect) for effect in read_effects(MOTH))
    assert quick >= {"type:quick", "speed:2", "targets", "optional", "banish"}
    assert draws >= {"type:trigger", "speed:1", "timing:when", "mandatory", "draw"}
    assert "targets" not in draws


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("banish", [True, False]),
        ("banish:graveyard", [True, False]),
        ("banish:deck", [False, False]),
        ("banish:deck,graveyard type:quick,trigger", [True, False]),
        ("draw", [False, True]),
        ("draw banish", [False, False]),
        ("-targets", [False, True]),
        ("DRAW -optional timing:when", [False, True]),
        ("type:quick -banish", [False, False]),
    ],
)
def test_every_word_has_to_hold_of_one_effect(text: str, found: list[bool]) -> None:
    query = read_query(text)
    assert [query.matches(effect_terms(effect)) for effect in read_effects(MOTH)] == found


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (" ", "blank"),
        ("draws", "'draws' is no fact"),
        ("draw:moon", "'draw:moon' does not fit"),
        ("type", "'type' does not fit"),
        ("targets:deck", "'targets:deck' is no fact"),
        ("-", "'' is no fact"),
        ("draw " * 13, "13 words"),
    ],
)
def test_a_word_that_is_no_fact_is_refused_with_what_would_be(text: str, says: str) -> None:
    with pytest.raises(InvalidInput, match=says) as refused:
        read_query(text)
    assert refused.value.field == "effect"
