"""Retrieval and linking measured against the gold rulings and cards."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Literal

import ir_measures
import msgspec
from ir_measures import RR, Qrel, R, ScoredDoc, Success, nDCG

from ragqa.evaluation.outcomes import Proportion, proportion
from ragqa.evaluation.runs import Row

MEASURES = {
    "hit_at_1": Success @ 1,
    "hit_at_5": Success @ 5,
    "hit_at_20": Success @ 20,
    "recall_at_1": R @ 1,
    "recall_at_5": R @ 5,
    "recall_at_20": R @ 20,
    "ndcg_at_10": nDCG @ 10,
    "rr": RR,
}
"""`hit_at_k`: any gold ruling is among the first k; `recall_at_k`: the share of the gold that is, as in TREC."""


class LinkingMeasures(msgspec.Struct, frozen=True, kw_only=True):
    """Linking over all questions, counted by card (micro average).

    `wrong_links` is the share of linked cards that the question does not mean; `questions_with_wrong_link` the share of
    questions with at least one; `complete` the share of questions whose cards are exactly the gold.
    """

    precision: Proportion
    recall: Proportion
    f1: float | None
    wrong_links: Proportion
    questions_with_wrong_link: Proportion
    complete: Proportion


def ranking_per_question(rows: Sequence[Row], of: Literal["rulings", "cards"]) -> dict[str, dict[str, float]]:
    """Return every measure of each question that has gold, by measure, then by question.

    A question without a ranking scores 0; one without gold (to be declined) is not measured.
    """
    gold = {row.query_id: row.example.ruling_ids if of == "rulings" else row.example.card_ids for row in rows}
    ranked = {row.query_id: row.rulings if of == "rulings" else row.cards for row in rows}
    qrels = [Qrel(query_id, source_id, 1) for query_id, ids in gold.items() for source_id in ids]
    run = [
        ScoredDoc(query_id, source_id, float(-rank))
        for query_id, ids in ranked.items()
        if gold[query_id]
        for rank, source_id in enumerate(ids)
    ]
    scores: dict[str, dict[str, float]] = {
        name: {query_id: 0.0 for query_id, ids in gold.items() if ids} for name in MEASURES
    }
    names = {measure: name for name, measure in MEASURES.items()}
    # ir_measures yields nothing for an empty run, and 0 or nothing for a question that is missing from it.
    for metric in ir_measures.iter_calc(MEASURES.values(), qrels, run) if run else ():
        scores[names[metric.measure]][metric.query_id] = float(metric.value)
    return scores


def means(scores: Mapping[str, Mapping[str, float]]) -> dict[str, float | None]:
    """Average each measure over its questions."""
    return {name: sum(values.values()) / len(values) if values else None for name, values in scores.items()}


def linked_ids(row: Row) -> set[str]:
    """Return the cards that a question was linked to."""
    return {card.card_id for card in row.answer.linked_cards} if row.answer else set()


def linking_measures(rows: Sequence[Row]) -> LinkingMeasures:
    """Compare linked with meant cards."""
    pairs = [(linked_ids(row), set(row.example.card_ids)) for row in rows]
    right = sum(len(linked & gold) for linked, gold in pairs)
    linked_count = sum(len(linked) for linked, _ in pairs)
    gold_count = sum(len(gold) for _, gold in pairs)
    return LinkingMeasures(
        precision=proportion(right, linked_count),
        recall=proportion(right, gold_count),
        f1=2 * right / (linked_count + gold_count) if linked_count + gold_count else None,
        wrong_links=proportion(linked_count - right, linked_count),
        questions_with_wrong_link=proportion(sum(bool(linked - gold) for linked, gold in pairs), len(pairs)),
        complete=proportion(sum(linked == gold for linked, gold in pairs), len(pairs)),
    )


def linking_f1_per_question(rows: Sequence[Row]) -> dict[str, float]:
    """Return each question's F1; one that means no card and was linked to none scores 1."""
    scores: defaultdict[str, float] = defaultdict(float)
    for row in rows:
        linked, gold = linked_ids(row), set(row.example.card_ids)
        total = len(linked) + len(gold)
        scores[row.query_id] = 2 * len(linked & gold) / total if total else 1.0
    return dict(scores)
