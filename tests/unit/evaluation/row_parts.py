"""Rows and runs from a few words."""

from collections.abc import Sequence

from ragqa.datatypes import Answer, Basis, Citation, Language, LinkedCard, SourceKind, Verdict
from ragqa.evaluation.examples import Example
from ragqa.evaluation.runs import Row, Run, RunHeader

EN = Language.EN


def citation(number: int, source_id: str, kind: SourceKind = SourceKind.RULING) -> Citation:
    return Citation(
        number=number,
        passage_id=f"{source_id}#en1",
        source_id=source_id,
        kind=kind,
        heading="May it?",
        quote="It may.",
        lang=EN,
    )


def linked(card_id: str) -> LinkedCard:
    return LinkedCard(card_id=card_id, name=card_id, start=0, end=1, surface="x", score=1.0, via="name")


def row(
    query_id: str,
    gold: str,
    verdict: str | None,
    *,
    rulings: str = "",
    gold_rulings: str = "",
    cards: str = "",
    gold_cards: str = "",
    cited: str = "",
    invalid: tuple[int, ...] = (),
    confidence: float = 0.5,
    lang: Language = EN,
    style: tuple[str, ...] = (),
    seconds: float = 0.0,
    basis: Basis | None = None,
    question: str = "?",
) -> Row:
    """`verdict` None is a question that failed; lists of ids are words; cited rulings were shown."""
    answer = None
    if verdict is not None:
        declined = verdict == "unknown"
        answer = Answer(
            verdict=Verdict(verdict),
            basis=basis or (Basis.INSUFFICIENT if declined else Basis.OFFICIAL),
            confidence=0.0 if declined else confidence,
            explanation="" if declined else "It may. [1]",
            citations=tuple(citation(number, each) for number, each in enumerate(cited.split(), 1)),
            linked_cards=tuple(map(linked, cards.split())),
            lang=lang,
            corpus_version=1,
            model="rulings",
            prompt_version="p",
            timings={"linking": seconds * 100, "total": seconds * 1000},
        )
    return Row(
        run_id="run",
        configuration_id="c",
        example=Example(
            query_id=query_id,
            lang=lang,
            question=question,
            verdict=Verdict(gold),
            ruling_ids=tuple(gold_rulings.split()),
            card_ids=tuple(gold_cards.split()),
            style=style,
        ),
        answer=answer,
        error="" if answer else "Overloaded: full",
        rulings=tuple(rulings.split()),
        shown=tuple(f"{each}#en1" for each in cited.split()),
        invalid_citations=invalid,
        seconds=seconds,
    )


def run(rows: Sequence[Row], run_id: str = "run", test_set_id: str = "t", arm: str = "normal") -> Run:
    header = RunHeader(
        run_id=run_id,
        test_set="small",
        test_set_id=test_set_id,
        questions=len(rows),
        arm=arm,
        seed=0,
        configuration={"generator": "rulings"},
        configuration_id="c",
        corpus_version=1,
        model="rulings",
        prompt_version="p",
        git_revision=None,
        versions={"ragqa": "0"},
        machine={"cpus": 2},
        started="2026-11-23T15:00:00.000+00:00",
        status="finished",
    )
    return Run(header, rows)
