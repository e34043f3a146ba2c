"""Check every fact of `corpus/` against the development data, and that no wording was copied from it.

    python -m benchmarks.check_corpus [FOLDER]      default: $RAGQA_SHARED_DATA or ../shared/data/yugioh

Facts: names, ids and figures of the cards; official number, cards, date, status and verdict of the rulings. A verdict
is compared with the one read from the official answer; a difference must be explained in `corpus/explained.jsonl`,
and an explanation that is no longer needed is reported too. Exits 1 on any finding, 0 where the data is absent.
"""

import gzip
import json
import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from benchmarks.corpus_wording import TextIndex, mask_names
from ragqa.corpus.verdict_reading import read_verdict
from ragqa.datatypes import Language
from ragqa.text import name_key, strip_ruby

Row = dict[str, Any]
CORPUS = Path(__file__).resolve().parent.parent / "corpus"
FIGURES = ("type_line", "attribute", "level", "rank", "link", "link_arrows", "pendulum_scale", "atk", "def")
ENGLISH_LIMIT, CJK_LIMIT = 12, 25


def rows(path: Path) -> list[Row]:
    opener: Callable[..., Any] = gzip.open if path.suffix == ".gz" else open
    with opener(path, "rt", encoding="utf-8") as lines:
        return [json.loads(line) for line in lines if line.strip()]


def check_cards(cards: list[Row], official: dict[str, Row]) -> Iterator[str]:
    """Compare names, ids and figures."""
    for card in cards:
        theirs = official.get(card["card_id"])
        if theirs is None:
            yield f"{card['card_id']}: no such card"
            continue
        passcode = theirs.get("passcode")
        ids = {"passcode": f"{passcode:08d}" if passcode else None, "konami_id": theirs.get("konami_id")}
        for field, value in ids.items():
            if card.get(field) != value:
                yield f"{card['card_id']}: {field} {card.get(field)!r}, official {value!r}"
        for lang, name in card["names"].items():
            if name != theirs["names"].get(lang):
                yield f"{card['card_id']}: {lang} name {name!r}, official {theirs['names'].get(lang)!r}"
        for figure in FIGURES:
            if card["facts"].get(figure) != theirs.get(figure):
                yield f"{card['card_id']}: {figure} {card['facts'].get(figure)!r}, official {theirs.get(figure)!r}"


def check_rulings(rulings: list[Row], official: dict[str, Row], cards: set[str]) -> Iterator[str]:
    """Compare number, cards, date and status; every card named must be in the corpus."""
    for ruling in rulings:
        number = ruling["official_id"]
        theirs = official.get(f"ygo-qa-{number}")
        if theirs is None or ruling["ruling_id"] != f"ragqa-{number}":
            yield f"{ruling['ruling_id']}: no official Q&A {number}"
            continue
        missing = set(ruling["card_ids"]) - cards
        allowed = set(theirs["card_ids"]) | set(official.get(f"ygo-qa-{number}-en", {}).get("card_ids", []))
        if missing:
            yield f"{ruling['ruling_id']}: cards {sorted(missing)} are not in cards.jsonl"
        foreign = set(ruling["card_ids"]) - allowed
        if foreign and "also" not in ruling:
            yield f"{ruling['ruling_id']}: cards {sorted(foreign)} are not in the official item"
        for ours, field in (("published", "date"), ("withdrawn", "withdrawn")):
            if ruling.get(ours) != theirs.get(field):
                yield f"{ruling['ruling_id']}: {ours} {ruling.get(ours)!r}, official {theirs.get(field)!r}"
        if (theirs["status"] == "withdrawn") != ("withdrawn" in ruling):
            yield f"{ruling['ruling_id']}: official status is {theirs['status']}"


def official_verdict(number: int, official: dict[str, Row]) -> str | None:
    """Read the verdict of the Japanese item, else of its English translation."""
    for key, lang in ((f"ygo-qa-{number}", Language.JA), (f"ygo-qa-{number}-en", Language.EN)):
        item = official.get(key)
        verdict = read_verdict(item["answer"], item["title"], lang).verdict if item else None
        if verdict:
            return verdict.value
    return None


def check_verdicts(rulings: list[Row], official: dict[str, Row], explained: dict[str, str]) -> Iterator[str]:
    """List unexplained differences from the verdict read, and explanations without one."""
    differing: set[str] = set()
    for ruling in rulings:
        read = official_verdict(ruling["official_id"], official)
        if read and read != ruling["verdict"]:
            differing.add(ruling["ruling_id"])
            if ruling["ruling_id"] not in explained:
                yield f"{ruling['ruling_id']}: verdict {ruling['verdict']}, official answer read as {read}"
    for ruling_id in explained.keys() - differing:
        yield f"{ruling_id}: explained, but its verdict does not differ (any more)"


def check_wording(
    cards: list[Row], rulings: list[Row], by_card: dict[str, Row], official: dict[str, Row]
) -> Iterator[str]:
    """Find long runs of words shared with the official texts of the same cards or ruling."""
    for card in cards:
        theirs = by_card.get(card["card_id"], {})
        for lang, text in card["texts"].items():
            source = " ".join(
                [theirs.get("texts", {}).get(lang) or "", (theirs.get("pendulum_texts") or {}).get(lang) or ""]
            )
            yield from copied(card["card_id"], lang, text, [source], theirs.get("names", {}))
    for ruling in rulings:
        number = ruling["official_id"]
        names = {
            f"{card}{lang}": name
            for card in official[f"ygo-qa-{number}"]["card_ids"]
            for lang, name in by_card.get(card, {}).get("names", {}).items()
        }
        items = [official[key] for key in (f"ygo-qa-{number}", f"ygo-qa-{number}-en") if key in official]
        sources = [text for item in items for text in (item["title"], item["question"] or "", item["answer"])]
        for field in ("question", "answer", "also"):
            for lang, text in ruling.get(field, {}).items():
                yield from copied(f"{ruling['ruling_id']} {field}", lang, text, sources, names)


def copied(where: str, lang: str, text: str, sources: list[str], names: dict[str, str]) -> Iterator[str]:
    limit = ENGLISH_LIMIT if lang == "en" else CJK_LIMIT
    masked = mask_names(text, names.values())
    run = TextIndex([mask_names(source, names.values()) for source in sources], lang, limit).shared_run(masked)
    if run:
        yield f"{where} ({lang}): shares a run of {limit} or more with the official text: {run!r}"


def check_testset(questions: list[Row], rulings: dict[str, Row], cards: dict[str, Row]) -> Iterator[str]:
    """Check ids, splits and wording of the test questions."""
    split_of: dict[str, str] = {}
    for question in questions:
        for ruling_id in question["ruling_ids"]:
            if ruling_id not in rulings:
                yield f"{question['query_id']}: no ruling {ruling_id}"
                continue
            if split_of.setdefault(ruling_id, question["split"]) != question["split"]:
                yield f"{question['query_id']}: {ruling_id} is in both splits"
            ruling = rulings[ruling_id]
            names = {
                str(n): name
                for n, name in enumerate(
                    name for card in ruling["card_ids"] for name in cards.get(card, {}).get("names", {}).values()
                )
            }
            lang = question["lang"]
            sources = [ruling[field].get(lang, "") for field in ("question", "answer")]
            yield from copied(question["query_id"], lang, question["question"], sources, names)
        unknown = set(question["card_ids"]) - cards.keys()
        if unknown:
            yield f"{question['query_id']}: cards {sorted(unknown)} are not in cards.jsonl"
        if bool(question["ruling_ids"]) == (question["verdict"] == "unknown"):
            yield f"{question['query_id']}: verdict {question['verdict']} with rulings {question['ruling_ids']}"


def check_aliases(aliases: list[Row], by_card: dict[str, Row]) -> Iterator[str]:
    """Check that every nickname belongs to a real card and is neither another card's name nor claimed twice."""
    named: dict[str, set[str]] = {}
    for card_id, card in by_card.items():
        for name in filter(None, card["names"].values()):
            named.setdefault(name_key(strip_ruby(name)), set()).add(card_id)
    claimed: dict[str, str] = {}
    for row in aliases:
        if row["card_id"] not in by_card:
            yield f"{row['card_id']}: no such card"
        for key in {name_key(alias) for of_language in row["aliases"].values() for alias in of_language}:
            if named.get(key, set()) - {row["card_id"]}:
                yield f"{row['card_id']}: alias {key!r} is another card's name"
            if claimed.setdefault(key, row["card_id"]) != row["card_id"]:
                yield f"{row['card_id']}: alias {key!r} also belongs to {claimed[key]}"


def run(folder: Path) -> dict[str, list[str]]:
    """Run every check and give the findings by kind."""
    cards, rulings = rows(CORPUS / "cards.jsonl"), rows(CORPUS / "rulings.jsonl")
    by_card = {row["id"]: row for row in rows(folder / "cards.jsonl.gz")}
    official = {row["id"]: row for row in rows(folder / "rulings.jsonl.gz")}
    explained = {row["ruling_id"]: row["why"] for row in rows(CORPUS / "explained.jsonl")}
    ours = {card["card_id"]: card for card in cards}
    return {
        f"facts of {len(cards)} cards": list(check_cards(cards, by_card)),
        f"facts of {len(rulings)} rulings": list(check_rulings(rulings, official, set(ours))),
        f"verdicts ({len(explained)} explained)": list(check_verdicts(rulings, official, explained)),
        "copied wording": list(check_wording(cards, rulings, by_card, official)),
        "aliases": list(check_aliases(rows(CORPUS / "aliases.jsonl"), by_card)),
        "test set": list(check_testset(rows(CORPUS / "testset.jsonl"), {r["ruling_id"]: r for r in rulings}, ours)),
    }


def main() -> int:
    folder = Path(sys.argv[1] if len(sys.argv) > 1 else os.environ.get("RAGQA_SHARED_DATA", "../shared/data/yugioh"))
    if not (folder / "rulings.jsonl.gz").exists():
        print(f"{folder} has no development data; the corpus was not checked.")
        return 0
    findings = run(folder)
    for kind, found in findings.items():
        for finding in found:
            print(f"  {finding}")
        print(f"{kind:28} {len(found)} findings")
    return 1 if any(findings.values()) else 0


if __name__ == "__main__":
    raise SystemExit(main())
