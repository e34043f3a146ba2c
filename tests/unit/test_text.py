"""Normalisation, ruby markup, tokens and sentences."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ragqa.datatypes import Language
from ragqa.text import detect_language, fold, jamo, key_characters, name_key, sentences, strip_ruby, tokens


def test_ruby_readings_go_and_names_in_angle_brackets_stay() -> None:
    assert strip_ruby("<ruby>灰<rt>は</rt></ruby><ruby>流<rt>る</rt></ruby>うらら") == "灰流うらら"
    assert strip_ruby("Maliss <Q> Red Ransom") == "Maliss <Q> Red Ransom"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Ｄ．Ｄ．クロウ", "d.d. クロウ"),
        ("ガガガマジシヤン", "ガガガマジシャン"),
        ('Maxx "C"', "maxx c"),
        ("No.39 希望皇ホープ", "no39希望皇ほーぷ"),
        ("푸른 눈의 백룡", "푸른눈의백룡"),
        ("Pokémon", "pokemon"),
    ],
)
def test_spellings_of_one_name_share_a_key(one: str, other: str) -> None:
    assert name_key(one) == name_key(other)


def test_key_characters_remember_where_they_come_from() -> None:
    assert list(key_characters("A-b ㌔")) == [("a", 0), ("b", 2), ("き", 4), ("ろ", 4)]


def test_hangul_is_taken_apart_into_letters() -> None:
    assert jamo("백룡a") == "ㅂㅐㄱㄹㅛㅇa"


@pytest.mark.parametrize(
    ("text", "lang"),
    [
        ("우라라로 Ash 막힘?", Language.KO),
        ("増Gって禁止?", Language.JA),
        ("灰流", Language.JA),
        ("can i ash this", Language.EN),
        ("", Language.EN),
    ],
)
def test_language_is_told_by_script(text: str, lang: Language) -> None:
    assert detect_language(text) is lang


def test_two_character_words_of_korean_and_japanese_are_searchable() -> None:
    assert tokens("돌진") == ["돌진"]
    assert tokens("速攻のかかし") == ["速攻", "攻の", "のか", "かか", "かし"]
    assert tokens("Forbidden Lance, GY") == ["forbidden", "lance", "gy"]


def test_sentences_end_at_full_stops_of_both_kinds_and_at_line_ends() -> None:
    assert sentences("はい。できます！\nWhy? Because.") == ["はい。", "できます！", "Why?", "Because."]


@given(st.text())
def test_folding_twice_changes_nothing_more_for_keys(text: str) -> None:
    assert name_key(name_key(text)) == name_key(text)
    assert all(0 <= offset < len(text) for _, offset in key_characters(text))
    assert fold(text) == fold(text)
