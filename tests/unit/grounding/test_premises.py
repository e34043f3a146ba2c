"""Effects that questions take for granted, against texts of our own."""

import pytest

from ragqa.datatypes import Card, Language, LinkedCard, Linking, Question
from ragqa.errors import NotFound
from ragqa.grounding.premises import false_premise

MOTH = Card(
    card_id="moth",
    kind="monster",
    names={Language.EN: "Glimmer Moth", Language.KO: "반짝이 나방", Language.JA: "輝きの蛾"},
    texts={
        Language.EN: "(1) You can discard this card; destroy 1 Spell on the field.",
        Language.KO: "①: 이 카드를 패에서 버리고 발동할 수 있다. 필드의 마법 카드 1장을 파괴한다.",
        Language.JA: "①：この カードを手札から捨てて発動できる。フィールドの魔法カード１枚を破壊する。",
    },
)


def asked(text: str, lang: Language, surface: str, score: float = 1.0) -> tuple[Question, Linking]:
    start = text.index(surface)
    link = LinkedCard(
        card_id="moth", name=surface, start=start, end=start + len(surface), surface=surface, score=score, via="name"
    )
    return Question(text=text, lang=lang), Linking(cards=(link,))


def card_of(card_id: str) -> Card:
    if card_id != "moth":
        raise NotFound(card_id)
    return MOTH


@pytest.mark.parametrize(
    ("text", "lang", "surface"),
    [
        ("Glimmer Moth draws a card when it dies, right? can I chain to it", Language.EN, "Glimmer Moth"),
        ("can you negate Glimmer Moth's draw effect", Language.EN, "Glimmer Moth"),
        ("반짝이 나방이 묘지에서 자기 소생하잖아 그거 막힘?", Language.KO, "반짝이 나방"),
        ("반짝이 나방의 2장 드로우하는 효과 우라라로 막힘?", Language.KO, "반짝이 나방"),
        ("반짝이 나방 3번 효과 써도 됨?", Language.KO, "반짝이 나방"),
        ("輝きの蛾って戦闘破壊で2枚ドローするけど、うららで止まる？", Language.JA, "輝きの蛾"),
        ("輝きの蛾の②は打てる？", Language.JA, "輝きの蛾"),
    ],
)
def test_an_effect_no_text_speaks_of_is_a_false_premise(text: str, lang: Language, surface: str) -> None:
    found = false_premise(*asked(text, lang, surface), card_of)
    assert found is not None
    assert (found.card_id, found.passage) == ("moth", f"moth#{lang}1")
    assert found.claim.startswith(surface)
    assert found.claim in text


@pytest.mark.parametrize(
    ("text", "lang", "surface"),
    [
        ("Glimmer Moth destroys a spell, right? can I chain to it", Language.EN, "Glimmer Moth"),
        ("can I draw after Glimmer Moth resolves", Language.EN, "Glimmer Moth"),
        ("반짝이 나방을 드로우하는 효과로 뽑으면 바로 쓸 수 있음?", Language.KO, "반짝이 나방"),
        ("반짝이 나방의 파괴하는 효과 막힘?", Language.KO, "반짝이 나방"),
        ("輝きの蛾の①は打てる？", Language.JA, "輝きの蛾"),
        ("輝きの蛾で破壊した後にドローできる？", Language.JA, "輝きの蛾"),
    ],
)
def test_what_the_text_says_or_another_does_is_believed(text: str, lang: Language, surface: str) -> None:
    assert false_premise(*asked(text, lang, surface), card_of) is None


def test_an_unsure_link_or_a_removed_card_is_no_ground() -> None:
    text = "Glimmer Moth draws a card when it dies, right?"
    assert false_premise(*asked(text, Language.EN, "Glimmer Moth", 0.6), card_of) is None

    def gone(card_id: str) -> Card:
        raise NotFound(card_id)

    assert false_premise(*asked(text, Language.EN, "Glimmer Moth"), gone) is None
