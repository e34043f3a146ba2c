"""What the kinds of source text have in common: kind, id, and one JSON form that is equal for equal sources."""

from typing import Any

import msgspec

from ragqa.datatypes import Card, CardAliases, Rule, Ruling, Source, SourceKind

SOURCE_TYPES: dict[SourceKind, type[Source]] = {
    SourceKind.CARD: Card,
    SourceKind.RULING: Ruling,
    SourceKind.RULE: Rule,
    SourceKind.ALIASES: CardAliases,
}

SourceKey = tuple[SourceKind, str]


def source_key(source: Source) -> SourceKey:
    """Return kind and id, which together name a source in the corpus."""
    match source:
        case Card():
            return SourceKind.CARD, source.card_id
        case Ruling():
            return SourceKind.RULING, source.ruling_id
        case Rule():
            return SourceKind.RULE, source.rule_id
        case CardAliases():
            return SourceKind.ALIASES, source.card_id


def id_field(kind: SourceKind) -> str:
    """Name the field that holds the id of a source of this kind."""
    return "card_id" if kind in (SourceKind.CARD, SourceKind.ALIASES) else f"{kind}_id"


def to_json(source: Source) -> str:
    """Return the stored form; mappings are sorted, so that equal sources have equal text."""
    return msgspec.json.encode(source, order="deterministic").decode()


def from_json(kind: SourceKind, body: str | bytes) -> Source:
    """Read what `to_json` wrote."""
    return msgspec.json.decode(body, type=SOURCE_TYPES[kind])


def kind_of_fields(fields: dict[str, Any]) -> SourceKind | None:
    """Tell from the fields present which kind of source an object is meant to be; None if it is none of them."""
    if "ruling_id" in fields:
        return SourceKind.RULING
    if "rule_id" in fields:
        return SourceKind.RULE
    if "card_id" not in fields:
        return None
    # A card that lacks its names is told so, instead of being taken for an alias list that lacks its aliases.
    return SourceKind.ALIASES if "aliases" in fields and "names" not in fields else SourceKind.CARD
