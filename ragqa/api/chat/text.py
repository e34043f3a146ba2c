"""An answer as the text of one message, Markdown in the asker's language, and where its citations stand in it. Pure."""

import re
from collections.abc import Iterator
from gettext import NullTranslations as Phrases

from ragqa.api.chat.schemas import Annotation, UrlCitation
from ragqa.datatypes import Answer, Citation
from ragqa.wording import BASES, VERDICTS, phrases

_NUMBER = re.compile(r"\[(\d+)\]")


def message_text(answer: Answer) -> str:
    """Write verdict, basis, explanation, conditions and sources; what an honest "no answer" can point to as well."""
    words = phrases(answer.lang)
    paragraphs = [
        f"**{words.gettext(VERDICTS[answer.verdict])}** · {words.gettext(BASES[answer.basis])}",
        answer.explanation,
    ]
    for title, lines in (
        (words.gettext("When"), _conditions(answer, words)),
        (words.gettext("By region"), _regions(answer, words)),
        (words.gettext("Not recognised"), _unlinked(answer, words)),
        (words.gettext("Sources"), _sources(answer.citations, words)),
        (words.gettext("Nearest passages"), _sources(answer.nearest, words)),
    ):
        listed = "\n".join(f"- {line}" for line in lines)
        paragraphs.append(f"{title}\n\n{listed}" if listed else "")
    return _escaped("\n\n".join(paragraph for paragraph in paragraphs if paragraph))


def text_annotations(text: str, answer: Answer) -> list[Annotation]:
    """Return one annotation for each citation number in the explanation whose source has a page."""
    explanation = _escaped(answer.explanation)
    start = text.index(explanation)
    cited = {citation.number: citation for citation in answer.citations if citation.source_url}
    return [
        Annotation(
            url_citation=UrlCitation(
                start_index=mark.start(),
                end_index=mark.end(),
                url=cited[int(mark[1])].source_url,
                title=cited[int(mark[1])].heading,
            )
        )
        for mark in _NUMBER.finditer(text, start, start + len(explanation))
        if int(mark[1]) in cited
    ]


def _escaped(text: str) -> str:
    # A card may be called `Maliss <Q> …`: as Markdown the middle of its name would be an HTML tag.
    return text.replace("<", "\\<")


def _conditions(answer: Answer, words: Phrases) -> Iterator[str]:
    for condition in answer.conditions:
        when = condition.when.get(answer.lang) or next(iter(condition.when.values()), "")
        yield f"{words.gettext(VERDICTS[condition.verdict])}: {when}"


def _regions(answer: Answer, words: Phrases) -> Iterator[str]:
    for each in answer.by_region:
        yield f"{each.region.upper()}: {words.gettext(VERDICTS[each.verdict])}"


def _unlinked(answer: Answer, words: Phrases) -> Iterator[str]:
    if answer.explanation and not answer.citations and not answer.false_premise:
        return  # Then it is they that the explanation names.
    did_you_mean = words.gettext("did you mean")
    for span in answer.unlinked:
        names = ", ".join(candidate.name for candidate in span.candidates)
        yield f"{span.surface} ({did_you_mean}: {names}?)" if names else span.surface


def _sources(citations: tuple[Citation, ...], words: Phrases) -> Iterator[str]:
    withdrawn = words.gettext("withdrawn")
    for citation in citations:
        yield " · ".join(
            part
            for part in (
                f"[{citation.number}] {citation.heading or citation.source_id}",
                f"Q&A {citation.official_id}" if citation.official_id is not None else "",
                citation.published or "",
                f"{withdrawn} {citation.withdrawn}" if citation.withdrawn else "",
                citation.source_url,
            )
            if part
        )
