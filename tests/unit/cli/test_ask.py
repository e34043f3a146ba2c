"""`ragqa ask` and `ragqa search`: what reaches the service, what is printed, how it ends."""

import json

import pytest

from ragqa.datatypes import Language, Region
from ragqa.errors import GenerationFailed, Overloaded
from tests.unit.cli.conftest import Run
from tests.unit.cli.parts import DECLINED, CannedService


def test_an_answer_is_printed_and_the_service_closed(run: Run, service: CannedService) -> None:
    result = run("ask", "하루 우라라를 개기일식의 서에 체인할 수 있나요?")
    assert result.exit_code == 0
    assert "✔  예" in result.stdout
    assert service.asked[0].lang is Language.KO
    assert service.closed == 1


def test_options_reach_the_question(run: Run, service: CannedService) -> None:
    result = run("ask", " Can I? ", "--lang", "ja", "--region", "tcg", "--as-of", "2020-02-29")
    assert result.exit_code == 0
    asked = service.asked[0]
    assert (asked.text, asked.lang, asked.region, asked.as_of) == ("Can I?", Language.JA, Region.TCG, "2020-02-29")


def test_json_is_the_answer_and_nothing_else_on_stdout(run: Run, service: CannedService) -> None:
    result = run("ask", "Can I?", "--json")
    answer = json.loads(result.stdout)
    assert (answer["verdict"], answer["basis"], answer["corpus_version"]) == ("yes", "official", 7)
    assert answer["citations"][0]["official_id"] == 23793


def test_abstaining_has_an_exit_code_of_its_own(run: Run, service: CannedService) -> None:
    service.answer = DECLINED
    result = run("ask", "Can I?", "--json")
    assert result.exit_code == 3
    assert json.loads(result.stdout)["verdict"] == "unknown"


def test_a_question_may_come_from_stdin(run: Run, service: CannedService) -> None:
    assert run("ask", "-", stdin="질문입니까?\n".encode()).exit_code == 0
    assert service.asked[0].text == "질문입니까?"


@pytest.mark.parametrize(
    ("arguments", "stdin", "told"),
    [
        ((" \t ",), None, "question is blank"),
        (("x" * 4001,), None, "4001 characters"),
        (("-",), b"x" * 100_000, "longer than 4000 characters"),
        (("-",), b"Can \xff I?", "not valid UTF-8 (byte 5)"),
        (("caf\udce9?",), None, "not valid UTF-8"),
        (("Can I?", "--as-of", "2021-02-29"), None, "as_of '2021-02-29' is not a date"),
        (("Can I?", "--lang", "xx"), None, "xx"),
    ],
)
def test_bad_input_is_refused_before_any_model_is_loaded(
    run: Run, service: CannedService, arguments: tuple[str, ...], stdin: bytes | None, told: str
) -> None:
    result = run("ask", *arguments, stdin=stdin)
    assert result.exit_code == 2
    assert told in result.stderr
    assert not service.asked and not service.closed


def test_an_error_under_json_is_one_object_on_stderr(run: Run, service: CannedService) -> None:
    result = run("ask", "", "--json")
    assert result.stdout == ""
    told = json.loads(result.stderr)
    assert (told["error"], told["field"], told["exit_code"]) == ("InvalidInput", "question", 2)


def test_the_service_is_closed_when_asking_fails(run: Run, service: CannedService) -> None:
    service.error = GenerationFailed("the generator stopped")
    result = run("ask", "Can I?")
    assert (result.exit_code, service.closed) == (1, 1)
    assert "error: the generator stopped" in result.stderr
    service.error = Overloaded("try later")
    assert run("ask", "Can I?").exit_code == 7


def test_an_unfit_setting_is_named_with_its_variable(
    run: Run, service: CannedService, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RAGQA_PORT", "99999")
    result = run("ask", "Can I?")
    assert result.exit_code == 6
    assert "RAGQA_PORT" in result.stderr


def test_search_prints_cards_and_passages(run: Run, service: CannedService) -> None:
    result = run("search", "chains?", "-n", "2")
    assert result.exit_code == 0
    assert result.stdout.count("A [chain].") == 2
    assert "하루 우라라  14558127 · name" in result.stdout
    found = json.loads(run("search", "chains?", "-n", "1", "--json").stdout)
    assert [passage["passage"]["passage_id"] for passage in found["passages"]] == ["r1#en0"]
    assert found["linking"]["cards"][0]["card_id"] == "14558127"
