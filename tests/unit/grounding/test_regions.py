"""Two verdicts where the regions differ."""

import pytest

from ragqa.corpus.importers.official import TCG_DIFFERS
from ragqa.datatypes import Language, Passage, Question, Region, RegionVerdict, Ruling, SourceKind, Verdict
from ragqa.grounding.regions import verdicts_by_region
from ragqa.protocols import Settled

QUESTION = Question(text="may I?", lang=Language.EN)
BOTH = frozenset(Region)


def settled(ruling_id: str, verdict: Verdict, region: Region, note: str = "") -> Settled:
    ruling = Ruling(
        ruling_id=ruling_id,
        lang=Language.EN,
        question={Language.EN: "May I?"},
        answer={Language.EN: "It is so."},
        verdict=verdict,
        region=region,
        note=note,
    )
    passage = Passage(passage_id=f"{ruling_id}#en1", source_id=ruling_id, kind=SourceKind.RULING, lang=Language.EN)
    return Settled(verdict=verdict, confidence=0.9, ruling=ruling, passage=passage)


YES_OCG = settled("o", Verdict.YES, Region.OCG)


def test_different_verdicts_are_both_told() -> None:
    found = verdicts_by_region(QUESTION, YES_OCG, BOTH, lambda region: settled("t", Verdict.NO, region))
    assert found == (
        RegionVerdict(region=Region.OCG, verdict=Verdict.YES, source_id="o"),
        RegionVerdict(region=Region.TCG, verdict=Verdict.NO, source_id="t"),
    )


@pytest.mark.parametrize(
    ("question", "ruled"),
    [
        (QUESTION, settled("t", Verdict.YES, Region.TCG)),  # both say the same
        (QUESTION, None),  # the other region is silent
        (QUESTION, YES_OCG),  # what settles it there is no ruling of its own
        (Question(text="may I?", lang=Language.EN, region=Region.OCG), settled("t", Verdict.NO, Region.TCG)),
    ],
)
def test_else_there_is_one(question: Question, ruled: Settled | None) -> None:
    assert verdicts_by_region(question, YES_OCG, BOTH, lambda region: ruled) == ()


def test_a_region_without_rulings_is_not_searched() -> None:
    def never(region: Region) -> Settled | None:
        raise AssertionError(region)

    assert verdicts_by_region(QUESTION, YES_OCG, {Region.OCG}, never) == ()


def test_a_ruling_noted_as_not_the_tcg_s_leaves_its_verdict_unknown() -> None:
    noted = settled("o", Verdict.NO, Region.OCG, f"A note; {TCG_DIFFERS}")
    found = verdicts_by_region(QUESTION, noted, {Region.OCG}, lambda region: None)
    assert [(each.region, each.verdict, each.source_id) for each in found] == [
        (Region.OCG, Verdict.NO, "o"),
        (Region.TCG, Verdict.UNKNOWN, None),
    ]
