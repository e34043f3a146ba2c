"""Answers, passages and sources as a person reads them in a terminal.

Texts of the corpus go into `Text` objects, never into markup: a card named `[Foo]` is not a style.
"""

from collections.abc import Iterator, Sequence

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.panel import Panel
from rich.text import Text

from ragqa.datatypes import Answer, Citation, Linking, ScoredPassage, Verdict
from ragqa.wording import WORDINGS, Wording

_SIGNS = {
    Verdict.YES: ("✔", "white on green"),
    Verdict.NO: ("✘", "white on red"),
    Verdict.CONDITIONAL: ("◐", "black on yellow"),
    Verdict.UNKNOWN: ("?", "black on bright_white"),
}


def render_answer(answer: Answer) -> RenderableType:
    """Lay out verdict, explanation, cards, numbered citations, and in dim what the answer was made from."""
    words = WORDINGS[answer.lang]
    parts: list[RenderableType] = [_sign(answer, words)]
    if answer.explanation:
        parts.append(_indented(Text(answer.explanation), above=1))
    parts.extend(_conditions(answer, words))
    parts.extend(_cards(Linking(cards=answer.linked_cards, unlinked=answer.unlinked), words))
    parts.extend(_citations(answer.citations, words.citations, words))
    parts.extend(_citations(answer.nearest, words.nearest, words))
    parts.append(_indented(_footer(answer), above=1))
    return Group(*parts)


def render_search(linking: Linking, passages: Sequence[ScoredPassage], words: Wording) -> RenderableType:
    """Lay out the cards of a question and its passages, best first, with each channel's score."""
    parts = list(_cards(linking, words))
    for rank, found in enumerate(passages, 1):
        passage = found.passage
        head = Text.assemble((f"{rank:>3}  ", "bold"), (passage.heading or passage.passage_id, "bold"))
        channels = "  ".join(f"{name} {score:.3f}" for name, score in found.channels.items())
        scores = Text(f"{passage.kind} {passage.passage_id} · {found.score:.4f}  {channels}", "dim")
        parts.extend(
            (Padding(head, (1, 0, 0, 0)), Padding(scores, (0, 0, 0, 5)), Padding(Text(passage.text), (0, 0, 0, 5)))
        )
    return Group(*parts)


def _sign(answer: Answer, words: Wording) -> RenderableType:
    mark, style = _SIGNS[answer.verdict]
    sign = Text(f" {mark}  {words.verdicts[answer.verdict]} ", f"bold {style}")
    basis = words.bases[answer.basis]
    sure = f" · {answer.confidence:.0%}" if answer.verdict is not Verdict.UNKNOWN else ""
    return Panel(Text.assemble(sign, f"  {basis}{sure}"), border_style=style.split(" on ")[1], expand=False)


def _conditions(answer: Answer, words: Wording) -> Iterator[RenderableType]:
    if answer.conditions:
        yield _heading(words.conditions)
    for condition in answer.conditions:
        when = condition.when.get(answer.lang) or next(iter(condition.when.values()), "")
        mark, style = _SIGNS[condition.verdict]
        verdict = Text(f" {mark} {words.verdicts[condition.verdict]} ", style)
        yield _indented(Text.assemble(verdict, f" {when}"))


def _cards(linking: Linking, words: Wording) -> Iterator[RenderableType]:
    if linking.cards:
        yield _heading(words.cards)
    for card in linking.cards:
        line = Text.assemble(
            (card.surface, "cyan"), " → ", (card.name, "bold"), (f"  {card.card_id} · {card.via}", "dim")
        )
        yield _indented(line)
    if linking.unlinked:
        yield _heading(words.unlinked)
    for span in linking.unlinked:
        names = ", ".join(f"{near.name} ({near.card_id})" for near in span.candidates)
        line = Text.assemble((span.surface, "yellow"), (f"  {words.did_you_mean}: {names}?" if names else "", "dim"))
        yield _indented(line)


def _citations(citations: Sequence[Citation], title: str, words: Wording) -> Iterator[RenderableType]:
    if citations:
        yield _heading(title)
    for citation in citations:
        yield _indented(_citation(citation, words))
        if citation.source_url:
            # Neither folded nor cut: a link in two pieces can be neither clicked nor copied.
            link = Text("      ", no_wrap=True, overflow="ignore")
            yield link.append(citation.source_url, f"dim link {citation.source_url}")
        if citation.quote:
            yield _indented(Text(f"“{citation.quote}”", "italic strike" if citation.withdrawn else "italic"), 6)


def _citation(citation: Citation, words: Wording) -> Text:
    """Number, heading and origin; what no longer holds is struck through and says since when."""
    struck = " strike" if citation.withdrawn else ""
    text = Text.assemble((f"[{citation.number}] ", "bold"), (citation.heading or citation.source_id, "bold" + struck))
    if citation.withdrawn:
        text.append(f"  {words.withdrawn} {citation.withdrawn}", "bold red")
    origin = [f"{citation.kind} {citation.source_id}"]
    if citation.official_id is not None:
        origin.append(f"Q&A {citation.official_id}")
    if citation.published:
        origin.append(citation.published)
    text.append("\n    " + " · ".join(origin), "dim")
    return text


def _footer(answer: Answer) -> Text:
    stages = " · ".join(f"{name} {ms:.0f} ms" for name, ms in answer.timings.items())
    return Text(
        f"corpus version {answer.corpus_version} · {answer.model} · prompt {answer.prompt_version}\n{stages}", "dim"
    )


def _heading(title: str) -> RenderableType:
    return _indented(Text(title, "bold underline"), 0, above=1)


def _indented(text: Text, left: int = 2, above: int = 0) -> RenderableType:
    return Padding(text, (above, 0, 0, left), expand=False)
