"""Names as keys, words, suffixes and initials."""

import pytest

from ragqa.datatypes import Card, Language
from ragqa.retrieval.linking.names import NameForm, NameIndex, card_forms, initials, name_form, split_words


def form(text: str, lang: Language = Language.EN, *, is_alias: bool = False) -> NameForm:
    made = name_form("1", lang, text, is_alias=is_alias)
    assert made is not None
    return made


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("Mystical Space Typhoon", ["mystical", "space", "typhoon"]),
        ("王家の眠る谷－ネクロバレー", ["王家の", "眠る", "谷", "ねくろばれー"]),
        ("深淵の相剣龍", ["深淵の", "相剣龍"]),
        ("미래융합－퓨처 퓨전", ["미래융합", "퓨처", "퓨전"]),
        ("No.39 유토피아", ["no", "39", "유토피아"]),
        ("AccessCode Talker", ["access", "code", "talker"]),
    ],
)
def test_names_fall_into_words(name: str, words: list[str]) -> None:
    key, starts = split_words(name)
    assert [key[a:b] for a, b in zip(starts, [*starts[1:], len(key)], strict=True)] == words


def test_english_initials_with_and_without_small_words() -> None:
    assert initials(form("Mystical Space Typhoon")) == {"mst"}
    assert initials(form("Bow of the Goddess Apollousa")) == {"botga", "bga"}
    assert initials(form("Dark Hole")) == set()


def test_cjk_initials_are_pairs_of_word_beginnings() -> None:
    assert initials(form("스킬 드레인", Language.KO)) == {"스드"}
    assert "神宣" in initials(form("神の宣告", Language.JA))


def found(index: NameIndex, key: str) -> list[tuple[str, int]]:
    last = list(index.walk(key, 0))[-1]
    return sorted((hit.text, start) for hit, start in index.suffixes(last))


def test_partial_and_clipped_names_are_ranges_of_suffixes() -> None:
    necro = form("王家の眠る谷－ネクロバレー", Language.JA)
    index = NameIndex([necro, form("ネクロ・ガードナー", Language.JA), form("Dark Hole")])
    assert found(index, "ねくろばれー") == [("王家の眠る谷－ネクロバレー", necro.key.index("ねくろ"))]
    assert [hit[0] for hit in found(index, "ねくろ")] == ["ネクロ・ガードナー", "王家の眠る谷－ネクロバレー"]
    assert list(index.walk("zzz", 0)) == []


def test_an_alias_is_found_from_its_start_only() -> None:
    index = NameIndex([form("Dark Ruler", is_alias=True)])
    assert list(index.walk("ruler", 0)) == []


def test_forms_come_and_go_one_by_one() -> None:
    index, hole, typhoon = NameIndex(), form("Dark Hole"), form("Mystical Space Typhoon")
    index.add(hole)
    index.add(typhoon)
    assert index.by_initials("mst") == [typhoon]
    index.discard(typhoon)
    assert index.by_initials("mst") == []
    assert list(index.walk("space", 0)) == []
    assert found(index, "hole") == [("Dark Hole", 4)]


def test_an_article_may_be_left_out() -> None:
    card = Card(card_id="1", names={Language.EN: "The White Stone of Ancients"})
    assert [(each.key, each.is_alias) for each in card_forms(card)] == [
        ("thewhitestoneofancients", False),
        ("whitestoneofancients", True),
    ]
