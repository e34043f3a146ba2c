"""Builds every object once from Settings and hands them over."""

from collections.abc import AsyncGenerator, Callable, Iterable
from contextlib import aclosing
from functools import partial
from pathlib import Path

import msgspec

from ragqa.ask import Answered, AskEvent, ask_events, last_answer
from ragqa.config import Settings
from ragqa.corpus.store import SqlCorpusStore, open_store
from ragqa.datatypes import Answer, Linking, Question, ScoredPassage, Source, SourceKind
from ragqa.errors import InvalidInput
from ragqa.generation.rulings import RulingsGenerator, RulingsMeanwhile
from ragqa.grounding.effects import EffectFacts
from ragqa.grounding.gate import RulingGate, load_gate_weights
from ragqa.grounding.premises import false_premise
from ragqa.maintain import (
    BackgroundEmbedding,
    ImportReport,
    ModelChange,
    add,
    embed_missing,
    embedder_before,
    import_file,
    import_sources,
    remove,
)
from ragqa.models import Closing, Watched, load_embedder, load_embedder_before, load_generator, load_reranker
from ragqa.parts import Parts
from ragqa.protocols import Embedder, Generator, Progress
from ragqa.retrieval.dense import FaissIndex
from ragqa.retrieval.index import CorpusIndex
from ragqa.retrieval.lexical import TantivyIndex
from ragqa.retrieval.retriever import HybridRetriever
from ragqa.retrieval.snapshot import Snapshots
from ragqa.safeguards import doubts_of, regions_of, strangers_of, support_of

STARTER_FILES = ("cards.jsonl", "aliases.jsonl", "rules.jsonl", "rulings.jsonl")


class Service:
    """The running program: one in a process, handed to the API, the CLI and the evaluation.

    Methods without `async` block (embedding, SQL) and belong in a worker thread when called from an event loop.
    """

    def __init__(
        self,
        settings: Settings,
        store: SqlCorpusStore,
        index: CorpusIndex,
        parts: Parts,
        *,
        coming: Embedder | None = None,
    ) -> None:
        self.settings = settings
        self.store = store
        self.index = index
        self.parts = parts
        self.change = ModelChange(store, index, coming)
        self.effects = EffectFacts(store)
        self.snapshots = Snapshots(settings.home / "index")
        self.background = BackgroundEmbedding(lambda stopped: self.embed_missing(stopped=stopped))
        self.on_answer: list[Callable[[Question, Answer], None]] = []

    @property
    def healthy(self) -> bool:
        """Whether the generator answers, as far as it knows."""
        generator = self.parts.generator
        return not isinstance(generator, Watched) or generator.healthy

    async def ask_events(self, question: Question) -> AsyncGenerator[AskEvent, None]:
        """Answer step by step, see `ragqa.ask.ask_events`; each of `on_answer` is told of the answer."""
        async with aclosing(ask_events(question, self.parts)) as events:
            async for event in events:
                if isinstance(event, Answered):
                    for tell in self.on_answer:
                        tell(question, event.answer)
                yield event

    async def ask(self, question: Question) -> Answer:
        """Answer a question."""
        return await last_answer(self.ask_events(question))

    def search(self, question: Question, limit: int) -> tuple[Linking, list[ScoredPassage]]:
        """Link and retrieve without answering."""
        linking = self.parts.linker.link(question)
        return linking, self.parts.retriever.retrieve(question, linking)[:limit]

    def add(self, source: Source, *, replace: bool = True, expected_version: int | None = None) -> int:
        """Add or replace one source; return the new corpus version. See `ragqa.maintain.add`."""
        return add(
            source,
            store=self.store,
            embedder=self.embedder,
            index=self.index,
            replace=replace,
            expected_version=expected_version,
        )

    def remove(self, kind: SourceKind, source_id: str, *, expected_version: int | None = None) -> int:
        """Delete one source; return the new corpus version. Raises NotFound."""
        return remove(kind, source_id, store=self.store, index=self.index, expected_version=expected_version)

    def import_file(
        self,
        path: Path,
        *,
        keep_going: bool = False,
        accept_withdrawals: bool = False,
        progress: Progress | None = None,
    ) -> ImportReport:
        """Import a file of any known format. Raises InvalidInput, SuspiciousWithdrawals."""
        report = import_file(
            path,
            store=self.store,
            embedder=self.embedder,
            index=self.index,
            keep_going=keep_going,
            accept_withdrawals=accept_withdrawals,
            progress=progress,
        )
        self.background.wake()
        return report

    def import_sources(
        self,
        items: Iterable[tuple[int, Source | InvalidInput]],
        *,
        keep_going: bool = False,
        accept_withdrawals: bool = False,
        progress: Progress | None = None,
        summary: str = "import",
    ) -> ImportReport:
        """Import what an importer yields. See `ragqa.maintain.import_sources`."""
        report = import_sources(
            items,
            store=self.store,
            embedder=self.embedder,
            index=self.index,
            keep_going=keep_going,
            accept_withdrawals=accept_withdrawals,
            progress=progress,
            summary=summary,
        )
        self.background.wake()
        return report

    @property
    def embedder(self) -> Embedder:
        """The embedder whose vectors serve now; the configured one, unless that has not embedded everything yet."""
        return self.index.embedder

    @property
    def unembedded(self) -> int:
        """How many passages the configured embedder still has to embed."""
        return self.change.unembedded or self.index.unembedded

    def embed_missing(self, progress: Progress | None = None, *, stopped: Callable[[], bool] = lambda: False) -> int:
        """Make the vectors that passages lack; each batch serves the next question. Returns how many were made.

        Those of a changed embedder serve from when they are complete.
        """
        made, changed = self.change.go_on(progress, stopped)
        if changed and self.settings.support_model is None:
            self.parts = msgspec.structs.replace(self.parts, support=support_of(self.settings, self.embedder))
        take = self.index.take_vectors
        count = 0 if stopped() else embed_missing(self.store, self.embedder, progress, take=take, stopped=stopped)
        if changed or count:
            self.snapshots.save(self.index)
        return made + count

    def use_generator(self, generator: Generator) -> None:
        """Let every question from now on be answered by another generator."""
        self.parts = msgspec.structs.replace(self.parts, generator=generator)

    def close(self) -> None:
        """Stop embedding and the generator's engine, where there is one, save the index, let go of the database."""
        self.background.stop()
        self.snapshots.save(self.index)
        if isinstance(self.parts.generator, Closing):
            self.parts.generator.close()
        self.store.close()


def open_service(settings: Settings, progress: Progress | None = None) -> Service:
    """Open the database, import the starter corpus into an empty one, load the models, build the indexes.

    Raises:
        ConfigurationError: a setting does not fit.
        ModelError: a model cannot be loaded.
    """
    service = open_for_rulings(settings, progress)
    try:
        service.use_generator(load_generator(settings, progress))
    except BaseException:
        service.close()
        raise
    return service


def open_for_rulings(settings: Settings, progress: Progress | None = None) -> Service:
    """Open everything but the generator: what a ruling settles is answered, however long a model takes to load.

    Raises:
        ConfigurationError: a setting does not fit.
        ModelError: the embedder or the reranker cannot be loaded.
    """
    settings.home.mkdir(parents=True, exist_ok=True)
    store = open_store(settings.resolved_database_url)
    try:
        wanted = load_embedder(settings)
        before = embedder_before(store, wanted.model_id, partial(load_embedder_before, settings))
        embedder = before or wanted
        index = CorpusIndex(store, embedder, FaissIndex(embedder.dimension), TantivyIndex())
        retriever = HybridRetriever(index, candidates=settings.candidate_passages, reranker=load_reranker(settings))
        gate = RulingGate(store, index.names_of, load_gate_weights(), settings.max_risk)
        parts = Parts(
            store=store,
            linker=index,
            retriever=retriever,
            gate=gate,
            generator=RulingsGenerator() if settings.generator == "rulings" else RulingsMeanwhile(),
            min_reasoned_probability=settings.min_reasoned_probability,
            context_passages=settings.context_passages,
            support=support_of(settings, embedder),
            min_support=settings.min_support,
            premises=partial(false_premise, card_of=store.card),
            regions=regions_of(index, retriever, gate),
            strangers=strangers_of(index),
            doubts=doubts_of(index),
        )
        service = Service(settings, store, index, parts, coming=wanted if before else None)
        if store.corpus_version() == 0:
            _import_starter(service, progress)
        else:
            service.snapshots.fill(index)
    except BaseException:
        store.close()
        raise
    return service


def _import_starter(service: Service, progress: Progress | None) -> None:
    for name in STARTER_FILES:
        path = service.settings.corpus_dir / name
        if path.exists():
            service.import_file(path, progress=progress)
