"""The `category` bits of card databases as a second source of effect facts, compared with what texts say.

The bits mark what a card has to do with, for the search mask of deck editors; their order is that of the strings 1100
to 1131 of the editors' language files. They know neither single effects nor costs, so they are a source of doubt.
"""

from collections.abc import Callable, Iterable, Sequence

import msgspec

from ragqa.datatypes import Card, Language
from ragqa.grounding.effects.facts import Deed, Effect, Protection, Zone
from ragqa.grounding.effects.reader import read_effects

Holds = Callable[[Sequence[Effect]], bool]
"""Whether a card's effects say so."""

_READ_BEST = (Language.JA, Language.KO, Language.EN)


def does(*deeds: Deed, zone: Zone | None = None) -> Holds:
    """Return whether an effect does one of these, out of a zone if one is given."""
    return lambda effects: any(effect.does(deed, zone) for effect in effects for deed in deeds)


def protects(*protections: Protection) -> Holds:
    """Return whether an effect protects from one of these."""
    return lambda effects: any(effect.protections & set(protections) for effect in effects)


class Category(msgspec.Struct, frozen=True):
    """Bits that say one thing of a card, and how the same is read off its effects."""

    name: str
    bits: int
    holds: Holds


CATEGORIES = (
    Category("destroys", 0x1 | 0x2, does(Deed.DESTROY)),
    Category("banishes", 0x4, does(Deed.BANISH)),
    Category("sends to the GY", 0x8, does(Deed.SEND_TO_GRAVEYARD)),
    Category("returns to the hand", 0x10, does(Deed.RETURN_TO_HAND)),
    Category("returns to the Deck", 0x20, does(Deed.RETURN_TO_DECK)),
    Category("discards", 0x40, does(Deed.DISCARD)),
    Category("sends from the Deck to the GY", 0x80, does(Deed.SEND_TO_GRAVEYARD, zone=Zone.DECK)),
    Category("draws", 0x100, does(Deed.DRAW)),
    Category("adds from the Deck", 0x200, does(Deed.ADD_TO_HAND, zone=Zone.DECK)),
    Category("adds from the GY", 0x400, does(Deed.ADD_TO_HAND, zone=Zone.GRAVEYARD)),
    Category("changes position", 0x800, does(Deed.CHANGE_POSITION, Deed.FACE_DOWN)),
    Category("takes control", 0x1000, does(Deed.TAKE_CONTROL)),
    Category("changes ATK or DEF", 0x2000, does(Deed.CHANGE_STATS)),
    Category("Special Summons", 0x40000, does(Deed.SPECIAL_SUMMON, Deed.TOKEN)),
    Category("makes Tokens", 0x80000, does(Deed.TOKEN)),
    Category("damages", 0x400000, does(Deed.DAMAGE)),
    Category("gains LP", 0x800000, does(Deed.GAIN_LP)),
    Category(
        "protects from destruction",
        0x1000000,
        protects(Protection.NOT_DESTROYED_BY_BATTLE, Protection.NOT_DESTROYED_BY_EFFECTS),
    ),
    Category("protects from effects", 0x2000000, protects(Protection.UNAFFECTED, Protection.NOT_TARGETED)),
    Category(
        "negates", 0x80000000, does(Deed.NEGATE_EFFECT, Deed.NEGATE_ACTIVATION, Deed.NEGATE_SUMMON, Deed.NEGATE_ATTACK)
    ),
)


class Agreement(msgspec.Struct, frozen=True, kw_only=True):
    """How often bits and texts agree, of the cards where one of the two says so; the rest by card id and name."""

    category: str
    bits: int
    both: int
    only_bits: list[str]
    only_text: list[str]

    @property
    def cards(self) -> int:
        """Cards where the bits or the text say so."""
        return self.both + len(self.only_bits) + len(self.only_text)

    @property
    def share(self) -> float | None:
        """The share of those cards where both do; None where there is no card."""
        return self.both / self.cards if self.cards else None


def compare_categories(cards: Iterable[tuple[Card, int]]) -> list[Agreement]:
    """Compare cards with their bits; cards without bits, or without a text of an effect, say nothing."""
    read = [
        (f"{card.card_id} {card.names.get(Language.EN) or next(iter(card.names.values()), '')}", bits, effects)
        for card, bits in cards
        if bits and (effects := _effects(card))
    ]
    return [_agreement(category, read) for category in CATEGORIES]


def _agreement(category: Category, read: Sequence[tuple[str, int, Sequence[Effect]]]) -> Agreement:
    said = [(named, bool(bits & category.bits), category.holds(effects)) for named, bits, effects in read]
    return Agreement(
        category=category.name,
        bits=category.bits,
        both=sum(bit and text for _, bit, text in said),
        only_bits=[named for named, bit, text in said if bit and not text],
        only_text=[named for named, bit, text in said if text and not bit],
    )


def _effects(card: Card) -> list[Effect]:
    """Read the text that is read most surely."""
    lang = next((each for each in _READ_BEST if card.texts.get(each, "").strip()), None)
    return read_effects(card, lang) if lang else []
