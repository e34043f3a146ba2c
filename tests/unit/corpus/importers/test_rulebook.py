"""Rulebook texts: by numbers, by pages, and Magic's Comprehensive Rules."""

from pathlib import Path

from ragqa.corpus.importers.rulebook import RulebookImporter
from tests.unit.corpus.importers.samples import EN, JA, items, refusals, rules

COMPREHENSIVE = """Magic: The Gathering Comprehensive Rules

These rules are effective as of some day.

Contents

1. Game Concepts
100. General
702. Abilities

Glossary

Credits

1. Game Concepts

100. General

100.1. A first rule.

100.1a A subrule.
Example: One.

100.2. Another.

702. Abilities

702.19. Trample

702.19b It tramples.

Glossary

Ability
1. What it does.
2. See rule 100.

Bury, Exile
Gone.

Credits

Somebody
"""


def test_comprehensive_rules_with_bom_and_cr_line_ends(tmp_path: Path) -> None:
    path = tmp_path / "cr.txt"
    path.write_bytes(b"\xef\xbb\xbf" + COMPREHENSIVE.replace("\n", "\r").encode())
    read = rules(path)
    assert [(rule.rule_id, rule.heading[EN], rule.text[EN]) for rule in read] == [
        ("mtg-cr-100.1", "100. General", "100.1. A first rule.\n100.1a A subrule.\nExample: One."),
        ("mtg-cr-100.2", "100. General", "100.2. Another."),
        ("mtg-cr-702.19", "702. Abilities", "702.19. Trample\n702.19b It tramples."),
        ("mtg-cr-glossary-ability", "Ability", "1. What it does.\n2. See rule 100."),
        ("mtg-cr-glossary-bury-exile", "Bury, Exile", "Gone."),
    ]
    assert {(rule.game, rule.source) for rule in read} == {("mtg", "Magic: The Gathering Comprehensive Rules")}
    assert [line for line, _ in items(path)] == [19, 24, 28, 34, 38]


def test_numbered_sections_become_rules_with_their_page(tmp_path: Path) -> None:
    path = tmp_path / "My Rulebook_2.txt"
    path.write_text(
        "Page 7:\nChapter 1: Basics\nFirst words.\nTable ........ 5\n\n(1) What you need\nA Deck.\n"
        "Page 8\nMore about it.\n(2) Chains\nChain Links.\n3.1. Speed\nThree speeds.\n"
    )
    assert [(rule.rule_id, rule.heading[EN], rule.text[EN]) for rule in rules(path)] == [
        ("my-rulebook-2-p7-2", "Chapter 1: Basics", "First words."),
        ("my-rulebook-2-p7-3", "(1) What you need", "A Deck."),
        ("my-rulebook-2-p8", "More about it.", "More about it."),
        ("my-rulebook-2-p8-2", "(2) Chains", "Chain Links."),
        ("my-rulebook-2-p8-3", "3.1. Speed", "Three speeds."),
    ]
    assert {(rule.game, rule.source) for rule in rules(path)} == {("yugioh", "My Rulebook 2")}


def test_pages_alone_and_a_text_without_any_structure(tmp_path: Path) -> None:
    path = tmp_path / "pages.txt"
    path.write_text("Cover\n---\nチェーンとは\n積むこと。\n---\n \n")
    cover, chain = rules(path)
    assert (cover.rule_id, cover.text) == ("pages-s1", {EN: "Cover"})
    assert (chain.rule_id, chain.heading, chain.text) == (
        "pages-p1",
        {JA: "チェーンとは"},
        {JA: "チェーンとは\n積むこと。"},
    )
    path.write_text("If and when differ.\nThey do.")
    assert [rule.rule_id for rule in rules(path)] == ["pages-s1"]


def test_a_number_that_repeats_gets_another_id(tmp_path: Path) -> None:
    path = tmp_path / "r.txt"
    path.write_text("Page 1\nA\nPage 1\nB\n")
    assert [rule.rule_id for rule in rules(path)] == ["r-p1", "r-p1-2"]


def test_what_is_no_text_of_rules_is_not_taken() -> None:
    importer = RulebookImporter()
    for head in (b"{", b"<Card>", b"[1]", b"\x00\x01", b"", b"caf\xe9"):
        assert not importer.recognises(Path("x.txt"), head)
    assert not importer.recognises(Path("x.md"), b"Just a note.")
    assert importer.recognises(Path("x.md"), b"(1) One thing\n(2) Two things\n(3) Three things\n")


def test_wrong_encoding_further_down_is_named(tmp_path: Path) -> None:
    path = tmp_path / "r.txt"
    path.write_bytes(b"Rules.\n" * 20_000 + b"caf\xe9")
    ((_, _, message),) = refusals(path)
    assert message == "r.txt byte 140004: not UTF-8; save the file as UTF-8"
