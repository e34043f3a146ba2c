"""The words of the domain as frozen values: questions, linking and answers, and the sources of `ragqa.source_types`."""

from enum import StrEnum

import msgspec

from ragqa.source_types import Card as Card
from ragqa.source_types import CardAliases as CardAliases
from ragqa.source_types import Condition as Condition
from ragqa.source_types import Language as Language
from ragqa.source_types import Region as Region
from ragqa.source_types import Rule as Rule
from ragqa.source_types import Ruling as Ruling
from ragqa.source_types import Source as Source
from ragqa.source_types import SourceKind as SourceKind
from ragqa.source_types import Texts as Texts
from ragqa.source_types import Verdict as Verdict


class Basis(StrEnum):
    """What an answer rests on."""

    OFFICIAL = "official"
    RULE = "rule"
    REASONED = "reasoned"
    INSUFFICIENT = "insufficient"


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
