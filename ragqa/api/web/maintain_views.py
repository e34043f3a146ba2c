"""What the maintainer's page shows: what was found, a source to edit with its past, a change before it is saved."""

import msgspec

from ragqa.api.versions import etag
from ragqa.api.web.answer_views import card_name
from ragqa.api.web.source_changes import FieldDiff, PastVersion, past_versions, source_diffs
from ragqa.api.web.source_forms import SourceForm, form_of
from ragqa.bootstrap import Service
from ragqa.corpus.sources import source_key, to_json
from ragqa.datatypes import Language, Question, Ruling, Source, SourceKind
from ragqa.errors import NotFound

_PASSAGES = 30
_SHOWN = 10


class FoundSource(msgspec.Struct, frozen=True, kw_only=True):
    """A card or ruling to open."""

    kind: SourceKind
    source_id: str
    title: str
    withdrawn: str | None = None


class EditView(msgspec.Struct, frozen=True, kw_only=True):
    """A source in its form; `etag` is empty for one that is new. `cards` are the names of a ruling's cards."""

    form: SourceForm
    etag: str
    cards: list[tuple[str, str]] = []
    past: list[PastVersion] = []
    withdrawn: str | None = None


class ReviewView(msgspec.Struct, frozen=True, kw_only=True):
    """A change before it is saved: what differs from what is there now, and everything that saving needs."""

    kind: SourceKind
    source_id: str
    etag: str
    json: str
    diffs: list[FieldDiff]
    warnings: list[tuple[str, str]]
    is_stale: bool = False


def found_sources(words: str, lang: Language, service: Service) -> list[FoundSource]:
    """Find cards and rulings by id, or by names and words, best first."""
    store = service.store
    exact = [(kind, words) for kind in (SourceKind.CARD, SourceKind.RULING) if store.get_many(kind, [words])]
    linking, passages = service.search(Question(text=words, lang=lang), _PASSAGES)
    completed = service.index.complete(words, lang, 5)
    cards = [*linking.card_ids, *(each.card_id for each in completed)]
    found = [scored.passage for scored in passages if scored.passage.kind is SourceKind.RULING]
    # Where a card is named, what is about others is only near in meaning.
    about = [each for each in found if not linking.cards or set(linking.card_ids) & set(each.card_ids)]
    rulings = [passage.source_id for passage in about]
    keys = [*exact, *((SourceKind.CARD, each) for each in cards), *((SourceKind.RULING, each) for each in rulings)]
    shown = [_found(kind, source_id, lang, service) for kind, source_id in dict.fromkeys(keys)]
    of_kind = {kind: [each for each in shown if each and each.kind is kind][:_SHOWN] for kind in SourceKind}
    return [*of_kind[SourceKind.CARD], *of_kind[SourceKind.RULING]]


def edit_view(kind: SourceKind, source_id: str, lang: Language, service: Service) -> EditView:
    """Return a source to edit. Raises NotFound."""
    found = service.store.source(kind, source_id)
    ruling = found.source if isinstance(found.source, Ruling) else None
    return EditView(
        form=form_of(found.source, kind),
        etag=etag(found.corpus_version),
        cards=[(each, card_name(each, lang, service.store)) for each in ruling.card_ids] if ruling else [],
        past=past_versions(service.store.history(kind, source_id)),
        withdrawn=ruling.withdrawn if ruling else None,
    )


def review_view(source: Source, read_etag: str | None, service: Service) -> ReviewView:
    """Compare a source with what is there now; `read_etag` is what its editor read, None to take what is there."""
    kind, source_id = source_key(source)
    current = service.store.get_many(kind, [source_id]).get(source_id)
    now = etag(current.corpus_version) if current else ""
    return ReviewView(
        kind=kind,
        source_id=source_id,
        etag=now if read_etag is None else read_etag,
        json=to_json(source),
        diffs=source_diffs(current.source if current else None, source),
        warnings=_warnings(source, service),
        is_stale=read_etag not in (None, now),
    )


def withdrawn_ruling(ruling_id: str, day: str, superseded_by: str, service: Service) -> Ruling:
    """Return a ruling as it is once it is withdrawn. Raises NotFound."""
    ruling = service.store.ruling(ruling_id)
    return msgspec.structs.replace(ruling, withdrawn=day or None, superseded_by=superseded_by or None)


def _found(kind: SourceKind, source_id: str, lang: Language, service: Service) -> FoundSource | None:
    if kind is SourceKind.CARD:
        return FoundSource(kind=kind, source_id=source_id, title=card_name(source_id, lang, service.store))
    try:
        ruling = service.store.ruling(source_id)
    except NotFound:
        return None
    title = next((ruling.question[each] for each in (lang, *Language) if ruling.question.get(each)), source_id)
    return FoundSource(kind=kind, source_id=source_id, title=title, withdrawn=ruling.withdrawn)


def _warnings(source: Source, service: Service) -> list[tuple[str, str]]:
    """Return fields and ids that name what is not in the corpus: not wrong, but seldom meant."""
    if not isinstance(source, Ruling):
        return []
    known = service.store.get_many(SourceKind.CARD, source.card_ids)
    unknown = [("card_ids", each) for each in source.card_ids if each not in known]
    later = source.superseded_by
    missing = later is not None and not service.store.get_many(SourceKind.RULING, [later])
    return [*unknown, ("superseded_by", later)] if missing and later else unknown
