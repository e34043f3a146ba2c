"""Completing card names at the end of what somebody types."""

import pytest

from ragqa.datatypes import Card, CardAliases, Language
from ragqa.retrieval.graph import RulingGraph
from ragqa.retrieval.linking.corpus_names import CorpusNames
from ragqa.retrieval.linking.linker import NameLinker
from ragqa.retrieval.linking.scoring import load_weights

EN, KO, JA = Language.EN, Language.KO, Language.JA
CARDS = (
    Card(card_id="ash", names={EN: "Ash Blossom & Joyous Spring", KO: "하루 우라라", JA: "灰流うらら"}),
    Card(card_id="book", names={EN: "Book of Eclipse", KO: "개기일식의 서", JA: "皆既日蝕の書"}),
    Card(card_id="eclipse", names={EN: "Eclipse Wyvern", KO: "이클립스 와이번", JA: "エクリプス・ワイバーン"}),
    Card(card_id="ashened", names={EN: "Ashened for Eternity", KO: "영원한 재", JA: "灰滅せし都"}),
)


@pytest.fixture(scope="module")
def linker() -> NameLinker:
    graph = RulingGraph()
    for number in range(3):
        graph.put(f"r{number}", ["ash"])
    return NameLinker(
        CorpusNames(CARDS, [CardAliases(card_id="ash", aliases={EN: ["Ash"], KO: ["우라라"], JA: ["うらら"]})]),
        ordinary={"chain": 100},
        weights=load_weights(),
        graph=graph,
        nearness=lambda text, ruling_ids: {},
    )


def completed(linker: NameLinker, typed: str, lang: Language = EN, limit: int = 5) -> list[tuple[str, str, int]]:
    return [(each.card_id, each.via, each.start) for each in linker.complete(typed, lang, limit)]


@pytest.mark.parametrize(
    ("typed", "first"),
    [
        ("ash", ("ash", "alias", 0)),
        ("can I chain ash blo", ("ash", "name", 12)),
        ("can I chain eclip", ("eclipse", "name", 12)),
        ("개기일", ("book", "name", 0)),
        ("상대가 하루 울", ("ash", "name", 4)),
        ("상대가 우라라", ("ash", "alias", 4)),
        ("皆既", ("book", "name", 0)),
        ("相手がエクリプ", ("eclipse", "name", 3)),
        ("相手が えくりぷ", ("eclipse", "name", 4)),
        ("can I chain asj blossom", ("ash", "typo", 12)),
    ],
)
def test_the_name_meant_comes_first(linker: NameLinker, typed: str, first: tuple[str, str, int]) -> None:
    assert completed(linker, typed)[0] == first


def test_names_that_begin_so_come_before_inner_words(linker: NameLinker) -> None:
    assert completed(linker, "eclipse") == [("eclipse", "name", 0), ("book", "partial", 0)]


def test_a_card_with_more_rulings_comes_first_and_each_card_once(linker: NameLinker) -> None:
    assert completed(linker, "ashe") == [("ashened", "name", 0)]
    assert completed(linker, "as") == [("ash", "alias", 0), ("ashened", "name", 0)]


def test_the_name_is_in_the_language_asked_for(linker: NameLinker) -> None:
    found = linker.complete("うらら", JA, 5)[0]
    assert (found.name, found.matched) == ("灰流うらら", "うらら")


@pytest.mark.parametrize("typed", ["", "?", "a", "can I", "can I chain", "ash blossom?", "오늘은 아", "今日は灰"])
def test_nothing_is_offered_where_no_name_is_begun(linker: NameLinker, typed: str) -> None:
    assert completed(linker, typed) == []


def test_a_limit_is_kept(linker: NameLinker) -> None:
    assert len(completed(linker, "as", limit=1)) == 1


def test_a_long_text_is_read_from_its_end(linker: NameLinker) -> None:
    assert completed(linker, "x" * 300 + " ash blo") == [("ash", "name", 301)]
