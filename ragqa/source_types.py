"""What a corpus is made of, as frozen values: cards, their nicknames, rulings and rules; imports nothing from ragqa.

Texts that exist in several languages are one object with a mapping from `Language`, so that a ruling and its
translations are one ruling, and a fused ranking never counts them twice.
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import Any

import msgspec


class Language(StrEnum):
    """Languages of questions and of corpus texts."""

    EN = "en"
    KO = "ko"
    JA = "ja"


class Region(StrEnum):
    """Where a ruling holds: the Official Card Game (Asia) or the Trading Card Game (rest of the world)."""

    OCG = "ocg"
    TCG = "tcg"


class Verdict(StrEnum):
    """The literal answer to a yes/no question."""

    YES = "yes"
    NO = "no"
    CONDITIONAL = "conditional"
    UNKNOWN = "unknown"


class SourceKind(StrEnum):
    """The kinds of source text; `ALIASES` are extra names of a card that is described elsewhere."""

    CARD = "card"
    RULING = "ruling"
    RULE = "rule"
    ALIASES = "aliases"


Texts = Mapping[Language, str]


class Card(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """One card; `card_id` is the 8-digit passcode where there is one."""

    card_id: str
    game: str = "yugioh"
    passcode: str | None = None
    konami_id: int | None = None
    names: dict[Language, str]
    aliases: dict[Language, list[str]] = {}
    kind: str = ""
    facts: dict[str, Any] = {}
    texts: dict[Language, str] = {}
    valid_from: str | None = None
    source: str = ""


class CardAliases(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """Nicknames of a card kept apart from its text, so that a re-import of the card does not lose them."""

    card_id: str
    aliases: dict[Language, list[str]]
    name: str = ""
    source: str = ""


class Condition(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """One branch of a conditional ruling."""

    when: dict[Language, str]
    verdict: Verdict


class Ruling(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """One ruling in every language it is available in.

    `question` is the short question (the official title), `detail` the long form with the situation, `also` a
    further question that the same answer settles. `lang` is the language of the original.
    """

    ruling_id: str
    game: str = "yugioh"
    official_id: int | None = None
    lang: Language
    question: dict[Language, str]
    detail: dict[Language, str] = {}
    answer: dict[Language, str]
    also: dict[Language, str] = {}
    verdict: Verdict | None = None
    conditions: list[Condition] = []
    card_ids: list[str] = []
    region: Region = Region.OCG
    published: str | None = None
    withdrawn: str | None = None
    superseded_by: str | None = None
    note: str = ""
    tags: list[str] = []
    source: str = ""
    source_url: str = ""


class Rule(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """A passage of the game's rules, or an official supplement to the cards of `card_ids`."""

    rule_id: str
    game: str = "yugioh"
    heading: dict[Language, str]
    text: dict[Language, str]
    card_ids: list[str] = []
    source: str = ""


Source = Card | Ruling | Rule | CardAliases
