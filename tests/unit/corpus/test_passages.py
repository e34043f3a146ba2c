"""Passages of each kind of source, and what of them is embedded."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ragqa.corpus.passages import MAX_CHARS, embedding_text, passages_of, split_text
from ragqa.datatypes import Card, CardAliases, Language, Passage, Rule, Ruling, SourceKind, Verdict

EN, KO, JA = Language.EN, Language.KO, Language.JA


def brief(passages: list[Passage]) -> list[tuple[str, str, str]]:
    return [(passage.passage_id, passage.heading, passage.text) for passage in passages]


def test_card_has_one_passage_for_each_language_with_a_text() -> None:
    card = Card(card_id="001", names={EN: "Fox", JA: "キツネ", KO: "여우"}, texts={KO: "뛴다.", EN: "It jumps."})
    passages = passages_of(card)
    assert brief(passages) == [("001#en1", "Fox", "It jumps."), ("001#ko1", "여우", "뛴다.")]
    assert {(passage.kind, passage.source_id, passage.card_ids) for passage in passages} == {
        (SourceKind.CARD, "001", ("001",))
    }


def test_card_text_without_a_name_in_its_language_takes_another_name() -> None:
    card = Card(card_id="1", names={JA: "キツネ"}, texts={KO: "뛴다."})
    assert brief(passages_of(card)) == [("1#ko1", "キツネ", "뛴다.")]


def test_long_card_text_splits_between_paragraphs_and_keeps_the_heading() -> None:
    pendulum, monster = "펜듈럼 " + "가" * 400 + ".", "몬스터 " + "나" * 400 + "."
    card = Card(card_id="1", names={KO: "여우"}, texts={KO: f"{pendulum}\n{monster}"})
    assert brief(passages_of(card)) == [("1#ko1", "여우", pendulum), ("1#ko2", "여우", monster)]


def test_ruling_has_short_long_and_further_question_with_the_same_answer() -> None:
    ruling = Ruling(
        ruling_id="q1",
        lang=JA,
        question={JA: "短い？", EN: "Short?"},
        detail={JA: "長い？"},
        also={JA: "ほかは？"},
        answer={JA: "はい。", EN: "Yes."},
        verdict=Verdict.YES,
        card_ids=["2", "1"],
    )
    passages = passages_of(ruling)
    assert brief(passages) == [
        ("q1#en1", "Short?", "Yes."),
        ("q1#ja1", "短い？", "はい。"),
        ("q1#ja2", "長い？", "はい。"),
        ("q1#ja3", "ほかは？", "はい。"),
    ]
    assert {passage.card_ids for passage in passages} == {("2", "1")}


def test_translated_question_without_translated_answer_leads_to_the_original_answer() -> None:
    ruling = Ruling(ruling_id="q1", lang=JA, question={JA: "可？", KO: "되나?"}, answer={EN: "Yes.", JA: "はい。"})
    assert brief(passages_of(ruling)) == [("q1#ko1", "되나?", "はい。"), ("q1#ja1", "可？", "はい。")]


def test_detail_equal_to_the_question_is_no_second_passage() -> None:
    ruling = Ruling(ruling_id="q1", lang=EN, question={EN: "May I?"}, detail={EN: "May I? "}, answer={EN: "Yes."})
    assert brief(passages_of(ruling)) == [("q1#en1", "May I?", "Yes.")]


def test_rule_has_a_passage_a_language_and_aliases_have_none() -> None:
    rule = Rule(rule_id="r1", heading={EN: "Chains", KO: "체인"}, text={EN: "A chain.", KO: "체인이다."})
    assert brief(passages_of(rule)) == [("r1#en1", "Chains", "A chain."), ("r1#ko1", "체인", "체인이다.")]
    assert passages_of(CardAliases(card_id="1", aliases={EN: ["Foxy"]})) == []


@pytest.mark.parametrize(
    ("kind", "heading", "text", "expected"),
    [
        (SourceKind.RULING, "May I?", "Yes.", "May I?"),
        (SourceKind.CARD, "Fox", "It jumps.", "Fox\nIt jumps."),
        (SourceKind.RULE, "", "A chain.", "A chain."),
    ],
)
def test_what_is_embedded(kind: SourceKind, heading: str, text: str, expected: str) -> None:
    passage = Passage(passage_id="1#en1", source_id="1", kind=kind, lang=EN, heading=heading, text=text)
    assert embedding_text(passage) == expected


def test_split_prefers_paragraphs_then_sentences_and_never_cuts_a_sentence() -> None:
    assert split_text("Aaa.\nBbb. Ccc.\n", 8) == ["Aaa.", "Bbb.", "Ccc."]
    assert split_text("Aaa. Bbb.\nCcc.", 10) == ["Aaa. Bbb.", "Ccc."]
    assert split_text("あああ。いい。う。", 6) == ["あああ。", "いい。う。"]
    assert split_text("one long sentence without an end", 5) == ["one long sentence without an end"]


@given(st.lists(st.text(alphabet="ab字 .。\n", max_size=30), max_size=8).map("".join), st.integers(1, 40))
def test_split_loses_nothing_but_space(text: str, limit: int) -> None:
    assert "".join("".join(split_text(text, limit)).split()) == "".join(text.split())


def test_every_language_has_a_limit() -> None:
    assert set(MAX_CHARS) == set(Language)
