"""Answers, passages and sources as a person reads them in a terminal.

Texts of the corpus go into `Text` objects, never into markup: a card named `[Foo]` is not a style.
"""

from collections.abc import Iterator, Sequence
from gettext import NullTranslations as Phrases

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.panel import Panel
from rich.rule import Rule
from rich.text import Text

from ragqa.datatypes import Answer, Citation, Language, Linking, ScoredPassage, Verdict
from ragqa.wording import BASES, VERDICTS, phrases

_SIGNS = {
    Verdict.YES: ("✔", "white on green"),
    Verdict.NO: ("✘", "white on red"),
    Verdict.CONDITIONAL: ("◐", "black on yellow"),
    Verdict.UNKNOWN: ("?", "black on bright_white"),
}


def render_answer(answer: Answer) -> RenderableType:
    """Lay out verdict, explanation, cards, numbered citations, and in dim what the answer was made from."""
    words = phrases(answer.lang)
    parts: list[RenderableType] = [_sign(answer, words)]
    if answer.explanation:
        parts.append(_indented(Text(answer.explanation), above=1))
    parts.extend(_conditions(answer, words))
    parts.extend(_regions(answer, words))
    parts.extend(_cards(Linking(cards=answer.linked_cards, unlinked=answer.unlinked), words))
    parts.extend(_citations(answer.citations, words.gettext("Sources"), words))
    parts.extend(_citations(answer.nearest, words.gettext("Nearest passages"), words))
    parts.append(_indented(_footer(answer), above=1))
    return Group(*parts)


def render_search(linking: Linking, passages: Sequence[ScoredPassage], lang: Language) -> RenderableType:
    """Lay out the cards of a question and its passages, best first, with each channel's score."""
    parts = list(_cards(linking, phrases(lang)))
    for rank, found in enumerate(passages, 1):
        passage = found.passage
        head = Text.assemble((f"{rank:>3}  ", "bold"), (passage.heading or passage.passage_id, "bold"))
        channels = "  ".join(f"{name} {score:.3f}" for name, score in found.channels.items())
        scores = Text(f"{passage.kind} {passage.passage_id} · {found.score:.4f}  {channels}", "dim")
        parts.extend(
            (Padding(head, (1, 0, 0, 0)), Padding(scores, (0, 0, 0, 5)), Padding(Text(passage.text), (0, 0, 0, 5)))
        )
    return Group(*parts)


def render_claim(question: str, answer: Answer, title: str) -> RenderableType:
    """Lay out what a labeller judges: question, verdict, explanation and what it cites; not how sure ragqa was."""
    words = phrases(answer.lang)
    verdict = words.gettext(VERDICTS[answer.verdict]).upper()
    mark, style = _SIGNS[answer.verdict]
    parts: list[RenderableType] = [
        Rule(title, style="dim"),
        Text(question, "bold"),
        Padding(Text.assemble((f" {mark} {verdict} ", style), f"  {answer.explanation}"), (1, 0, 0, 0)),
    ]
    parts.extend(_conditions(answer, words))
    parts.extend(_citations(answer.citations, words.gettext("Sources"), words))
    return Group(*parts)


def _sign(answer: Answer, words: Phrases) -> RenderableType:
    mark, style = _SIGNS[answer.verdict]
    sign = Text(f" {mark}  {words.gettext(VERDICTS[answer.verdict]).upper()} ", f"bold {style}")
    basis = words.gettext(BASES[answer.basis])
    sure = f" · {answer.confidence:.0%}" if answer.verdict is not Verdict.UNKNOWN else ""
    return Panel(Text.assemble(sign, f"  {basis}{sure}"), border_style=style.split(" on ")[1], expand=False)


def _conditions(answer: Answer, words: Phrases) -> Iterator[RenderableType]:
    if answer.conditions:
        yield _heading(words.gettext("When"))
    for condition in answer.conditions:
        when = condition.when.get(answer.lang) or next(iter(condition.when.values()), "")
        mark, style = _SIGNS[condition.verdict]
        verdict = Text(f" {mark} {words.gettext(VERDICTS[condition.verdict]).upper()} ", style)
        yield _indented(Text.assemble(verdict, f" {when}"))


def _regions(answer: Answer, words: Phrases) -> Iterator[RenderableType]:
    if answer.by_region:
        yield _heading(words.gettext("By region"))
    for each in answer.by_region:
        mark, style = _SIGNS[each.verdict]
        verdict = Text(f" {mark} {words.gettext(VERDICTS[each.verdict]).upper()} ", style)
        ruling = f"  ruling {each.source_id}" if each.source_id else ""
        yield _indented(Text.assemble(verdict, f" {each.region.upper()}", (ruling, "dim")))


def _cards(linking: Linking, words: Phrases) -> Iterator[RenderableType]:
    if linking.cards:
        yield _heading(words.gettext("Cards"))
    for card in linking.cards:
        line = Text.assemble(
            (card.surface, "cyan"), " → ", (card.name, "bold"), (f"  {card.card_id} · {card.via}", "dim")
        )
        yield _indented(line)
    if linking.unlinked:
        yield _heading(words.gettext("Not recognised"))
    did_you_mean = words.gettext("did you mean")
    for span in linking.unlinked:
        names = ", ".join(f"{near.name} ({near.card_id})" for near in span.candidates)
        line = Text.assemble((span.surface, "yellow"), (f"  {did_you_mean}: {names}?" if names else "", "dim"))
        yield _indented(line)


def _citations(citations: Sequence[Citation], title: str, words: Phrases) -> Iterator[RenderableType]:
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


def _citation(citation: Citation, words: Phrases) -> Text:
    """Number, heading and origin; what no longer holds is struck through and says since when."""
    struck = " strike" if citation.withdrawn else ""
    text = Text.assemble((f"[{citation.number}] ", "bold"), (citation.heading or citation.source_id, "bold" + struck))
    if citation.withdrawn:
        text.append("  " + words.gettext("withdrawn") + f" {citation.withdrawn}", "bold red")
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
