"""The use case with hand-made parts."""

from collections.abc import AsyncIterator, Sequence

import anyio
import pytest

from ragqa.ask import Answered, CardsLinked, PassageFound, Token, ask, ask_events
from ragqa.datatypes import (
    Answer,
    Basis,
    CardCandidate,
    FalsePremise,
    Language,
    LinkedCard,
    Linking,
    Passage,
    Question,
    Ruling,
    ScoredPassage,
    SheetFault,
    SourceKind,
    UnlinkedSpan,
    Usage,
    Verdict,
)
from ragqa.generation.rulings import RulingsGenerator
from ragqa.generation.sheet import CitedSentence, parse_sheet
from ragqa.generation.support import Support
from ragqa.parts import Doubts, Parts, Premises, Strangers
from ragqa.protocols import Delta, Generator, Prompt, Settled
from tests.unit.ask_parts import store_of_one

RULING = Ruling(
    ruling_id="r1",
    official_id=23793,
    lang=Language.EN,
    question={Language.EN: "Can Ash be chained to Eclipse?"},
    answer={Language.EN: "Yes, it can. The draw belongs to the effect."},
    verdict=Verdict.YES,
    card_ids=["ash", "eclipse"],
)
PASSAGE = Passage(
    passage_id="r1#en1",
    source_id="r1",
    kind=SourceKind.RULING,
    lang=Language.EN,
    heading=RULING.question[Language.EN],
    text=RULING.answer[Language.EN],
)
SETTLED = Settled(verdict=Verdict.YES, confidence=0.97, ruling=RULING, passage=PASSAGE)
QUESTION = Question(text="can i ash eclipse", lang=Language.EN)


class Nobody:
    """Links one card, finds one passage."""

    def link(self, question: Question) -> Linking:
        ash = LinkedCard(card_id="ash", name="Ash", start=6, end=9, surface="ash", score=0.9, via="alias")
        return Linking(cards=(ash,))

    def retrieve(self, question: Question, linking: Linking) -> list[ScoredPassage]:
        return [ScoredPassage(passage=PASSAGE, score=0.9)]


class FixedGate:
    def __init__(self, settled: Settled | None) -> None:
        self._settled = settled

    def settle(self, question: Question, linking: Linking, passages: Sequence[ScoredPassage]) -> Settled | None:
        return self._settled


class Writes:
    name = "writes"

    def __init__(self, text: str, probability: float = 0.95) -> None:
        self._text = text
        self._probability = probability

    async def stream(self, prompt: Prompt) -> AsyncIterator[Delta]:
        yield Delta(text=self._text, verdict_probabilities={Verdict.YES: self._probability})
        yield Delta(text="", usage=Usage(prompt_tokens=40, completion_tokens=7))


def answer(
    generator: Generator,
    settled: Settled | None,
    *,
    support: Support | None = None,
    premises: Premises | None = None,
    strangers: Strangers | None = None,
    doubts: Doubts | None = None,
) -> Answer:
    parts = Parts(
        store=store_of_one(RULING),
        linker=Nobody(),
        retriever=Nobody(),
        gate=FixedGate(settled),
        generator=generator,
        context_passages=3,
        support=support,
        premises=premises,
        strangers=strangers,
        doubts=doubts,
    )
    return anyio.run(ask, QUESTION, parts)


def test_a_settled_question_is_answered_by_the_ruling_with_its_number() -> None:
    given = answer(RulingsGenerator(), SETTLED)
    assert (given.verdict, given.basis, given.confidence) == (Verdict.YES, Basis.OFFICIAL, 0.97)
    assert given.explanation == "Yes, it can. [1] The draw belongs to the effect. [1]"
    assert [(c.number, c.official_id, c.quote) for c in given.citations] == [(1, 23793, "Yes, it can.")]


def test_without_a_ruling_the_default_generator_abstains_and_shows_the_nearest() -> None:
    given = answer(RulingsGenerator(), None)
    assert (given.verdict, given.basis, given.citations) == (Verdict.UNKNOWN, Basis.INSUFFICIENT, ())
    assert [c.source_id for c in given.nearest] == ["r1"]


def test_a_model_that_contradicts_the_ruling_is_not_heard(caplog: pytest.LogCaptureFixture) -> None:
    given = answer(Writes("verdict: no\nIt cannot. [1]"), SETTLED)
    assert given.verdict is Verdict.YES
    assert "It cannot" not in given.explanation
    assert "the generator says no" in caplog.text
    assert given.overruled is Verdict.NO


@pytest.mark.parametrize("text", ["verdict: yes\nIt can. [1]", "It is hard to tell. [1]"])
def test_a_model_that_agrees_or_states_nothing_is_not_overruled(text: str) -> None:
    assert answer(Writes(text), SETTLED).overruled is None


def test_the_usage_of_the_generator_is_told() -> None:
    given = answer(Writes("verdict: yes\nIt can. [1]"), SETTLED)
    assert given.usage == Usage(prompt_tokens=40, completion_tokens=7)
    assert answer(RulingsGenerator(), SETTLED).usage == Usage()


def test_a_sure_model_may_reason_and_an_unsure_one_abstains() -> None:
    sure = answer(Writes("verdict: yes\nThe text says so. [1]", 0.95), None)
    assert (sure.verdict, sure.basis, sure.confidence) == (Verdict.YES, Basis.REASONED, 0.95)
    assert answer(Writes("verdict: yes\nThe text says so. [1]", 0.6), None).verdict is Verdict.UNKNOWN


def test_sentences_without_an_existing_citation_are_dropped() -> None:
    given = answer(Writes("verdict: yes\nNobody said this. [7]"), None)
    assert given.verdict is Verdict.UNKNOWN
    assert given.explanation == "The model was asked twice and gave no reason that cites one of the passages."


class Believes:
    """Finds that passages support what speaks of Eclipse or is "Yes, it can."."""

    def probabilities(self, pairs: Sequence[tuple[str, str]]) -> list[float]:
        return [0.9 if "Eclipse" in said else 0.1 for said, _ in pairs]


def test_an_unsupported_sentence_is_dropped_and_an_answer_without_any_abstains() -> None:
    sheet = "verdict: yes\nEclipse draws. [1] An image says so. [1]"
    kept = answer(Writes(sheet), None, support=Believes())
    assert (kept.verdict, kept.explanation) == (Verdict.YES, "Eclipse draws. [1]")
    none = answer(Writes("verdict: yes\nAn image says so. [1]"), None, support=Believes())
    assert (none.verdict, none.basis, none.explanation) == (Verdict.UNKNOWN, Basis.INSUFFICIENT, "")


def test_where_nothing_of_a_settled_answer_is_supported_the_ruling_speaks_for_itself() -> None:
    given = answer(Writes("verdict: yes\nAn image says so. [1] Nobody said this. [7]"), SETTLED, support=Believes())
    assert (given.verdict, given.basis) == (Verdict.YES, Basis.OFFICIAL)
    assert given.explanation == "Yes, it can. [1] The draw belongs to the effect. [1]"


def test_a_false_premise_is_declined_with_the_card_s_words_and_no_generator_is_asked() -> None:
    premise = FalsePremise(card_id="ash", name="Ash", claim="Ash draws", passage="r1#en1")
    given = answer(Writes("verdict: yes\nIt can. [1]"), None, premises=lambda question, linking: premise)
    assert (given.verdict, given.basis, given.false_premise) == (Verdict.UNKNOWN, Basis.INSUFFICIENT, premise)
    assert given.explanation == (
        '"Ash draws": the text of Ash says nothing of the kind. It says: "Yes, it can. The draw belongs to the effect."'
    )


def test_what_a_ruling_settles_stands_though_a_premise_seems_false() -> None:
    premise = FalsePremise(card_id="ash", name="Ash", claim="Ash draws", passage="r1#en1")
    given = answer(RulingsGenerator(), SETTLED, premises=lambda question, linking: premise)
    assert (given.verdict, given.basis, given.false_premise) == (Verdict.YES, Basis.OFFICIAL, None)


@pytest.mark.parametrize("settled", [SETTLED, None])
def test_a_name_longer_than_the_linked_card_s_is_declined_whoever_would_answer(settled: Settled | None) -> None:
    span = UnlinkedSpan(
        start=6, end=17, surface="ash eclipse", candidates=(CardCandidate(card_id="ash", name="Ash", score=0.9),)
    )
    given = answer(Writes("verdict: yes\nIt can. [1]"), settled, doubts=lambda question, linking: (span,))
    assert (given.verdict, given.basis, given.citations) == (Verdict.UNKNOWN, Basis.INSUFFICIENT, ())
    assert (given.unlinked, given.linked_cards) == ((span,), ())
    assert given.explanation == (
        "No card is known here by these words: “ash eclipse”. The nearest names to “ash eclipse”: Ash."
    )


def test_a_decline_names_the_words_that_name_no_card() -> None:
    span = UnlinkedSpan(start=6, end=9, surface="ash")
    given = answer(RulingsGenerator(), None, strangers=lambda question, linking: (span,))
    assert given.unlinked == (span,)
    assert given.explanation == "No card is known here by these words: “ash”."
    assert answer(RulingsGenerator(), SETTLED, strangers=lambda question, linking: (span,)).unlinked == ()


def test_events_come_in_order() -> None:
    async def kinds() -> list[type]:
        parts = Parts(
            store=store_of_one(RULING),
            linker=Nobody(),
            retriever=Nobody(),
            gate=FixedGate(SETTLED),
            generator=RulingsGenerator(),
            context_passages=3,
        )
        return [type(event) async for event in ask_events(QUESTION, parts)]

    found = anyio.run(kinds)
    assert found == [CardsLinked, PassageFound, Token, Token, Token, Answered]


def test_a_sheet_is_read_strictly() -> None:
    sheet = parse_sheet("Verdict: NO.\nOne thing. [1][2]\nUncited tail")
    assert sheet.verdict is Verdict.NO
    assert sheet.sentences == (CitedSentence("One thing.", (1, 2)),)
    assert parse_sheet("It is yes [1]").verdict is None


def test_a_model_whose_reply_cannot_be_read_twice_is_declined_with_the_reason() -> None:
    given = answer(Writes("It can, I am sure."), None)
    assert (given.verdict, given.basis) == (Verdict.UNKNOWN, Basis.INSUFFICIENT)
    assert (given.asked_again, given.unreadable) == (True, SheetFault.NO_VERDICT)
    assert given.explanation == "The model was asked twice and stated no verdict."
    assert given.usage == Usage(prompt_tokens=80, completion_tokens=14)
