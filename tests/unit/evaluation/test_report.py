"""Reports: what is in them, and that nothing in a question becomes markup."""

import re
from html.parser import HTMLParser
from typing import Any

import msgspec

from ragqa.evaluation.compare import compare_all, compare_runs
from ragqa.evaluation.report import comparison_html, run_html
from ragqa.evaluation.report_markdown import comparison_markdown, run_markdown
from tests.unit.evaluation.row_parts import row, run

EVIL = "</script><script>alert(1)</script> | <b>우라라</b>"
ROWS = [
    row("a", "yes", "yes", rulings="x g", gold_rulings="g", cited="g x", invalid=(2,), cards="c z", gold_cards="c"),
    row("b", "no", "yes", question=EVIL, style=("typo",)),
    row("c", "unknown", None),
]


class Elements(HTMLParser):
    """Tags, and the text of JSON scripts by id."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.json: dict[str, Any] = {}
        self._id: str | None = None
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        named = dict(attrs)
        self._id = named.get("id") if tag == "script" else None
        assert "src" not in named and tag != "link", "the page must be self-contained"

    def handle_data(self, data: str) -> None:
        if self._id:
            self.json[self._id] = msgspec.json.decode(data)
            self._id = None


def test_every_question_is_in_the_page_with_answer_citations_and_gold() -> None:
    found = Elements(run_html(run(ROWS))).json["rows"]
    assert [each["id"] for each in found] == ["a", "b", "c"]
    first = found[0]
    answer = first["answers"][0]
    assert (first["outcome"], first["gold"], first["goldRulings"]) == ("correct", "yes", ["g"])
    assert (answer["rank"], answer["wrongLinks"], answer["explanation"]) == (2, ["z"], "It may. [1]")
    assert [(each["source"], each["gold"], each["invalid"]) for each in answer["citations"]] == [
        ("g", True, False),
        ("x", False, True),
    ]
    assert found[2]["answers"][0]["error"] == "Overloaded: full"


def test_a_question_cannot_become_markup() -> None:
    page = Elements(run_html(run(ROWS)))
    assert page.json["rows"][1]["question"] == EVIL
    assert page.tags.count("b") == 4  # the headline figures
    assert page.tags.count("script") == 3


def test_the_page_holds_headline_plots_and_stamp() -> None:
    text = run_html(run(ROWS))
    assert Elements(text).tags.count("svg") == 3
    assert "66.7 %" in text and "20.8–93.9 %" in text
    assert "currentColor" in text and "#123456" not in text
    assert "&#34;generator&#34;: &#34;rulings&#34;" in text


def test_the_same_run_gives_the_same_page() -> None:
    assert run_html(run(ROWS)) == run_html(run(ROWS))


def test_a_run_without_rows_has_a_page() -> None:
    assert "0 of 0" not in run_html(run([])) and Elements(run_html(run([]))).json["rows"] == []


def test_an_unfinished_run_says_so() -> None:
    stopped = run(ROWS)
    header = msgspec.structs.replace(stopped.header, status="stopped", questions=9)
    assert "This run is stopped: 3 of 9 questions" in run_html(msgspec.structs.replace(stopped, header=header))


def test_a_corpus_that_changed_under_the_run_and_failures_are_told() -> None:
    ran = run(ROWS)
    older = msgspec.structs.replace(ran, header=msgspec.structs.replace(ran.header, corpus_version=0))
    text = run_markdown(older)
    assert "**The corpus changed during the run: it began at 0, then saw 1.**" in text
    assert "**1 questions failed and count as declined.**" in text


def test_a_comparison_shows_changed_questions_with_both_answers() -> None:
    after = [ROWS[0], row("b", "no", "no", question=EVIL), row("c", "unknown", "yes")]
    first, second = run(ROWS, "one"), run(after, "two")
    comparison = compare_runs(first, second)
    page = Elements(comparison_html([comparison], [first, second]))
    assert [each["id"] for each in page.json["rows"]] == ["c", "b"]
    assert [each["verdict"] for each in page.json["rows"][1]["answers"]] == ["yes", "no"]
    assert page.tags.count("svg") == 1


def test_several_runs_are_compared_on_one_page_by_the_most_harm_that_any_did() -> None:
    first = run(ROWS, "one")
    second = run([ROWS[0], row("b", "no", "unknown", question=EVIL), ROWS[2]], "two")
    third = run([row("a", "yes", "no"), ROWS[1], row("c", "unknown", "yes")], "three")
    page = comparison_html(compare_all([first, second, third]), [first, second, third])
    found = Elements(page)
    # a: correct to wrong; c: a refusal that was right to wrong; b: wrong to declined.
    assert [each["id"] for each in found.json["rows"]] == ["a", "c", "b"]
    assert [each["verdict"] for each in found.json["rows"][0]["answers"]] == ["yes", "yes", "no"]
    assert found.tags.count("svg") == 2 and "2 runs against one" in page


def test_markdown_keeps_its_columns_whatever_the_question_says() -> None:
    after = [ROWS[0], row("b", "no", "no", question=EVIL), ROWS[2]]
    text = comparison_markdown(compare_runs(run(ROWS, "one"), run(after, "two")))
    [line] = [line for line in text.splitlines() if line.startswith("| b |")]
    assert len(re.findall(r"(?<!\\)\|", line)) == 7
    assert "| b | -2 | no | yes | no |" in line


def test_the_markdown_of_a_run_holds_every_section() -> None:
    text = run_markdown(run(ROWS))
    assert "## all" in text and "| correct | 66.7 % | 20.8–93.9 % | 2/3 |" in text and "## latency" in text
