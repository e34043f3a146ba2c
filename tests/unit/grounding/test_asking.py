"""What a question asks, in three languages."""

import pytest

from ragqa.datatypes import Language
from ragqa.grounding.asking import read_asking
from ragqa.grounding.concepts import concepts

EN, KO, JA = Language.EN, Language.KO, Language.JA


@pytest.mark.parametrize(
    ("text", "lang", "marks"),
    [
        ("can i ash book of eclipse", EN, {"able"}),
        ("is it illegal to target the one i just detached?", EN, {"able", "prevented"}),
        ("imperial iron wall out. is citree completely shut off?", EN, {"prevented", "negates"}),
        ("Can they send it to stop the summon?", EN, {"able"}),
        ("he claims i cant activate it, is he right", EN, {"claimed"}),
        ("does the monster get destroyed?", EN, set()),
        ("개기일식의 서에 우라라 되나요?", KO, {"able"}),
        ("성배 맞은 엘프의 성검사도 공격 막힘?", KO, {"prevented"}),
        ("묘지기로 막을 수 있어?", KO, {"able"}),
        ("スキドレあるとき効果って無効になる？", JA, {"prevented", "negates"}),
        ("皆既日蝕の書にうらら打てる？", JA, {"able"}),
        ("激流葬で破壊されますか？", JA, set()),
    ],
)
def test_marks_of_the_asking_sentence(text: str, lang: Language, marks: set[str]) -> None:
    asking = read_asking(text, lang)
    found = {name for name in ("able", "prevented", "negates", "claimed") if getattr(asking, name)}
    assert found == marks


def test_the_last_asking_sentence_counts() -> None:
    asking = read_asking("Is Skill Drain up? yes. I chain Ash. Does it resolve? thanks", EN)
    assert asking.clause == "Does it resolve?"


@pytest.mark.parametrize(
    ("text", "lang"),
    [
        ("how much is a starlight ash going for rn", EN),
        ("우라라 쿼시크 요즘 시세 얼마함", KO),
        ("うららの買取いくら？", JA),
    ],
)
def test_prices_are_outside_the_rules_and_no_yes_no_question(text: str, lang: Language) -> None:
    asking = read_asking(text, lang)
    assert asking.outside
    assert asking.yes_no is False


def test_concepts_meet_across_languages() -> None:
    shared = concepts("do i draw when it is destroyed", EN)
    assert {"draw", "destroy"} <= shared
    assert {"draw", "destroy"} <= concepts("파괴되면 드로우함?", KO)
    assert {"draw", "destroy"} <= concepts("破壊されたらドローできる？", JA)
    assert "draw" not in concepts("withdrawal", EN)
