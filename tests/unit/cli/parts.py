"""A service that answers what it is told to, and the answers and sources the tests show."""

from collections.abc import Iterator

from ragqa.datatypes import (
    Answer,
    Basis,
    CardCandidate,
    Citation,
    Condition,
    Language,
    LinkedCard,
    Linking,
    Passage,
    Question,
    ScoredPassage,
    SourceKind,
    UnlinkedSpan,
    Verdict,
)
from ragqa.errors import RagqaError

CITATION = Citation(
    number=1,
    passage_id="qa-23793#ko0",
    source_id="qa-23793",
    kind=SourceKind.RULING,
    heading="[하루 우라라]와 [개기일식의 서]",
    quote="체인하여 발동할 수 있습니다.",
    lang=Language.KO,
    official_id=23793,
    published="2021-05-01",
    source_url="https://example.org/qa/23793",
)
WITHDRAWN = Citation(
    number=2,
    passage_id="qa-11500#ko0",
    source_id="qa-11500",
    kind=SourceKind.RULING,
    heading="옛 재정",
    quote="이제는 유효하지 않습니다.",
    lang=Language.KO,
    withdrawn="2022-02-02",
)
YES = Answer(
    verdict=Verdict.YES,
    basis=Basis.OFFICIAL,
    confidence=0.97,
    explanation="체인할 수 있습니다. [1]",
    citations=(CITATION, WITHDRAWN),
    linked_cards=(
        LinkedCard(
            card_id="14558127", name="하루 우라라", start=0, end=6, surface="하루 우라라", score=1.0, via="name"
        ),
    ),
    lang=Language.KO,
    corpus_version=7,
    model="rulings",
    prompt_version="answer-1",
    timings={"linking": 1.2, "total": 41.0},
)
DECLINED = Answer(
    verdict=Verdict.UNKNOWN,
    basis=Basis.INSUFFICIENT,
    confidence=0.0,
    explanation="",
    citations=(),
    nearest=(CITATION,),
    linked_cards=(),
    unlinked=(
        UnlinkedSpan(
            start=0, end=5, surface="Asj B", candidates=(CardCandidate(card_id="14558127", name="Ash", score=0.6),)
        ),
    ),
    lang=Language.EN,
    corpus_version=7,
    model="rulings",
    prompt_version="answer-1",
    timings={"total": 41.0},
)
DEPENDS = Answer(
    verdict=Verdict.CONDITIONAL,
    basis=Basis.OFFICIAL,
    confidence=0.9,
    explanation="It depends on the phase. [1]",
    citations=(CITATION,),
    linked_cards=(),
    conditions=(Condition(when={Language.EN: "in the Damage Step"}, verdict=Verdict.NO),),
    lang=Language.EN,
    corpus_version=7,
    model="rulings",
    prompt_version="answer-1",
    timings={},
)
FOUND = ScoredPassage(
    passage=Passage(
        passage_id="r1#en0", source_id="r1", kind=SourceKind.RULE, lang=Language.EN, heading="Chains", text="A [chain]."
    ),
    score=0.031,
    channels={"dense": 0.9, "lexical": 4.5},
)


class CannedService:
    """Stands in for `ragqa.bootstrap.Service`; remembers what it was asked and whether it was closed."""

    def __init__(self, answer: Answer = YES, error: RagqaError | None = None) -> None:
        self.answer = answer
        self.error = error
        self.asked: list[Question] = []
        self.closed = 0

    async def ask(self, question: Question) -> Answer:
        self.asked.append(question)
        if self.error:
            raise self.error
        return self.answer

    def search(self, question: Question, limit: int) -> tuple[Linking, list[ScoredPassage]]:
        self.asked.append(question)
        return Linking(cards=self.answer.linked_cards), [FOUND] * limit

    def close(self) -> None:
        self.closed += 1


def subclasses(kind: type[RagqaError]) -> Iterator[type[RagqaError]]:
    """Yield every error there is below a kind."""
    for below in kind.__subclasses__():
        yield below
        yield from subclasses(below)
