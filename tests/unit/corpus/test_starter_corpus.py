"""The files of the starter corpus: they parse, name each other rightly and are as balanced as promised."""

import json
from collections import Counter, defaultdict
from pathlib import Path
from typing import Any

import msgspec

from ragqa.datatypes import Card, CardAliases, Language, Rule, Ruling, Verdict

CORPUS = Path(__file__).resolve().parents[3] / "corpus"


def rows(name: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (CORPUS / name).read_text(encoding="utf-8").splitlines()]


def test_cards_have_three_names_and_texts() -> None:
    cards = msgspec.convert(rows("cards.jsonl"), list[Card])
    assert len(cards) >= 80
    assert len({card.card_id for card in cards}) == len(cards)
    assert [c.card_id for c in cards if c.names.keys() != set(Language) or c.texts.keys() != set(Language)] == []


def test_rulings_name_known_cards_and_conditional_ones_have_conditions() -> None:
    rulings = msgspec.convert(rows("rulings.jsonl"), list[Ruling])
    known = {row["card_id"] for row in rows("cards.jsonl")}
    assert len(rulings) >= 200
    assert [r.ruling_id for r in rulings if set(r.card_ids) - known or not r.card_ids] == []
    assert [r.ruling_id for r in rulings if (r.verdict is Verdict.CONDITIONAL) != (len(r.conditions) > 1)] == []


def test_the_withdrawn_ruling_points_to_the_current_one() -> None:
    by_id = {row["ruling_id"]: row for row in rows("rulings.jsonl")}
    old = by_id["ragqa-11500"]
    assert (old["verdict"], old["withdrawn"], old["superseded_by"]) == ("yes", "2025-06-15", "ragqa-23793")
    assert by_id["ragqa-23793"]["verdict"] == "yes"


def test_rules_and_aliases_parse() -> None:
    assert len(msgspec.convert(rows("rules.jsonl"), list[Rule])) >= 60
    aliases = msgspec.convert(rows("aliases.jsonl"), list[CardAliases])
    counts = Counter(lang for row in aliases for lang, names in row.aliases.items() for _ in names)
    assert min(counts[lang] for lang in Language) >= 300


def test_testset_is_balanced_and_split_by_ruling() -> None:
    questions = rows("testset.jsonl")
    verdicts = Counter(row["verdict"] for row in questions)
    splits: dict[str, set[str]] = defaultdict(set)
    for row in questions:
        for ruling_id in row["ruling_ids"]:
            splits[ruling_id].add(row["split"])
    assert len(questions) >= 200
    assert abs(verdicts["yes"] - verdicts["no"]) <= 0.1 * verdicts["yes"]
    assert verdicts["conditional"] >= 0.1 * len(questions)
    assert verdicts["unknown"] >= 0.15 * len(questions)
    assert [ruling_id for ruling_id, used in splits.items() if len(used) > 1] == []
