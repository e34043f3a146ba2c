"""The gate over hand-made rulings."""

from typing import cast

import pytest

from ragqa.datatypes import Language, LinkedCard, Linking, Question, Ruling, ScoredPassage, SourceKind, Verdict
from ragqa.datatypes import Passage as PassageText
from ragqa.grounding import gate
from ragqa.grounding.evidence import RankedRuling, mask_names, weigh
from ragqa.grounding.gate import GateWeights, Judgement, Regression, RulingGate
from ragqa.grounding.phrases import asked_phrases, ruled_phrases
from ragqa.protocols import CorpusStore, Settled

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
    assert evidence.ruling.verdict is Verdict.YES
    assert evidence.features["found"] == 1.0
    assert evidence.features["titled asked"] == 1.0
    assert evidence.features["both able"] == 1.0
    assert evidence.features["flips"] == 0.0


def test_a_question_whether_it_is_prevented_is_marked_as_turning_the_verdict() -> None:
    title = "Can Book of Eclipse be activated while Skill Drain is applied?"
    text = "skill drain is up. is eclipse shut off?"
    evidence = weigh(
        ask(text),
        linking(text, drain="skill drain", eclipse="eclipse"),
        [ranked(title, Verdict.YES, ["drain", "eclipse"])],
        names_of,
    )
    assert evidence is not None
    assert evidence.features["flips"] == 1.0
    assert "asks en shut" in evidence.phrases


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


def test_a_conditional_ruling_without_its_conditions_settles_nothing() -> None:
    text = "can i activate ash against eclipse"
    found = [ranked(TITLE, Verdict.CONDITIONAL, ["ash", "eclipse"])]
    assert weigh(ask(text), linking(text, ash="ash", eclipse="eclipse"), found, names_of) is None


def test_phrases_are_the_letters_at_words_ends_and_borders() -> None:
    assert asked_phrases("됨?", Language.KO) == {
        "asks ko  됨",
        "asks ko 됨?",
        "asks ko ? ",
        *("asks ko  됨?", "asks ko 됨? ", "asks ko  됨? "),
    }
    assert "rules ja ますか" in ruled_phrases("「灰流うらら」を発動できますか", Language.JA)


def judged(same: float, opposite: float, verdict: Verdict) -> Judgement:
    """What weights with these logits say about a ruling of this verdict."""
    text = "ash against eclipse"
    evidence = weigh(
        ask(text), linking(text, ash="ash", eclipse="eclipse"), [ranked(TITLE, verdict, ["ash", "eclipse"])], names_of
    )
    assert evidence is not None
    weights = GateWeights(Regression(same - 1.8, {"cosine": 2.0}), Regression(opposite, {}), {})
    return weights.judge(evidence)


def test_the_likelier_of_the_verdict_and_its_opposite_is_judged() -> None:
    # cosine 0.9 adds 1.8 to the first logit; e^2 / (e^2 + e^0 + 1) = 0.787
    assert judged(2.0, 0.0, Verdict.YES).verdict is Verdict.YES
    assert judged(2.0, 0.0, Verdict.YES).probability == pytest.approx(0.787, abs=1e-3)
    assert judged(0.0, 2.0, Verdict.YES) == Judgement(Verdict.NO, judged(2.0, 0.0, Verdict.YES).probability)
    assert judged(0.0, 2.0, Verdict.NO).verdict is Verdict.YES


def test_the_threshold_is_that_of_the_largest_risk_allowed() -> None:
    weights = GateWeights(Regression(0.0, {}), Regression(0.0, {}), {"0.01": 0.9, "0.05": 0.7})
    assert weights.threshold(0.01) == 0.9
    assert weights.threshold(0.049) == 0.9
    assert weights.threshold(0.2) == 0.7
    assert weights.threshold(0.001) == 0.9


class Shelf:
    """A store that holds one ruling."""

    def __init__(self, ruling: Ruling) -> None:
        self._ruling = ruling

    def ruling(self, ruling_id: str) -> Ruling:
        return self._ruling


@pytest.mark.parametrize(
    ("by_rule", "basis"),
    [(Verdict.YES, "ruling"), (Verdict.NO, "rule"), (None, None)],
)
def test_an_unsure_ruling_counts_where_a_sound_rule_says_the_same(
    monkeypatch: pytest.MonkeyPatch, by_rule: Verdict | None, basis: str | None
) -> None:
    text = "can i activate ash against eclipse"
    found = ranked(TITLE, Verdict.YES, ["ash", "eclipse"])
    rule = Settled(verdict=by_rule, confidence=0.98, ruling=None, passage=found.scored.passage) if by_rule else None
    monkeypatch.setattr(gate, "settle_by_rule", lambda *_: rule)
    # P(same) = e^1 / (e^1 + e^-9 + 1) = 0.73, below the threshold of 0.9
    weights = GateWeights(Regression(1.0, {}), Regression(-9.0, {}), {"0.01": 0.9})
    settled = RulingGate(cast(CorpusStore, Shelf(found.ruling)), names_of, weights, 0.01).settle(
        ask(text), linking(text, ash="ash", eclipse="eclipse"), [found.scored]
    )
    if basis is None:
        assert settled is None
    else:
        assert settled is not None
        assert settled.ruling == (found.ruling if basis == "ruling" else None)
        assert (settled.verdict, settled.confidence) == (by_rule, 0.98)
