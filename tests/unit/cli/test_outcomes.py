"""Exit codes are a promise to scripts."""

import pytest
from rich.text import Text

from ragqa import errors
from ragqa.cli.outcomes import EXIT_CODES_HELP, ExitCode, exit_code, print_result
from tests.unit.cli.parts import subclasses


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (errors.InvalidInput("x", field="question"), 2),
        (errors.NotFound("x"), 4),
        (errors.DuplicateSource("x"), 5),
        (errors.StaleWrite("x"), 5),
        (errors.SuspiciousWithdrawals("x"), 5),
        (errors.ConfigurationError("x"), 6),
        (errors.ModelError("x"), 6),
        (errors.Overloaded("x"), 7),
        (errors.GenerationFailed("x"), 1),
    ],
)
def test_each_kind_of_error_has_its_exit_code(error: errors.RagqaError, code: int) -> None:
    assert exit_code(error) == code


def test_no_error_ends_as_done_or_as_abstained() -> None:
    for kind in subclasses(errors.RagqaError):
        assert exit_code(kind("x")) not in (ExitCode.DONE, ExitCode.ABSTAINED)


def test_every_exit_code_is_in_the_help() -> None:
    for code in ExitCode:
        assert f"{int(code)} " in EXIT_CODES_HELP


def test_texts_steer_no_terminal_and_are_no_markup(capsys: pytest.CaptureFixture[str]) -> None:
    print_result(Text("[red]a[/red] \x1b]0;b\x07 \u202ec\u202c ![d](https://example.org/d) <b>e</b>"))
    assert capsys.readouterr().out == "[red]a[/red] ]0;b c ![d](https://example.org/d) <b>e</b>\n"
