"""A known card's name inside a longer one that nobody knows."""

import msgspec
import pytest

from ragqa.datatypes import Language, LinkedCard, Linking, Question
from ragqa.grounding.extended_names import extended_names
from ragqa.retrieval.linking.ordinary import load_ordinary_words

ORDINARY = load_ordinary_words()
NAMES = {
    "eclipse": ["Book of Eclipse", "개기일식의 서", "皆既日蝕の書"],
    "evenly": ["Evenly Matched", "길항승부", "拮抗勝負"],
    "ash": ["Ash Blossom & Joyous Spring", "하루 우라라", "灰流うらら"],
    "wall": ["Imperial Iron Wall", "왕궁의 철벽", "王宮の鉄壁"],
    "thunder": ["Armed Dragon Thunder LV10", "암드 드래곤 썬더 LV10", "アームド・ドラゴン・サンダー LV10"],
}
EN, KO, JA = Language.EN, Language.KO, Language.JA


def linked(text: str, card_id: str, words: str, via: str = "name") -> Linking:
    start = text.index(words)
    link = LinkedCard(
        card_id=card_id, name=NAMES[card_id][0], start=start, end=start + len(words), surface=words, score=0.9, via=via
    )
    return Linking(cards=(link,))


def doubted(lang: Language, text: str, linking: Linking) -> list[str]:
    found = extended_names(Question(text=text, lang=lang), linking, ORDINARY, NAMES.__getitem__)
    return [span.surface for span in found]


@pytest.mark.parametrize(
    ("lang", "text", "card_id", "words", "longer"),
    [
        (EN, "Can I chain to Greater Book of Eclipse?", "eclipse", "Book of Eclipse", "Greater Book of Eclipse"),
        (EN, "can i chain to greater book of eclipse", "eclipse", "book of eclipse", "greater book of eclipse"),
        (EN, "chain to Book of the Drowned Lantern?", "eclipse", "Book of", "Book of the Drowned Lantern"),
        (EN, "is Book of Eclipses Past usable", "eclipse", "Book of Eclipse", "Book of Eclipses Past"),
        (EN, "is Evenly Matchless usable", "evenly", "Evenly", "Evenly Matchless"),
        (EN, "is Evenly Unmatched usable", "evenly", "Unmatched", "Evenly Unmatched"),
        (KO, "대개기일식의 서에 체인 됨?", "eclipse", "대개기일식", "대개기일식의 서"),
        (KO, "길항패배 발동 됨?", "evenly", "길항", "길항패배"),
        (KO, "강철의 철벽 있으면 됨?", "wall", "철벽", "강철의 철벽"),
        (KO, "하루 사쿠라를 체인 됨?", "ash", "하루", "하루 사쿠라"),
        (JA, "超皆既日蝕の書に打てる？", "eclipse", "皆既日蝕の書", "超皆既日蝕の書"),
        (JA, "眠れる灯火の書に打てる？", "eclipse", "の書", "灯火の書"),
        (JA, "拮抗敗北を発動できる？", "evenly", "拮抗", "拮抗敗北"),
        (JA, "月兎うららを召喚できる？", "ash", "うらら", "月兎うらら"),
    ],
)
def test_words_around_a_link_that_make_another_name(
    lang: Language, text: str, card_id: str, words: str, longer: str
) -> None:
    assert doubted(lang, text, linked(text, card_id, words)) == [longer]


@pytest.mark.parametrize(
    ("lang", "text", "card_id", "words"),
    [
        (EN, "Can Ash Blossom be chained to Book of Eclipse?", "ash", "Ash Blossom"),
        (EN, "does the effect of my opp's Ash Blossom resolve", "ash", "Ash Blossom"),
        (EN, "Ash Blossom on Maxx C? is that legal", "ash", "Ash Blossom"),
        (EN, "armed dragon thunder 10 on board", "thunder", "dragon thunder"),
        (KO, "상대우라라 맞으면 끝남?", "ash", "우라라"),
        (EN, "the second copy of Ash Blossom of theirs", "ash", "Ash Blossom"),
        (KO, "하루 우라라체인돼요?", "ash", "하루 우라라"),
        (JA, "相手ターン皆既日蝕の書発動できる？", "eclipse", "皆既日蝕の書"),
        (KO, "개기일식에 우라라 됨?", "eclipse", "개기일식"),
        (KO, "상대의 철벽 있을 때 됨?", "wall", "철벽"),
        (JA, "相手の皆既日蝕の書に打てる？", "eclipse", "皆既日蝕の書"),
        (JA, "うらら投げられる？", "ash", "うらら"),
        (JA, "皆既日蝕の書発動できる？", "eclipse", "皆既日蝕の書"),
        (JA, "アームドサンダーLV10に打てる？", "thunder", "サンダーLV10"),
    ],
)
def test_speech_around_a_link_and_the_name_itself_are_no_ground(
    lang: Language, text: str, card_id: str, words: str
) -> None:
    assert doubted(lang, text, linked(text, card_id, words)) == []


def test_a_card_that_the_user_confirmed_is_not_doubted_and_the_nearest_is_the_linked_one() -> None:
    text = "Can I chain to Greater Book of Eclipse?"
    linking = linked(text, "eclipse", "Book of Eclipse")
    (span,) = extended_names(Question(text=text, lang=EN), linking, ORDINARY, NAMES.__getitem__)
    assert [candidate.card_id for candidate in span.candidates] == ["eclipse"]
    confirmed = msgspec.structs.replace(linking, cards=(msgspec.structs.replace(linking.cards[0], via="confirmed"),))
    assert doubted(EN, text, confirmed) == []
