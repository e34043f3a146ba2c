"""What a person sees of an answer: the words, and what is struck through."""

import io

import msgspec
from rich.console import Console, RenderableType

from ragqa.cli.rendering import render_answer
from tests.unit.cli.parts import CITATION, DECLINED, DEPENDS, YES


def _shown(renderable: RenderableType, *, styled: bool = False) -> str:
    console = Console(width=100, record=True, file=io.StringIO(), force_terminal=True)
    console.print(renderable, crop=False)
    return console.export_text(styles=styled)


def test_an_answer_shows_verdict_basis_sources_version_and_timings() -> None:
    lines = [line.rstrip() for line in _shown(render_answer(YES)).splitlines()]
    assert "✔  예   공식 재정에 따른 답 · 97%" in lines[1]
    assert "  체인할 수 있습니다. [1]" in lines
    assert "  [1] [하루 우라라]와 [개기일식의 서]" in lines
    assert "      ruling qa-23793 · Q&A 23793 · 2021-05-01" in lines
    assert "      https://example.org/qa/23793" in lines
    assert "      “체인하여 발동할 수 있습니다.”" in lines
    assert lines[-2:] == ["  corpus version 7 · rulings · prompt answer-1", "  linking 1 ms · total 41 ms"]


def test_only_a_withdrawn_ruling_is_struck_through() -> None:
    styled = _shown(render_answer(YES), styled=True)
    assert "\x1b[1;9m옛 재정" in styled
    assert "철회됨 2022-02-02" in styled
    assert "\x1b[1m[하루 우라라]와" in styled


def test_declining_shows_the_nearest_passages_and_what_was_not_recognised() -> None:
    shown = _shown(render_answer(DECLINED))
    assert "?  NO ANSWER   the corpus does not settle it" in shown
    assert "%" not in shown
    assert "Asj B  did you mean: Ash (14558127)?" in shown
    assert "Nearest passages" in shown and "Sources" not in shown


def test_a_conditional_answer_lists_its_branches() -> None:
    shown = _shown(render_answer(DEPENDS))
    assert "IT DEPENDS" in shown
    assert "✘ NO  in the Damage Step" in shown


def test_a_link_is_never_folded() -> None:
    url = "https://example.org/" + "a" * 200
    citation = msgspec.structs.replace(CITATION, source_url=url)
    assert url in _shown(render_answer(msgspec.structs.replace(YES, citations=(citation,))))
