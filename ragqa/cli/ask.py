"""`ragqa ask` and `ragqa search`."""

import sys
from typing import TYPE_CHECKING, Annotated

import typer

from ragqa.cli.opening import opened_service, progress_bar, read_settings
from ragqa.cli.options import JsonOption
from ragqa.cli.outcomes import ExitCode, print_json, print_result, reporting
from ragqa.datatypes import Answer, Language, Question, Region, Verdict
from ragqa.errors import InvalidInput

if TYPE_CHECKING:
    from ragqa.bootstrap import Service
    from ragqa.config import Settings

QuestionArgument = Annotated[
    str, typer.Argument(help="The question, as you would ask a friend; - reads it from stdin.")
]
LangOption = Annotated[Language | None, typer.Option(help="Language of the answer; without it, the question's own.")]
RegionOption = Annotated[Region | None, typer.Option(help="Only rulings that hold there.")]
AsOfOption = Annotated[str | None, typer.Option(metavar="YYYY-MM-DD", help="As the rulings stood on that day.")]


def ask(
    question: QuestionArgument,
    lang: LangOption = None,
    region: RegionOption = None,
    as_of: AsOfOption = None,
    generator: Annotated[str | None, typer.Option(help="rulings, transformers or openai.")] = None,
    model: Annotated[str | None, typer.Option(help="Folder or name of the generator's model.")] = None,
    as_json: JsonOption = False,
) -> None:
    """Answer a rules question, with its sources. Exit code 3 when the corpus does not settle it."""
    with reporting(as_json):
        settings = read_settings({"generator": generator, "model": model})
        asked = _question(question, settings, lang=lang, region=region, as_of=as_of)
        with opened_service(settings) as service:
            answer = _answer(service, asked)
        if as_json:
            print_json(answer)
        else:
            from ragqa.cli.rendering import render_answer

            print_result(render_answer(answer))
        raise typer.Exit(ExitCode.ABSTAINED if answer.verdict is Verdict.UNKNOWN else ExitCode.DONE)


def search(
    question: QuestionArgument,
    limit: Annotated[int, typer.Option("--limit", "-n", min=1, max=100, help="How many passages.")] = 10,
    lang: LangOption = None,
    region: RegionOption = None,
    as_of: AsOfOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show the cards a question means and the passages found for it, without answering."""
    with reporting(as_json):
        settings = read_settings()
        asked = _question(question, settings, lang=lang, region=region, as_of=as_of)
        with opened_service(settings) as service:
            linking, passages = service.search(asked, limit)
        if as_json:
            print_json({"linking": linking, "passages": passages})
        else:
            from ragqa.cli.rendering import render_search

            print_result(render_search(linking, passages, asked.lang))


def _answer(service: "Service", question: Question) -> Answer:
    import anyio

    with progress_bar("answering"):
        return anyio.run(service.ask, question)


def _question(
    text: str, settings: "Settings", *, lang: Language | None, region: Region | None, as_of: str | None
) -> Question:
    """Check what was typed, or read it from stdin. Raises InvalidInput, which names the field."""
    from ragqa.api.questions import to_question
    from ragqa.api.schemas import AskRequest

    text = _read_stdin(settings.max_question_chars) if text == "-" else text
    try:
        text.encode()
    except UnicodeEncodeError:
        # Bytes of an argument that are no UTF-8 arrive as lone surrogates.
        raise InvalidInput("question is not valid UTF-8; check the encoding of your shell", field="question") from None
    request = AskRequest(question=text.strip(), lang=lang, region=region, as_of=as_of)
    return to_question(request, max_chars=settings.max_question_chars)


def _read_stdin(max_chars: int) -> str:
    # Four bytes are the most a character takes: whatever is longer is too long, and need not be read to its end.
    raw = sys.stdin.buffer.read(4 * max_chars + 1)
    if len(raw) > 4 * max_chars:
        raise InvalidInput(f"question on stdin is longer than {max_chars} characters; shorten it", field="question")
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InvalidInput(f"question is not valid UTF-8 (byte {error.start + 1})", field="question") from None
