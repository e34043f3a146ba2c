"""`ragqa mcp`."""

from ragqa.cli.opening import opened_service, read_settings
from ragqa.cli.outcomes import reporting


def mcp() -> None:
    """Serve the tools of the Model Context Protocol over stdin and stdout, for a program that starts this command.

    A running `ragqa serve` offers the same tools at /mcp; take that where a large model is loaded.
    """
    with reporting(as_json=False):
        import anyio

        from ragqa.api.admission import Admission
        from ragqa.api.mcp.server import serve_stdio
        from ragqa.api.mcp.tools import Tools
        from ragqa.api.server import configure_logging

        configure_logging()
        settings = read_settings()
        admission = Admission(
            parallel=settings.parallel_questions,
            waiting=settings.waiting_questions,
            deadline=settings.question_deadline,
        )
        with opened_service(settings) as service:
            anyio.run(serve_stdio, Tools(settings, admission, lambda: service))
