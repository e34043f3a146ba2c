"""The words of the domain as frozen values; imports nothing from ragqa.

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


class Basis(StrEnum):
    """What an answer rests on."""

    OFFICIAL = "official"
    RULE = "rule"
    REASONED = "reasoned"
    INSUFFICIENT = "insufficient"


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


class Passage(msgspec.Struct, frozen=True, kw_only=True):
    """A retrievable piece of a source text in one language; `passage_id` is `<source id>#<lang><number>`."""

    passage_id: str
    source_id: str
    kind: SourceKind
    lang: Language
    card_ids: tuple[str, ...] = ()
    heading: str = ""
    text: str = ""


class Question(msgspec.Struct, frozen=True, kw_only=True):
    """What a user asks. `as_of` is an ISO date; `card_ids` are cards the user confirmed, `not_card_ids` refused."""

    text: str
    game: str = "yugioh"
    lang: Language
    region: Region | None = None
    as_of: str | None = None
    card_ids: tuple[str, ...] = ()
    not_card_ids: tuple[str, ...] = ()


class CardCandidate(msgspec.Struct, frozen=True, kw_only=True):
    """A card that a span might mean, with a score in [0, 1]."""

    card_id: str
    name: str
    score: float


class LinkedCard(msgspec.Struct, frozen=True, kw_only=True):
    """A card a span of the question means; `start`/`end` are character offsets, `via` the way it was recognised."""

    card_id: str
    name: str
    start: int
    end: int
    surface: str
    score: float
    via: str


class UnlinkedSpan(msgspec.Struct, frozen=True, kw_only=True):
    """Words that look like a card's name but were not linked, with the nearest names."""

    start: int
    end: int
    surface: str
    candidates: tuple[CardCandidate, ...] = ()


class Linking(msgspec.Struct, frozen=True, kw_only=True):
    """The cards of a question: linked ones, and spans left unlinked because nothing was sure."""

    cards: tuple[LinkedCard, ...] = ()
    unlinked: tuple[UnlinkedSpan, ...] = ()

    @property
    def card_ids(self) -> tuple[str, ...]:
        """Linked card ids in order of appearance, each once."""
        return tuple(dict.fromkeys(card.card_id for card in self.cards))


class ScoredPassage(msgspec.Struct, frozen=True, kw_only=True):
    """A passage with its fused score and the score each channel gave it."""

    passage: Passage
    score: float
    channels: dict[str, float] = {}


class Citation(msgspec.Struct, frozen=True, kw_only=True):
    """A numbered pointer from an answer into a passage; `quote` occurs in the passage's text."""

    number: int
    passage_id: str
    source_id: str
    kind: SourceKind
    heading: str
    quote: str
    lang: Language
    official_id: int | None = None
    published: str | None = None
    withdrawn: str | None = None
    source_url: str = ""


class Usage(msgspec.Struct, frozen=True, kw_only=True):
    """Tokens that a generator's model read and wrote; zeros where no model was asked."""

    prompt_tokens: int = 0
    completion_tokens: int = 0


class SheetFault(StrEnum):
    """Why nothing can be made of a generator's answer sheet."""

    NO_VERDICT = "no-verdict"
    NO_CITATION = "no-citation"


class RegionVerdict(msgspec.Struct, frozen=True, kw_only=True):
    """What holds in one region; `source_id` is the ruling, None where the region is only known to differ."""

    region: Region
    verdict: Verdict
    source_id: str | None = None


class FalsePremise(msgspec.Struct, frozen=True, kw_only=True):
    """An effect that a question takes for granted and no text of the card knows.

    `claim` are the question's words; `passage` is the id of the passage that says what the card does.
    """

    card_id: str
    name: str
    claim: str
    passage: str


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """What ragqa answers, with everything needed to check it. `timings` are milliseconds by stage.

    `overruled` is the verdict that the generator stated where what settles the question says otherwise. `by_region`
    holds both regions' verdicts where they differ and the question named none. `asked_again`: what the generator wrote
    first could not be read; `unreadable`: nor could its second try, for this reason.
    """

    verdict: Verdict
    basis: Basis
    confidence: float
    explanation: str
    citations: tuple[Citation, ...]
    linked_cards: tuple[LinkedCard, ...]
    unlinked: tuple[UnlinkedSpan, ...] = ()
    nearest: tuple[Citation, ...] = ()
    conditions: tuple[Condition, ...] = ()
    lang: Language
    corpus_version: int
    model: str
    prompt_version: str
    timings: dict[str, float]
    usage: Usage = Usage()
    overruled: Verdict | None = None
    false_premise: FalsePremise | None = None
    by_region: tuple[RegionVerdict, ...] = ()
    asked_again: bool = False
    unreadable: SheetFault | None = None
