"""Category bits against texts, on three cards counted by hand."""

import pytest

from ragqa.datatypes import Card, Language
from ragqa.grounding.effects.categories import CATEGORIES, compare_categories

DRAW, SEARCH, DAMAGE = 0x100, 0x200, 0x400000


def spell(card_id: str, text: str) -> Card:
    return Card(
        card_id=card_id,
        kind="spell",
        names={Language.JA: f"札{card_id}", Language.EN: f"Card {card_id}"},
        facts={"type_line": "Normal"},
        texts={Language.JA: text},
    )


def test_agreement_counts_the_cards_where_one_of_the_two_says_so() -> None:
    cards = [
        (spell("1", "①：自分は２枚ドローする。"), DRAW),
        (spell("2", "①：自分は１枚ドローする。その後、相手に５００ダメージを与える。"), DAMAGE),
        (spell("3", "①：デッキから魔法カード１枚を手札に加える。"), DRAW | SEARCH),
        (spell("4", "①：自分は１枚ドローする。"), 0),
        (spell("5", ""), DRAW),
    ]
    found = {each.category: each for each in compare_categories(cards)}
    draws = found["draws"]
    assert (draws.both, draws.only_bits, draws.only_text) == (1, ["3 Card 3"], ["2 Card 2"])
    assert draws.cards == 3
    assert draws.share == pytest.approx(1 / 3)
    assert (found["adds from the Deck"].both, found["adds from the Deck"].share) == (1, 1.0)
    assert found["damages"].both == 1
    assert (found["banishes"].cards, found["banishes"].share) == (0, None)


def test_no_two_categories_share_a_bit() -> None:
    assert sum(category.bits for category in CATEGORIES) == sum(
        {1 << n for c in CATEGORIES for n in range(32) if c.bits >> n & 1}
    )
