"""Where the Official Card Game and the Trading Card Game are ruled differently."""

from collections.abc import Callable, Collection

from ragqa.corpus.importers.official import TCG_DIFFERS
from ragqa.datatypes import Question, Region, RegionVerdict, Verdict
from ragqa.protocols import Settled

_OTHER = {Region.OCG: Region.TCG, Region.TCG: Region.OCG}


def verdicts_by_region(
    question: Question, settled: Settled, regions: Collection[Region], settle_in: Callable[[Region], Settled | None]
) -> tuple[RegionVerdict, ...]:
    """Return both regions' verdicts where they differ and the question names no region, else nothing.

    `regions` are those that the corpus has rulings of; `settle_in` settles the question as if it named a region.
    A ruling that is noted to hold in the OCG only leaves the TCG's verdict unknown.
    """
    ruling = settled.ruling
    if question.region is not None or ruling is None:
        return ()
    here = RegionVerdict(region=ruling.region, verdict=settled.verdict, source_id=ruling.ruling_id)
    other = _OTHER[ruling.region]
    found = settle_in(other) if other in regions else None
    if found is not None and found.ruling is not None and found.ruling.region is other:
        there = RegionVerdict(region=other, verdict=found.verdict, source_id=found.ruling.ruling_id)
        return () if there.verdict is here.verdict else (here, there)
    if other is Region.TCG and TCG_DIFFERS in ruling.note:
        return here, RegionVerdict(region=other, verdict=Verdict.UNKNOWN)
    return ()
