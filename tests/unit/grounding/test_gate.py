"""The gate over hand-made rulings."""

import pytest

from ragqa.datatypes import Language, LinkedCard, Linking, Question, Ruling, ScoredPassage, SourceKind, Verdict
from ragqa.datatypes import Passage as PassageText
from ragqa.grounding.evidence import RankedRuling, mask_names, weigh
from ragqa.grounding.gate import GateWeights

NAMES = {"ash": ["Ash Blossom"], "eclipse": ["Book of Eclipse"], "drain": ["Skill Drain"]}


def names_of(card_id: str) -> list[str]:
    return NAMES.get(card_id, [])


def ranked(title: str, verdict: Verdict | None, cards: list[str], cosine: float = 0.9) -> RankedRuling:
    ruling = Ruling(
        ruling_id=title,
        lang=Language.EN,
        question={Language.EN: title},
        answer={Language.EN: "Yes, it can be activated."},
        verdict=verdict,
        card_ids=cards,
    )
    passage = PassageText(
        passage_id=f"{title}#en1", source_id=title, kind=SourceKind.RULING, lang=Language.EN, heading=title, text="Yes."
    )
    channels = {"dense": cosine, "cards_found": 1.0, "cards_asked": 1.0, "lexical": 0.0, "invalid": 0.0}
    return RankedRuling(ruling, ScoredPassage(passage=passage, score=cosine + 0.2, channels=channels))


def linking(text: str, **cards: str) -> Linking:
    return Linking(
        cards=tuple(
            LinkedCard(
                card_id=card_id,
                name=NAMES[card_id][0],
                start=text.index(surface),
                end=text.index(surface) + len(surface),
                surface=surface,
                score=0.95,
                via="name",
            )
            for card_id, surface in cards.items()
        )
    )


def ask(text: str) -> Question:
    return Question(text=text, lang=Language.EN)


TITLE = "Can Ash Blossom be activated in response to Book of Eclipse?"


def test_the_same_cards_and_predicate_speak_for_the_ruling() -> None:
    text = "can i activate ash against eclipse"
    evidence = weigh(
        ask(text),
        linking(text, ash="ash", eclipse="eclipse"),
        [ranked(TITLE, Verdict.YES, ["ash", "eclipse"])],
        names_of,
    )
    assert evidence is not None
    assert evidence.verdict is Verdict.YES
    assert evidence.features["found"] == 1.0
    assert evidence.features["titled asked"] == 1.0
    assert evidence.features["both able"] == 1.0
    assert evidence.features["flips"] == 0.0


def test_a_question_whether_it_is_prevented_turns_the_verdict() -> None:
    title = "Can Book of Eclipse be activated while Skill Drain is applied?"
    text = "skill drain is up. is eclipse shut off?"
    evidence = weigh(
        ask(text),
        linking(text, drain="skill drain", eclipse="eclipse"),
        [ranked(title, Verdict.YES, ["drain", "eclipse"])],
        names_of,
    )
    assert evidence is not None
    assert evidence.verdict is Verdict.NO
    assert evidence.features["flips"] == 1.0


def test_a_card_that_the_ruling_asks_about_but_the_question_does_not_name_is_counted() -> None:
    text = "can i ash the new dragon"
    evidence = weigh(ask(text), linking(text, ash="ash"), [ranked(TITLE, Verdict.YES, ["ash", "eclipse"])], names_of)
    assert evidence is not None
    assert evidence.features["titled not asked"] == 1.0
    assert evidence.features["one of several"] == 1.0


def test_a_contrary_ruling_nearby_shows_in_the_margin() -> None:
    text = "can i activate ash against eclipse"
    found = [
        ranked(TITLE, Verdict.YES, ["ash", "eclipse"], 0.9),
        ranked("Is Ash negated by Eclipse?", Verdict.NO, ["ash", "eclipse"], 0.89),
    ]
    evidence = weigh(ask(text), linking(text, ash="ash", eclipse="eclipse"), found, names_of)
    assert evidence is not None
    assert evidence.features["contrary margin"] == pytest.approx(0.01)
    assert evidence.features["margin"] == pytest.approx(0.01)


def test_a_ruling_without_a_verdict_settles_nothing() -> None:
    text = "can i activate ash against eclipse"
    found = [ranked(TITLE, None, ["ash", "eclipse"])]
    assert weigh(ask(text), linking(text, ash="ash", eclipse="eclipse"), found, names_of) is None


def test_names_are_masked_before_words_are_read() -> None:
    assert mask_names("「死者蘇生」で蘇生できる？", []).strip() == "で蘇生できる?"
    assert "draw" not in mask_names("Draw Discharge resolves", ["Draw Discharge"])


def test_probability_and_threshold_follow_the_weights() -> None:
    weights = GateWeights(-1.0, {"cosine": 2.0}, {"0.01": 0.9, "0.05": 0.7})
    assert weights.probability({"cosine": 0.5}) == pytest.approx(0.5)
    assert weights.threshold(0.01) == 0.9
    assert weights.threshold(0.049) == 0.9
    assert weights.threshold(0.2) == 0.7
    assert weights.threshold(0.001) == 0.9
