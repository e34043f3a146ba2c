"""The cards a corpus has already, for sources that name cards by number or by name only."""

import re
from collections.abc import Iterable, Mapping

import msgspec

from ragqa.corpus.importers.card_fields import card_id_of
from ragqa.datatypes import Card, Language
from ragqa.text import name_key

_MARKUP = re.compile(r"<<(\d+)>>")
_BRACKETED = re.compile(r"「([^「」]+)」")


class KnownCards(msgspec.Struct, frozen=True, kw_only=True):
    """Ids by every number and name that means one card alone, and names by id."""

    by_passcode: Mapping[int, str] = {}
    by_konami_id: Mapping[int, str] = {}
    by_oracle_id: Mapping[str, str] = {}
    by_name: Mapping[str, str] = {}
    names: Mapping[str, Mapping[Language, str]] = {}

    def card_id(self, passcode: int | None, konami_id: int | None) -> str | None:
        """Return the id the card has already, else the one it is to have; None if it has no number."""
        known = self.by_passcode.get(passcode or 0) or self.by_konami_id.get(konami_id or 0)
        return known or card_id_of(passcode, konami_id)

    def of_konami_id(self, konami_id: int) -> str:
        """Return the card's id; `kdb<konami_id>` if the card is unknown, so that the reference is kept."""
        return self.by_konami_id.get(konami_id) or f"kdb{konami_id}"

    def name(self, card_id: str, lang: Language) -> str:
        """Return a card's name in a language, else in any, else nothing."""
        names = self.names.get(card_id, {})
        return names.get(lang) or next(iter(names.values()), "")

    def spelled_out(self, text: str, lang: Language) -> str:
        """Write names instead of `<<konami_id>>`; the number of an unknown card stays."""
        return _MARKUP.sub(lambda found: self.name(self.of_konami_id(int(found[1])), lang) or found[0], text)

    def named_in(self, text: str) -> list[str]:
        """Return the ids of cards whose names stand in 「」, in order, each once; archetypes and tokens are none."""
        found = (self.by_name.get(name_key(name)) for name in _BRACKETED.findall(text))
        return list(dict.fromkeys(card_id for card_id in found if card_id))


NO_CARDS = KnownCards()


def known_cards(cards: Iterable[Card]) -> KnownCards:
    """Gather the numbers and names of cards; a name of two cards is left out, since it does not say which."""
    by_passcode: dict[int, str] = {}
    by_konami_id: dict[int, str] = {}
    by_oracle_id: dict[str, str] = {}
    ids_by_name: dict[str, set[str]] = {}
    names: dict[str, Mapping[Language, str]] = {}
    for card in cards:
        names[card.card_id] = card.names
        if card.passcode and card.passcode.isdecimal():
            by_passcode[int(card.passcode)] = card.card_id
        by_passcode.update((alternate, card.card_id) for alternate in card.facts.get("alt_passcodes", ()))
        if card.konami_id:
            by_konami_id[card.konami_id] = card.card_id
        if "oracle_id" in card.facts:
            by_oracle_id[card.facts["oracle_id"]] = card.card_id
        for name in card.names.values():
            ids_by_name.setdefault(name_key(name), set()).add(card.card_id)
    return KnownCards(
        by_passcode=by_passcode,
        by_konami_id=by_konami_id,
        by_oracle_id=by_oracle_id,
        by_name={name: min(ids) for name, ids in ids_by_name.items() if name and len(ids) == 1},
        names=names,
    )
