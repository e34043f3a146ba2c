"""Citations measured: do they exist, are they the gold, and is that better than chance."""

import random
from collections.abc import Mapping, Sequence

import msgspec

from ragqa.datatypes import Citation, SourceKind, Verdict
from ragqa.evaluation.outcomes import Proportion, proportion
from ragqa.evaluation.runs import Row


class CitationMeasures(msgspec.Struct, frozen=True, kw_only=True):
    """Citations of the answers that give a verdict.

    `valid`: of all citations, those into a passage that was shown, quoting words that are in it. `gold_precision`: of
    the cited rulings, those that are gold. `gold_recall`: of the answers that have gold, those citing any of it.
    """

    answers: int
    citations: int
    valid: Proportion
    gold_precision: Proportion
    gold_recall: Proportion


class CitationReport(msgspec.Struct, frozen=True, kw_only=True):
    """The citations as given, and as a control the same answers with the citations of other answers."""

    given: CitationMeasures
    shuffled: CitationMeasures


def citation_report(rows: Sequence[Row], seed: int = 0) -> CitationReport:
    """Measure citations, and a derangement of them over the answers."""
    answered = [row for row in rows if row.answer and row.verdict is not Verdict.UNKNOWN]
    given = {row.query_id: row.answer.citations for row in answered if row.answer}
    return CitationReport(
        given=_measure(answered, given), shuffled=_measure(answered, _shuffled(answered, given, seed))
    )


def _shuffled(
    answered: Sequence[Row], given: Mapping[str, Sequence[Citation]], seed: int
) -> dict[str, Sequence[Citation]]:
    """Hand each answer the citations of the next one in a random circle, so that none keeps its own."""
    order = [row.query_id for row in answered]
    random.Random(seed).shuffle(order)
    return {query_id: given[other] for query_id, other in zip(order, order[1:] + order[:1], strict=True)}


def _measure(rows: Sequence[Row], cited: Mapping[str, Sequence[Citation]]) -> CitationMeasures:
    total = valid = rulings = gold_cited = with_gold = hits = 0
    for row in rows:
        citations = cited[row.query_id]
        own = row.answer is not None and citations is row.answer.citations
        total += len(citations)
        valid += sum(
            citation.passage_id in row.shown and not (own and citation.number in row.invalid_citations)
            for citation in citations
        )
        gold = set(row.example.ruling_ids)
        if not gold:
            continue
        ids = {citation.source_id for citation in citations if citation.kind is SourceKind.RULING}
        rulings += len(ids)
        gold_cited += len(ids & gold)
        with_gold += 1
        hits += bool(ids & gold)
    return CitationMeasures(
        answers=len(rows),
        citations=total,
        valid=proportion(valid, total),
        gold_precision=proportion(gold_cited, rulings),
        gold_recall=proportion(hits, with_gold),
    )
