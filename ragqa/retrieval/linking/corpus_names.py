"""The names and aliases of a corpus, card by card, with what finds them; written down whole for a snapshot."""

from collections.abc import Iterable
from itertools import chain

import msgspec

from ragqa.datatypes import Card, CardAliases, Language
from ragqa.retrieval.linking.fuzzy import FuzzyNames, FuzzyTables
from ragqa.retrieval.linking.names import NameForm, NameIndex, SuffixTables, alias_forms, card_forms


class NameTables(msgspec.Struct, frozen=True):
    """The whole of a `CorpusNames`; a form's position is that in `own`, then `extra`, one after the other."""

    names: dict[str, dict[Language, str]]
    own: dict[str, list[NameForm]]
    extra: dict[str, list[NameForm]]
    suffixes: SuffixTables
    fuzzy: FuzzyTables

    @property
    def forms(self) -> list[NameForm]:
        """Every form by its position."""
        return list(chain(*self.own.values(), *self.extra.values()))


class CorpusNames:
    """Every name by card, in the indexes `exact` and `fuzzy`; changed card by card."""

    def __init__(self, cards: Iterable[Card] = (), aliases: Iterable[CardAliases] = ()) -> None:
        self._names: dict[str, dict[Language, str]] = {}
        self._own: dict[str, list[NameForm]] = {}
        self._extra: dict[str, list[NameForm]] = {}
        for card in cards:
            self._names[card.card_id] = card.names
            self._own[card.card_id] = card_forms(card)
        for listed in aliases:
            self._extra[listed.card_id] = alias_forms(listed)
        extra = [forms for card_id, forms in self._extra.items() if card_id in self._own]
        found = list(chain(*self._own.values(), *extra))
        self.exact = NameIndex(found)
        self.fuzzy = FuzzyNames(found)

    @classmethod
    def restored(cls, tables: NameTables) -> "CorpusNames":
        """Become what `tables` wrote down."""
        names, forms = cls(), tables.forms
        names._names, names._own, names._extra = tables.names, tables.own, tables.extra
        names.exact = NameIndex.restored(tables.suffixes, forms)
        names.fuzzy = FuzzyNames.restored(tables.fuzzy, forms)
        return names

    def tables(self) -> NameTables:
        """Write everything down, without a copy of what does not change."""
        positions = {form: at for at, form in enumerate(chain(*self._own.values(), *self._extra.values()))}
        return NameTables(
            self._names, self._own, self._extra, self.exact.tables(positions), self.fuzzy.tables(positions)
        )

    def put_card(self, card: Card) -> None:
        """Add a card's names, or replace them."""
        self.discard_card(card.card_id)
        self._names[card.card_id] = card.names
        self._own[card.card_id] = card_forms(card)
        for form in (*self._own[card.card_id], *self._extra.get(card.card_id, ())):
            self._add(form)

    def discard_card(self, card_id: str) -> None:
        """Forget a card; a separate alias list waits for its return."""
        if card_id in self._own:
            for form in (*self._own.pop(card_id), *self._extra.get(card_id, ())):
                self._discard(form)
            del self._names[card_id]

    def put_aliases(self, aliases: CardAliases) -> None:
        """Add a separate alias list, or replace it."""
        self.discard_aliases(aliases.card_id)
        self._extra[aliases.card_id] = alias_forms(aliases)
        if aliases.card_id in self._own:
            for form in self._extra[aliases.card_id]:
                self._add(form)

    def discard_aliases(self, card_id: str) -> None:
        """Forget a separate alias list."""
        for form in self._extra.pop(card_id, ()):
            if card_id in self._own:
                self._discard(form)

    def name(self, card_id: str, lang: Language) -> str:
        """Return a card's name in a language, else in another, its id if it is unknown."""
        names = self._names.get(card_id, {})
        return next((names[each] for each in (lang, *Language) if names.get(each)), card_id)

    def names_of(self, card_id: str) -> list[str]:
        """Return a card's official names in every language, none if it is unknown."""
        return [form.text for form in self._own.get(card_id, ()) if not form.is_alias]

    def _add(self, form: NameForm) -> None:
        self.exact.add(form)
        self.fuzzy.add(form)

    def _discard(self, form: NameForm) -> None:
        self.exact.discard(form)
        self.fuzzy.discard(form)
