"""Citations against values computed by hand."""

import pytest

from ragqa.evaluation.citing import citation_report
from tests.unit.evaluation.row_parts import row

ROWS = [
    row("a", "yes", "yes", gold_rulings="g1", cited="g1 x1"),
    row("b", "no", "no", gold_rulings="g2 g3", cited="g2", invalid=(1,)),
    row("c", "yes", "no", gold_rulings="g4", cited="x2"),
    row("d", "yes", "unknown", gold_rulings="g5"),
    row("e", "unknown", "yes", cited="x3"),
]


def test_validity_precision_and_recall_of_what_was_cited() -> None:
    given = citation_report(ROWS).given
    assert (given.answers, given.citations) == (4, 5)
    assert (given.valid.count, given.valid.total) == (4, 5)
    assert (given.gold_precision.count, given.gold_precision.total) == (2, 4)
    assert (given.gold_recall.count, given.gold_recall.total) == (2, 3)


@pytest.mark.parametrize("seed", range(5))
def test_shuffled_citations_are_neither_valid_nor_gold(seed: int) -> None:
    shuffled = citation_report(ROWS, seed).shuffled
    assert shuffled.citations == 5
    assert shuffled.valid.count == 0
    assert shuffled.gold_precision.count == 0 and shuffled.gold_recall.count == 0


def test_cards_are_not_counted_as_cited_rulings() -> None:
    given = citation_report([row("a", "yes", "yes", cited="g1")]).given
    assert given.gold_precision.value is None and given.valid.value == 1.0
