"""Words that look like names nobody knows."""

import pytest

from ragqa.datatypes import CardCandidate, Language, LinkedCard, Linking, Question, UnlinkedSpan
from ragqa.grounding.remarks import unknown_remark
from ragqa.grounding.strangers import strange_recipients, strangers
from ragqa.retrieval.linking.ordinary import load_ordinary_words

ORDINARY = load_ordinary_words()
NAMES = {
    Language.EN: {"1": "Scrap Raider", "2": "Skill Drain"},
    Language.KO: {"1": "섬도희－하야테", "2": "스킬 드레인"},
    Language.JA: {"1": "混沌の騎士", "2": "スキルドレイン"},
}


@pytest.mark.parametrize(
    ("lang", "text", "words", "near"),
    [
        (Language.EN, "does Scrap Raider Veyron lose its effect under Skill Drain", "Scrap Raider Veyron", ["1"]),
        (Language.KO, "섬도희 미즈하 있으면 발동할 수 있나요?", "섬도희 미즈하", []),
        (Language.JA, "混沌の騎士ヴァルキ の②は使えますか？", "混沌の騎士ヴァルキ", ["1"]),
    ],
)
def test_unknown_names_are_found_with_the_nearest(lang: Language, text: str, words: str, near: list[str]) -> None:
    start = text.find("Skill Drain")
    link = LinkedCard(card_id="2", name="x", start=start, end=start + 11, surface="Skill Drain", score=1, via="name")
    linking = Linking(cards=(link,) if start >= 0 else ())
    found = strangers(Question(text=text, lang=lang), linking, ORDINARY, NAMES[lang])
    assert [span.surface for span in found] == [words]
    assert [candidate.card_id for candidate in found[0].candidates][:1] == near


def test_ordinary_questions_have_no_strangers() -> None:
    for lang, text in (
        (Language.EN, "can I activate a trap in response to the summon of my opponent's monster"),
        (Language.KO, "상대 몬스터를 파괴하는 효과에 체인할 수 있나요?"),
        (Language.JA, "相手のモンスターを破壊する効果にチェーンできますか？"),
    ):
        assert strangers(Question(text=text, lang=lang), Linking(), ORDINARY, {}) == (), text


def test_a_decline_names_the_words_and_the_nearest_cards() -> None:
    span = UnlinkedSpan(
        start=0, end=3, surface="Ahs", candidates=(CardCandidate(card_id="1", name="Ash Blossom", score=0.8),)
    )
    assert unknown_remark(Linking(unlinked=(span,)), Language.EN) == (
        "No card is known here by these words: “Ahs”. The nearest names to “Ahs”: Ash Blossom."
    )
    assert "Ash Blossom" in unknown_remark(Linking(unlinked=(span,)), Language.KO)
    assert unknown_remark(Linking(), Language.JA) == ""


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("상대 녹슨 폭군 벨코르한테 스킬 드레인 쓸 수 있나요?", ["녹슨 폭군 벨코르"]),
        ("벨코르에게 스킬 드레인이 적용되나요?", ["벨코르"]),
        ("상대 몬스터한테 스킬 드레인 적용됨?", []),
        ("공격력 3000짜리한테 스킬 드레인 적용됨?", []),
        ("녹슨 폭군 벨코르 있으면 스킬 드레인 됨?", []),
    ],
)
def test_an_unknown_card_that_something_is_done_to(text: str, found: list[str]) -> None:
    asked = Question(text=text, lang=Language.KO)
    spans = strange_recipients(asked, Linking(), ORDINARY, NAMES.__getitem__)
    assert [span.surface for span in spans] == found
