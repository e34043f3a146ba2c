"""An answer as one message, and where its citations stand in it."""

import msgspec

from ragqa.api.chat.text import message_text, text_annotations
from ragqa.datatypes import FalsePremise, Region, RegionVerdict, Verdict
from tests.unit.cli.parts import DECLINED, DEPENDS, YES


def test_the_verdict_comes_first_and_the_sources_last() -> None:
    assert message_text(YES).splitlines() == [
        "**예** · 공식 재정에 따른 답",
        "",
        "체인할 수 있습니다. [1]",
        "",
        "출처",
        "",
        "- [1] [하루 우라라]와 [개기일식의 서] · Q&A 23793 · 2021-05-01 · https://example.org/qa/23793",
        "- [2] 옛 재정 · 철회됨 2022-02-02",
    ]


def test_an_annotation_marks_the_number_in_the_explanation_and_only_where_there_is_a_page() -> None:
    text = message_text(YES)
    [annotation] = text_annotations(text, YES)
    marked = annotation.url_citation
    assert text[marked.start_index : marked.end_index] == "[1]"
    assert text[: marked.start_index].endswith("체인할 수 있습니다. ")
    assert (marked.url, marked.title) == ("https://example.org/qa/23793", "[하루 우라라]와 [개기일식의 서]")


def test_no_answer_says_so_and_shows_where_to_look() -> None:
    assert message_text(DECLINED).splitlines() == [
        "**No answer** · the corpus does not settle it",
        "",
        "Not recognised",
        "",
        "- Asj B (did you mean: Ash?)",
        "",
        "Nearest passages",
        "",
        "- [1] [하루 우라라]와 [개기일식의 서] · Q&A 23793 · 2021-05-01 · https://example.org/qa/23793",
    ]
    assert text_annotations(message_text(DECLINED), DECLINED) == []


def test_conditions_are_listed_with_their_verdicts() -> None:
    assert "- No: in the Damage Step" in message_text(DEPENDS).splitlines()


def test_the_name_of_a_card_does_not_become_an_html_tag() -> None:
    answer = msgspec.structs.replace(YES, explanation="Maliss <Q> Red Ransom may. [1]")
    text = message_text(answer)
    assert "Maliss \\<Q> Red Ransom" in text
    [annotation] = text_annotations(text, answer)
    assert text[annotation.url_citation.start_index : annotation.url_citation.end_index] == "[1]"


def test_a_false_premise_and_unknown_words_are_named_once() -> None:
    premise = FalsePremise(card_id="1", name="Moth", claim="destroy", passage="1#en0")
    told = '"destroy": the text of Moth says nothing of the kind. It says: "It jumps."'
    declined = msgspec.structs.replace(DECLINED, explanation=told, false_premise=premise, unlinked=())
    assert message_text(declined).splitlines()[:3] == ["**No answer** · the corpus does not settle it", "", told]
    unknown = "No card is known here by these words: “Asj B”. The nearest names to “Asj B”: Ash."
    text = message_text(msgspec.structs.replace(DECLINED, explanation=unknown))
    assert unknown in text and text.count("Asj B") == 2 and "Not recognised" not in text


def test_both_regions_are_told_where_they_differ() -> None:
    by_region = (
        RegionVerdict(region=Region.OCG, verdict=Verdict.YES, source_id="r1"),
        RegionVerdict(region=Region.TCG, verdict=Verdict.UNKNOWN),
    )
    lines = message_text(msgspec.structs.replace(DEPENDS, by_region=by_region)).splitlines()
    assert lines[lines.index("By region") :][2:4] == ["- OCG: Yes", "- TCG: No answer"]
