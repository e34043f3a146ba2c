"""Compiled rows of cards, rulings and card supplements."""

import gzip
from pathlib import Path

from ragqa.corpus.importers import Importer, known_cards
from ragqa.corpus.importers.compiled import CompiledCards, CompiledFaq, CompiledRulings
from ragqa.datatypes import Card, Rule, Ruling, Verdict
from ragqa.errors import InvalidInput
from tests.unit.corpus.importers.samples import EN, JA, KO, Fields, items, sources, write_lines

CARD: Fields = {
    "id": "00000007",
    "passcode": 7,
    "konami_id": 70,
    "names": {"en": "Fox <Q>", "ja": "<ruby>狐<rt>きつね</rt></ruby>"},
    "texts": {"en": "It jumps.\r\nHigh.", "ja": "跳ぶ。"},
    "pendulum_texts": {"en": "It swings."},
    "name_ja_kana": "キツネ",
    "kind": "monster",
    "atk": "?",
    "def": 0,
    "source": {"en": "a", "ja": "b"},
}
JAPANESE: Fields = {
    "id": "ygo-qa-5",
    "fid": 5,
    "title": "「狐」を発動できますか？",
    "question": "自分の場に「狐」がある場合、「狐」を発動できますか？",
    "answer": "はい、「狐」を発動できます。",
    "lang": "ja",
    "card_ids": ["00000007", "00000007"],
    "date": "2020-01-02",
    "tags": ["罠"],
    "source": "Q&A",
}
ENGLISH: Fields = {
    "id": "ygo-qa-5-en",
    "fid": 5,
    "title": "Can I activate Fox?",
    "question": "Can I activate Fox?",
    "answer": "Yes, you can activate Fox.",
    "lang": "en",
    "card_ids": ["00000007", "00000008"],
    "date": "2019-01-01",
    "translation_status": "confirmed",
    "source": "translators",
}


def rulings(path: Path, rows: list[Fields]) -> list[Ruling]:
    return [each for each in sources(write_lines(path / "r.jsonl.gz", rows)) if isinstance(each, Ruling)]


def test_card_keeps_leading_zeros_question_marks_and_angle_brackets_but_no_ruby(tmp_path: Path) -> None:
    path = write_lines(tmp_path / "cards.jsonl.gz", [CARD])
    assert sources(path) == [
        Card(
            card_id="00000007",
            passcode="00000007",
            konami_id=70,
            names={EN: "Fox <Q>", JA: "狐"},
            aliases={JA: ["キツネ"]},
            kind="monster",
            facts={"atk": "?", "def": 0},
            texts={EN: "[ Pendulum Effect ]\nIt swings.\n[ Monster Effect ]\nIt jumps.\nHigh.", JA: "跳ぶ。"},
            source="a, b",
        )
    ]


def test_translation_becomes_part_of_the_ruling_wherever_its_row_stands(tmp_path: Path) -> None:
    expected = Ruling(
        ruling_id="ygo-qa-5",
        official_id=5,
        lang=JA,
        question={JA: JAPANESE["title"], EN: ENGLISH["title"]},
        detail={JA: JAPANESE["question"]},
        answer={JA: JAPANESE["answer"], EN: ENGLISH["answer"]},
        verdict=Verdict.YES,
        card_ids=["00000007", "00000008"],
        published="2020-01-02",
        tags=["罠"],
        source="Q&A",
        source_url="https://www.db.yugioh-card.com/yugiohdb/faq_search.action?ope=5&fid=5&request_locale=ja",
    )
    assert rulings(tmp_path, [JAPANESE, ENGLISH]) == [expected]
    assert rulings(tmp_path, [ENGLISH, JAPANESE]) == [expected]


def test_doubts_about_a_translation_are_noted(tmp_path: Path) -> None:
    for fields, note in (
        (
            {"translation_status": "outdated"},
            "English translation: the Japanese answer changed after it was translated",
        ),
        (
            {"ja_text_differs_now": True},
            "English translation: the Japanese text differs now from what was translated",
        ),
        ({"invalid_tcg": True}, "the translators hold that the TCG rules otherwise"),
        ({}, ""),
    ):
        (ruling,) = rulings(tmp_path, [JAPANESE, ENGLISH | fields])
        assert (ruling.note, ruling.answer[EN]) == (note, ENGLISH["answer"])


def test_doubtful_translation_gives_no_verdict_where_the_original_is_declined(tmp_path: Path) -> None:
    unclear = JAPANESE | {"title": "「狐」の処理はどうなりますか？", "answer": "処理は行われません。"}
    assert rulings(tmp_path, [unclear, ENGLISH])[0].verdict is Verdict.YES
    assert rulings(tmp_path, [unclear, ENGLISH | {"translation_status": "outdated"}])[0].verdict is None


def test_withdrawn_date_is_kept_and_translation_without_original_stands_alone(tmp_path: Path) -> None:
    gone = JAPANESE | {"status": "withdrawn", "withdrawn": "2025-06-15"}
    first, second = rulings(tmp_path, [gone, ENGLISH | {"fid": 6}])
    assert (first.ruling_id, first.withdrawn, list(first.question)) == ("ygo-qa-5", "2025-06-15", [JA])
    assert (second.ruling_id, second.lang, second.verdict) == ("ygo-qa-6", EN, Verdict.YES)


def test_supplements_are_a_rule_about_the_card_in_order_of_its_effects(tmp_path: Path) -> None:
    row: Fields = {"id": "f", "card_id": None, "konami_id": 70, "lang": "ja", "date": "2021-07-10"}
    effects = {"2": ["二。"], "0.5": ["半。"], "0": ["零。", " "], "10": ["十。"]}
    path = write_lines(
        tmp_path / "faq.jsonl.gz",
        [
            row | {"effects": effects, "pendulum_effects": {"1": ["振。"]}},
            row | {"konami_id": 71, "effects": {"0": []}},
        ],
    )
    cards = known_cards([Card(card_id="00000007", konami_id=70, names={JA: "狐", KO: "여우"})])
    assert sources(path, cards) == [
        Rule(
            rule_id="ygo-faq-70",
            heading={JA: "狐: カードの補足情報"},
            text={JA: "零。\n半。\n二。\n十。\n【ペンデュラム効果】\n振。"},
            card_ids=["00000007"],
            source="Konami OCG card database, card supplement, 2021-07-10",
        )
    ]


def test_wrong_row_is_named_by_file_line_and_field_and_the_others_are_read(tmp_path: Path) -> None:
    path = tmp_path / "cards.jsonl"
    good = write_lines(tmp_path / "x.gz", [CARD])
    line = gzip.decompress(good.read_bytes())
    path.write_bytes(
        line + b'{"id":"1","names":{"en":"A"},"kind":"spell"}\n\n{"id":\n' + line.replace(b"00000007", b"8")
    )
    read = items(path)
    assert [(number, type(each).__name__) for number, each in read] == [
        (1, "Card"),
        (2, "InvalidInput"),
        (4, "InvalidInput"),
        (5, "Card"),
    ]
    missing, broken = (each for _, each in read if isinstance(each, InvalidInput))
    assert (missing.field, str(missing)) == (
        "texts",
        "cards.jsonl line 2: texts: Object missing required field `texts`",
    )
    assert str(broken) == "cards.jsonl line 4: not JSON: Input data was truncated"


def test_each_kind_is_recognised_by_its_first_line_alone() -> None:
    kinds: list[Importer] = [CompiledCards(), CompiledRulings(), CompiledFaq()]
    heads = [
        b'{"id":"1","names":{},"texts":{}}\n{"cut',
        b'\n{"id":"1","fid":1,"title":"","answer":""}',
        b'{"id":"1","konami_id":1,"effects":{}}',
        b'{"card_id":"1"}',
    ]
    assert [[kind.recognises(Path("x.jsonl"), head) for kind in kinds] for head in heads] == [
        [True, False, False],
        [False, True, False],
        [False, False, True],
        [False, False, False],
    ]
