"""YGOResources: card JSON, Q&A with markup, and the history files of Q&As and supplements."""

from pathlib import Path

from ragqa.corpus.importers import known_cards
from ragqa.datatypes import Card, Rule, Ruling, Verdict
from tests.unit.corpus.importers.samples import EN, JA, KO, Fields, card, refusals, rules, ruling, sources, write_json

FOX = Card(card_id="00000007", konami_id=70, names={EN: "Fox", JA: "狐"})
OWL = Card(card_id="00000008", konami_id=80, names={EN: "Owl", JA: "フクロウ・X"})
CARDS = known_cards([FOX, OWL])


def test_card_in_one_language_whose_language_its_text_tells(tmp_path: Path) -> None:
    fields: Fields = {
        "id": 70,
        "type": "monster",
        "name": "狐",
        "nameRuby": "きつね",
        "englishAttribute": "wind",
        "localizedAttribute": "風属性",
        "effectText": "跳ぶ。",
        "pendEffect": "振れる。",
        "pendScale": 4,
        "level": 3,
        "atk": 100,
        "def": 0,
        "properties": ["獣族", "ペンデュラム"],
    }
    assert card(write_json(tmp_path / "c.json", fields), CARDS) == Card(
        card_id="00000007",
        konami_id=70,
        names={JA: "狐"},
        aliases={JA: ["きつね"]},
        kind="monster",
        facts={"attribute": "WIND", "level": 3, "atk": 100, "def": 0, "pendulum_scale": 4},
        texts={JA: "【ペンデュラム効果】\n振れる。\n【モンスター効果】\n跳ぶ。"},
        source="YGOResources",
    )
    assert card(write_json(tmp_path / "c.json", fields)).card_id == "kdb70"


def test_card_page_has_all_languages_and_supplements(tmp_path: Path) -> None:
    page = {
        "cardData": {
            "en": {"id": 70, "name": "Fox", "cardType": "spell", "effectText": "Jump.", "properties": ["Quick-Play"]},
            "ko": {"id": 70, "name": "여우", "cardType": "spell", "effectText": "뛴다."},
            "de": {"id": 70, "name": "Fuchs", "cardType": "spell", "effectText": "Spring."},
        },
        "faqData": {"entries": {"1": [{"ja": "「<<80>>」です。", "en": "It is <<80>>, not <<99>>."}]}, "meta": {}},
    }
    assert sources(write_json(tmp_path / "c.json", page), CARDS) == [
        Card(
            card_id="00000007",
            konami_id=70,
            names={EN: "Fox", KO: "여우"},
            kind="spell",
            facts={"type_line": "Quick-Play"},
            texts={EN: "Jump.", KO: "뛴다."},
            source="YGOResources",
        ),
        Rule(
            rule_id="ygo-faq-70",
            heading={EN: "Fox: Card supplement", JA: "狐: カードの補足情報"},
            text={EN: "It is Owl, not <<99>>.", JA: "「フクロウ・X」です。"},
            card_ids=["00000007"],
            source="Konami OCG card database, card supplement",
        ),
    ]


def test_qa_with_markup_names_its_cards_in_each_language(tmp_path: Path) -> None:
    page = {
        "cards": [70, 99],
        "qaData": {
            "ja": {
                "id": 5,
                "title": "「<<70>>」を発動できますか？",
                "question": "質問",
                "answer": "はい、発動できます。",
                "thisSrc": {"date": "2022-12-30", "type": 0},
            },
            "en": {
                "id": 5,
                "title": "Can I activate <<70>>?",
                "question": "Can I activate <<70>>?",
                "answer": "Yes.",
                "translationStatus": "outdated",
            },
            "fr": {"id": 5, "title": "?", "question": "?", "answer": "!"},
        },
        "tags": ["k:Trap"],
        "notes": {},
    }
    read = ruling(write_json(tmp_path / "5.json", page), CARDS)
    assert read.question == {JA: "「狐」を発動できますか？", EN: "Can I activate Fox?"}
    assert read.detail == {JA: "質問"}
    assert (read.ruling_id, read.official_id, read.published, read.verdict) == (
        "ygo-qa-5",
        5,
        "2022-12-30",
        Verdict.YES,
    )
    # A card that the corpus does not have is named all the same; the import reports it.
    assert read.card_ids == ["00000007", "kdb99"]
    assert read.note == "English translation: the Japanese answer changed after it was translated"


def test_qa_history_names_cards_by_number_or_else_by_the_names_in_brackets(tmp_path: Path) -> None:
    page = {
        "fid": 6,
        "databaseDate": "2023-11-30",
        "title": "「フクロウ･Ｘ」を「狐」に発動できますか？",
        "question": "「狐」モンスターに「フクロウ」を…",
        "answer": "できません。",
        "tags": ["魔法"],
    }
    by_name = ruling(write_json(tmp_path / "6.json", page), CARDS)
    assert by_name.card_ids == ["00000008", "00000007"]
    assert (by_name.published, by_name.lang, by_name.tags) == ("2023-11-30", JA, ["魔法"])
    assert ruling(write_json(tmp_path / "6.json", page | {"mentionedCards": [80, 99]}), CARDS).card_ids == [
        "00000008",
        "kdb99",
    ]


def test_a_name_of_two_cards_is_not_guessed() -> None:
    cards = known_cards([FOX, Card(card_id="00000009", names={JA: "狐"}), OWL])
    assert cards.named_in("「狐」と「フクロウ・X」と「フクロウ・X」") == ["00000008"]


def test_supplement_history_with_pendulum_effects(tmp_path: Path) -> None:
    page: Fields = {
        "cid": 70,
        "databaseDate": "2025-02-21",
        "FAQ": {"0": [], "0.5": ["半。"]},
        "pendulumFAQ": {"1": ["振。"]},
        "listedQAs": [1],
    }
    (rule,) = rules(write_json(tmp_path / "70.json", page), CARDS)
    assert (rule.rule_id, rule.text, rule.card_ids) == (
        "ygo-faq-70",
        {JA: "半。\n【ペンデュラム効果】\n振。"},
        ["00000007"],
    )
    assert sources(write_json(tmp_path / "70.json", page | {"FAQ": {}, "pendulumFAQ": {}}), CARDS) == []


def test_what_is_missing_is_named(tmp_path: Path) -> None:
    page = {"fid": 6, "title": "?", "answer": "!"}
    assert refusals(write_json(tmp_path / "6.json", page)) == [
        (1, "question", "6.json record 1: question: Object missing required field `question`")
    ]
    only_french = {"qaData": {"fr": {"id": 5, "title": "?", "question": "?", "answer": "!"}}}
    assert [field for _, field, _ in refusals(write_json(tmp_path / "7.json", only_french))] == ["qaData"]
    path = tmp_path / "8.json"
    path.write_text('{"fid": 6, "title": "x", "answer": "y", ')
    assert refusals(path) == [(1, None, "8.json record 1: not JSON: Input data was truncated")]
    assert isinstance(ruling(write_json(tmp_path / "9.json", page | {"question": "?"})), Ruling)
