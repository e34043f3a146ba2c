"""The graph of rulings and cards, by hand."""

import math

import pytest

from ragqa.retrieval.graph import RulingGraph


@pytest.fixture
def graph() -> RulingGraph:
    graph = RulingGraph()
    graph.put("r1", ["ash", "eclipse"])
    graph.put("r2", ["ash", "crow"])
    graph.put("r3", ["ash", "crow", "crow"])
    graph.put("r4", ["veiler"])
    return graph


def test_rulings_of_cards(graph: RulingGraph) -> None:
    assert graph.rulings_of("crow") == {"r2", "r3"}
    assert graph.rulings_of("unknown") == frozenset()
    assert graph.rulings_of_any(["eclipse", "veiler"]) == {"r1", "r4"}
    assert graph.cards_of("r3") == ("ash", "crow")


def test_popularity_is_logarithmic_and_one_for_the_most_ruled_card(graph: RulingGraph) -> None:
    assert graph.popularity("ash") == 1.0
    assert graph.popularity("crow") == pytest.approx(math.log(3) / math.log(4))
    assert graph.popularity("unknown") == 0.0


def test_cards_ruled_on_together_support_each_other(graph: RulingGraph) -> None:
    share, lift = graph.together("crow", "ash")
    assert share == pytest.approx(2 / 3)
    # 2 of Ash's 3 rulings name the crow, by chance it would be 2 of 4: lift log(4/3).
    assert lift == pytest.approx(math.log(4 / 3))
    assert graph.together("veiler", "ash") == (0.0, 0.0)


def test_a_replaced_or_removed_ruling_leaves_nothing_behind(graph: RulingGraph) -> None:
    graph.put("r2", ["veiler"])
    graph.discard("r1")
    assert graph.rulings_of("crow") == {"r3"}
    assert graph.rulings_of("eclipse") == set()
    assert len(graph) == 3
