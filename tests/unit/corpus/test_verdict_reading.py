"""Verdicts read from sentences in the manner of official answers, written for this test."""

import pytest

from ragqa.corpus.verdict_reading import read_verdict
from ragqa.datatypes import Language, Verdict

JAPANESE = [
    ("「赤い竜」を発動できますか？", "はい、発動できます。", Verdict.YES),
    ("「赤い竜」を発動できますか？", "「青い竜」の適用中でも、「赤い竜」を発動する事はできます。", Verdict.YES),
    ("「赤い竜」を発動できますか？", "「赤い竜」を発動する事自体ができません。", Verdict.NO),
    ("「赤い竜」を墓地へ送れますか？", "「赤い竜」を墓地へ送る事ができます。", Verdict.YES),
    ("「赤い竜」で攻撃できなくなりますか？", "「赤い竜」は攻撃する事ができます。", Verdict.NO),
    ("「赤い竜」の適用はなくなりますか？", "「赤い竜」の適用がなくなる事はありません。", Verdict.NO),
    ("「赤い竜」は破壊されますか？", "したがって、「赤い竜」は破壊される事になります。", Verdict.YES),
    ("「赤い竜」は破壊されますか？", "「赤い竜」が破壊される事はありません。", Verdict.NO),
    ("手札を見せる必要はありますか？", "手札を見せる必要はありません。", Verdict.NO),
    ("手札を見せなければなりませんか？", "手札を見せなければなりません。", Verdict.YES),
    ("「赤い竜」の効果は発動しますか？", "墓地に無いので、「赤い竜」の効果は発動しません。", Verdict.NO),
]
JAPANESE_DECLINED = [
    ("「赤い竜」の処理はどうなりますか？", "「赤い竜」は破壊されます。", "title is not yes/no"),
    ("「赤い竜」の効果はいつ発動しますか？", "効果は発動します。", "title is not yes/no"),
    (
        "「赤い竜」を発動できますか？",
        "手札が三枚以上あるのであれば、「赤い竜」を発動できます。",
        "answer has a condition",
    ),
    ("「赤い竜」を発動できますか？", "罠を選んだ時に限り、「赤い竜」を発動できます。", "answer has a condition"),
    (
        "「赤い竜」を発動できますか？",
        "「赤い竜」を発動できます。\n\n墓地が空の場合は発動できません。",
        "answer says both",
    ),
    ("それぞれの効果を発動できますか？", "どちらか片方のみ、効果を発動できます。", "answer has a condition"),
    (
        "効果を複数回発動できますか？",
        "その効果を同じチェーンで複数回発動する事はできません。\n\nなお、二枚あれば一度ずつ発動する事はできます。",
        "answer says both",
    ),
    ("「赤い竜」を発動できますか？", "（A）発動できます。\n（B）発動できません。", "answer treats cases"),
    ("「赤い竜」を発動できますか？", "「赤い竜」は破壊されます。", "predicate not echoed"),
    ("ライフを払う必要はなくなりますか？", "できません。", "predicate not echoed"),
]
ENGLISH = [
    ("Can I activate Red Dragon?", "Yes, you can.", Verdict.YES),
    ("Can I activate Red Dragon?", "No, you cannot. It is in the Deck.", Verdict.NO),
    (
        "While Blue Dragon is applying, can I activate Red Dragon?",
        "Even then, you can activate Red Dragon.",
        Verdict.YES,
    ),
    ("Can Red Dragon be Special Summoned?", "Red Dragon cannot be Special Summoned from the Deck.", Verdict.NO),
]
ENGLISH_DECLINED = [
    "What happens if I activate Red Dragon?",
    "Is Red Dragon no longer treated as a Dragon?",
    "How many cards can I draw?",
]


@pytest.mark.parametrize(("title", "answer", "verdict"), JAPANESE)
def test_japanese_polarity(title: str, answer: str, verdict: Verdict) -> None:
    reading = read_verdict(answer, title, Language.JA)
    assert (reading.verdict, reading.evidence in answer) == (verdict, True)


@pytest.mark.parametrize(("title", "answer", "rule"), JAPANESE_DECLINED)
def test_japanese_is_declined_where_the_answer_depends(title: str, answer: str, rule: str) -> None:
    reading = read_verdict(answer, title, Language.JA)
    assert (reading.verdict, reading.rule) == (None, rule)


@pytest.mark.parametrize(("title", "answer", "verdict"), ENGLISH)
def test_english_polarity(title: str, answer: str, verdict: Verdict) -> None:
    assert read_verdict(answer, title, Language.EN).verdict is verdict


@pytest.mark.parametrize("title", ENGLISH_DECLINED)
def test_english_open_questions_are_declined(title: str) -> None:
    assert read_verdict("You can activate Red Dragon.", title, Language.EN).verdict is None


def test_english_condition_is_declined() -> None:
    reading = read_verdict("Yes, but only if you control a Dragon.", "Can I activate Red Dragon?", Language.EN)
    assert (reading.verdict, reading.rule) == (None, "answer has a condition")


def test_quoted_effects_are_not_read_as_the_answer() -> None:
    title = "「赤い竜」を特殊召喚できますか？"
    answer = "「赤い竜」は『このカードは特殊召喚できません』とあっても、特殊召喚できます。"
    assert read_verdict(answer, title, Language.JA).verdict is Verdict.YES


def test_korean_has_no_rules() -> None:
    assert read_verdict("네, 발동할 수 있습니다.", "발동할 수 있나요?", Language.KO).verdict is None
