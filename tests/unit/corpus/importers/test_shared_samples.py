"""The real files of each format beside the checkout; only numbers, names and counts are compared."""

from collections import Counter
from pathlib import Path

import pytest

from ragqa.corpus.importers import importer_for, known_cards
from ragqa.datatypes import Card, Rule, Ruling
from ragqa.errors import InvalidInput
from tests.unit.corpus.importers.samples import EN, JA, KO, card, items, rules, ruling, sources

SHARED = Path(__file__).parents[5] / "shared" / "data"
SAMPLES = SHARED / "samples"
pytestmark = [
    pytest.mark.shared,
    pytest.mark.skipif(not SAMPLES.is_dir(), reason="the development data is not beside the checkout"),
]


@pytest.mark.parametrize(
    ("name", "importer", "count"),
    [
        ("samples/edopro_cards_2020-03-30.cdb", "EDOPro .cdb", 10_460),
        ("samples/edopro_prerelease-betb_2026-08.cdb", "EDOPro .cdb", 82),
        ("samples/mtgjson3_M19.json", "MTGJSON", 624),
        ("samples/yaml-yugi_14558127.json", "yaml-yugi JSON or YAML", 1),
        ("samples/yaml-yugi_14558127.yaml", "yaml-yugi JSON or YAML", 1),
        ("samples/ygoresources-api-qa_22252_markup.json", "YGOResources Q&A JSON", 1),
        ("samples/ygoresources-card_ko_11213.json", "YGOResources card JSON", 1),
        ("samples/ygoresources-faq-history_7752.json", "YGOResources FAQ history", 1),
        ("samples/ygoresources-qa-history_23793.json", "YGOResources Q&A history", 1),
        ("rules/mtg_comprehensive_rules_2026-01-16.txt", "rulebook text", 1882),
        ("rules/ygo_perfect_rulebook_2017.txt", "rulebook text", 203),
        ("rules/ygo_official_rulebook_v10.txt", "rulebook text", 30),
        ("yugioh/cards.jsonl.gz", "compiled cards", 14_318),
        ("yugioh/card_faq.jsonl.gz", "compiled card supplements", 13_500),
    ],
)
def test_every_record_is_read(name: str, importer: str, count: int) -> None:
    path = SHARED / name
    assert importer_for(path).name == importer
    assert len(sources(path)) == count


def test_yaml_and_json_of_a_card_say_the_same() -> None:
    for stem in ("14558127", "16178681", "35480699", "kdb4998"):
        assert card(SAMPLES / f"yaml-yugi_{stem}.json") == card(SAMPLES / f"yaml-yugi_{stem}.yaml")
    obelisk = card(SAMPLES / "yaml-yugi_kdb4998.json")
    assert (obelisk.card_id, obelisk.passcode, obelisk.konami_id) == ("kdb4998", None, 4998)
    ash = card(SAMPLES / "yaml-yugi_14558127.yaml")
    assert ash.names == {EN: "Ash Blossom & Joyous Spring", KO: "하루 우라라", JA: "灰流うらら"}


def test_markup_is_spelled_out_by_the_cards_of_the_corpus() -> None:
    cards = known_cards(each for each in sources(SHARED / "yugioh/cards.jsonl.gz") if isinstance(each, Card))
    read = ruling(SAMPLES / "ygoresources-api-qa_22252_markup.json", cards)
    assert not any("<<" in text for texts in (read.question, read.detail, read.answer) for text in texts.values())
    assert len(read.card_ids) == 5
    assert all(card_id.isdecimal() for card_id in read.card_ids)
    assert cards.name(cards.of_konami_id(20585), EN) == "Maliss <Q> Red Ransom"
    seed = ruling(SAMPLES / "ygoresources-qa-history_23793.json", cards)
    assert {"14558127", "35480699"} <= set(seed.card_ids)
    (supplement,) = rules(SAMPLES / "ygoresources-faq-history_7752.json", cards)
    assert supplement.card_ids == ["35480699"]


def test_rulings_of_the_whole_game() -> None:
    read = [each for each in sources(SHARED / "yugioh/rulings.jsonl.gz") if isinstance(each, Ruling)]
    assert Counter((bool(each.withdrawn), EN in each.question) for each in read) == {
        (False, False): 8787,
        (False, True): 2831,
        (True, False): 3293,
        (True, True): 668,
    }
    seed = next(each for each in read if each.official_id == 11500)
    assert (seed.published, seed.withdrawn) == ("2017-03-24", "2025-06-15")
    assert sum("outdated" in each.note or "changed after" in each.note for each in read) == 87


def test_truncated_real_database_is_told(tmp_path: Path) -> None:
    whole = (SAMPLES / "edopro_cards_2020-03-30.cdb").read_bytes()
    path = tmp_path / "cut.cdb"
    path.write_bytes(whole[: len(whole) * 2 // 3])
    read = items(path)
    assert isinstance(read[-1][1], InvalidInput)
    assert "cut off or damaged" in str(read[-1][1])
    assert not any(isinstance(each, Rule) for _, each in read)
