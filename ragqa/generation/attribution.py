"""From numbered passages and a parsed sheet to citations that anyone can check."""

from collections.abc import Iterable, Sequence

from rapidfuzz import fuzz

from ragqa.datatypes import Citation, Passage, Ruling, SourceKind
from ragqa.errors import NotFound
from ragqa.generation.sheet import CitedSentence
from ragqa.protocols import CorpusStore
from ragqa.text import sentences

_NEAREST = 3


def valid_sentences(written: Iterable[CitedSentence], passages: Sequence[Passage]) -> list[CitedSentence]:
    """Keep sentences all of whose citation numbers exist."""
    return [sentence for sentence in written if all(1 <= number <= len(passages) for number in sentence.numbers)]


def citations(store: CorpusStore, passages: Sequence[Passage], kept: Sequence[CitedSentence]) -> tuple[Citation, ...]:
    """One citation for each number used, quoting the passage sentence nearest to what was said of it."""
    said: dict[int, str] = {}
    for sentence in kept:
        for number in sentence.numbers:
            said.setdefault(number, sentence.text)
    return tuple(_citation(store, number, passages[number - 1], said[number]) for number in sorted(said))


def nearest(store: CorpusStore, passages: Sequence[Passage]) -> tuple[Citation, ...]:
    """The first passages as citations, for an answer that abstains but shows where to look."""
    return tuple(
        _citation(store, number, passage, passage.heading) for number, passage in enumerate(passages[:_NEAREST], 1)
    )


def _citation(store: CorpusStore, number: int, passage: Passage, said: str) -> Citation:
    quotes = sentences(passage.text) or [passage.text]
    quote = max(quotes, key=lambda text: fuzz.ratio(text, said))
    ruling = _ruling(store, passage)
    return Citation(
        number=number,
        passage_id=passage.passage_id,
        source_id=passage.source_id,
        kind=passage.kind,
        heading=passage.heading,
        quote=quote,
        lang=passage.lang,
        official_id=ruling.official_id if ruling else None,
        published=ruling.published if ruling else None,
        withdrawn=ruling.withdrawn if ruling else None,
        source_url=ruling.source_url if ruling else "",
    )


def _ruling(store: CorpusStore, passage: Passage) -> Ruling | None:
    if passage.kind is not SourceKind.RULING:
        return None
    try:
        return store.ruling(passage.source_id)
    except NotFound:  # deleted between retrieval and citation
        return None
