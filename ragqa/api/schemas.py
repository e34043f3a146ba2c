"""What the API takes and gives beyond the domain's own types, as msgspec structs with examples."""

from typing import Annotated, Any

import msgspec
from msgspec import Meta

from ragqa.datatypes import Language, Linking, Region, ScoredPassage, SourceKind
from ragqa.grounding.effects import EffectFound
from ragqa.maintain import ImportReport, Remark

CardIds = Annotated[tuple[str, ...], Meta(max_length=20)]
IsoDate = Annotated[str, Meta(min_length=10, max_length=10, examples=["2024-01-31"])]


class AskOptions(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What may be said beside a question; the language is told from the text if it is not given."""

    lang: Annotated[Language | None, Meta(description="language of the answer; default: that of the question")] = None
    game: Annotated[str, Meta(max_length=40, description="which game's corpus")] = "yugioh"
    region: Annotated[Region | None, Meta(description="whose rulings hold: ocg (Asia) or tcg")] = None
    as_of: Annotated[IsoDate | None, Meta(description="answer as of this day")] = None
    card_ids: Annotated[CardIds, Meta(description="cards that are meant for sure")] = ()
    not_card_ids: Annotated[CardIds, Meta(description="cards that are not meant, whatever the names say")] = ()


class AskRequest(AskOptions, frozen=True, kw_only=True):
    """A rules question and what may be said beside it."""

    question: Annotated[str, Meta(description="the question, with the cards as players name them")]


class Written(msgspec.Struct, frozen=True, kw_only=True):
    """What a write came to; `version` is the source's own, which is also its ETag."""

    kind: SourceKind
    source_id: str
    version: int
    corpus_version: int


class FieldChange(msgspec.Struct, frozen=True, kw_only=True):
    """One field that differs between two versions; null where it is absent."""

    field: str
    before: Any
    after: Any


class Version(msgspec.Struct, frozen=True, kw_only=True):
    """One version of a source and what it changed."""

    version: int
    changed_at: str
    deleted: bool
    changes: list[FieldChange]


class SearchResult(msgspec.Struct, frozen=True, kw_only=True):
    """What was found, without an answer: the cards meant, passages, best first, and effects that were looked for."""

    linking: Linking
    passages: list[ScoredPassage]
    effects: list[EffectFound] = []


class ImportResult(msgspec.Struct, frozen=True, kw_only=True):
    """What an import did, by kind of source; refusals and warnings name their line.

    `unembedded` passages are found by names and words already; their vectors follow in the background.
    """

    corpus_version: int
    added: dict[SourceKind, int]
    changed: dict[SourceKind, int]
    unchanged: dict[SourceKind, int]
    refused: int
    refusals: list[Remark]
    warned: int
    warnings: list[Remark]
    unembedded: int

    @classmethod
    def of(cls, report: ImportReport) -> "ImportResult":
        """Give a report the shape of the API."""
        return cls(
            corpus_version=report.corpus_version,
            added=dict(report.added),
            changed=dict(report.changed),
            unchanged=dict(report.unchanged),
            refused=report.refused,
            refusals=report.refusals,
            warned=report.warned,
            warnings=report.warnings,
            unembedded=report.unembedded,
        )
