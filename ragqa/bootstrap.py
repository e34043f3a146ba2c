"""Builds every object once from Settings and hands them over."""

from collections.abc import AsyncIterator

from ragqa.ask import AskEvent, Parts, ask, ask_events
from ragqa.config import Settings
from ragqa.corpus.store import SqlCorpusStore
from ragqa.datatypes import Answer, Linking, Question, ScoredPassage, Source, SourceKind
from ragqa.protocols import Embedder, Progress


class Service:
    """The running program: one in a process, handed to the API, the CLI and the evaluation.

    Methods without `async` block (embedding, SQL) and belong in a worker thread when called from an event loop.
    """

    settings: Settings
    store: SqlCorpusStore
    embedder: Embedder
    parts: Parts

    def ask_events(self, question: Question) -> AsyncIterator[AskEvent]:
        """Answer step by step; see `ragqa.ask.ask_events`."""
        return ask_events(question, self.parts)

    async def ask(self, question: Question) -> Answer:
        """Answer a question."""
        return await ask(question, self.parts)

    def search(self, question: Question, limit: int) -> tuple[Linking, list[ScoredPassage]]:
        """Link and retrieve without answering."""
        raise NotImplementedError

    def add(self, source: Source, *, replace: bool = True, expected_version: int | None = None) -> int:
        """Add or replace one source; return the new corpus version. See `ragqa.maintain.add`."""
        raise NotImplementedError

    def remove(self, kind: SourceKind, source_id: str, *, expected_version: int | None = None) -> int:
        """Delete one source; return the new corpus version. Raises NotFound."""
        raise NotImplementedError

    def close(self) -> None:
        """Write the snapshot and let go of the database."""
        raise NotImplementedError


def open_service(settings: Settings, progress: Progress | None = None) -> Service:
    """Open the database, import the starter corpus into an empty one, load the models, catch the indexes up.

    Raises:
        ConfigurationError: a setting does not fit; ModelError: a model cannot be loaded.
    """
    raise NotImplementedError
