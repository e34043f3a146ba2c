"""Opening the service for a command: settings, a quiet start with a progress bar, and closing it again."""

import getpass
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeRemainingColumn

from ragqa.errors import ConfigurationError, NotFound

if TYPE_CHECKING:
    from ragqa.bootstrap import Service
    from ragqa.config import Settings
    from ragqa.corpus.store import SqlCorpusStore
    from ragqa.protocols import Progress as Report


def read_settings(options: Mapping[str, Any] | None = None) -> "Settings":
    """Read the settings; options of the command win where they are not None. Raises ConfigurationError."""
    from pydantic import ValidationError

    from ragqa.config import Settings

    try:
        return Settings(**{name: value for name, value in (options or {}).items() if value is not None})
    except ValidationError as error:
        wrong = "; ".join(
            f"{'.'.join(map(str, each['loc']))} (RAGQA_{'_'.join(map(str, each['loc'])).upper()}): {each['msg']}"
            for each in error.errors()
        )
        raise ConfigurationError(f"a setting does not fit: {wrong}") from error


@contextmanager
def progress_bar(what: str) -> Iterator["Report"]:
    """Show a spinner, and a bar from the first report on, while the body runs; on stderr, gone afterwards."""
    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
    )
    console = Console(stderr=True)
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task(what, total=None)

        def report(done: int, total: int) -> None:
            bar.update(task, completed=done, total=total)

        yield report


@contextmanager
def opened_service(settings: "Settings", *, what: str = "opening the corpus") -> Iterator["Service"]:
    """Open the service, let the body use it, and close it whatever happens."""
    with progress_bar(what) as report:
        from ragqa.bootstrap import open_service
        from ragqa.cli.quiet import quiet_models

        quiet_models()
        service = open_service(settings, report)
    try:
        with _acting_as_user():
            yield service
    finally:
        service.close()


@contextmanager
def opened_store(settings: "Settings", *, may_be_empty: bool = False) -> Iterator["SqlCorpusStore"]:
    """Open the corpus alone, without any model, and close it whatever happens. Raises NotFound if it is empty."""
    from ragqa.corpus.store import open_store

    store = open_store(settings.resolved_database_url)
    try:
        if not may_be_empty and store.corpus_version() == 0:
            raise NotFound("the corpus is empty; `ragqa index` fills it with the starter corpus")
        with _acting_as_user():
            yield store
    finally:
        store.close()


@contextmanager
def _acting_as_user() -> Iterator[None]:
    """Name the user of this machine to the audit."""
    from ragqa.corpus.audit import Author, acting_as

    try:
        user = getpass.getuser()
    except (KeyError, OSError):  # a container may run under an id that has no name
        user = str(os.getuid())
    with acting_as(Author(name=f"{user} at the shell")):
        yield
