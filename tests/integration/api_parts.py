"""The real service with an embedder and a generator that tests can see through, and the application around it."""

import asyncio
import threading
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
from litestar.testing import TestClient

from ragqa.api.app import create_app
from ragqa.bootstrap import Service
from ragqa.config import Settings
from ragqa.corpus.store import open_store
from ragqa.datatypes import Language, LinkedCard, Linking, Question, ScoredPassage, Usage, Verdict
from ragqa.generation.rulings import RulingsMeanwhile
from ragqa.parts import Gate, Parts
from ragqa.protocols import CorpusStore, Delta, Generator, Prompt, Settled
from ragqa.retrieval.dense import FaissIndex
from ragqa.retrieval.index import CorpusIndex
from ragqa.retrieval.lexical import TantivyIndex
from ragqa.retrieval.retriever import HybridRetriever
from tests.integration import corpus_parts
from tests.integration.corpus_parts import HashEmbedder


class NameInQuestion:
    """Links each card whose English name is in the question as it stands."""

    def __init__(self, store: CorpusStore) -> None:
        self._store = store

    def link(self, question: Question) -> Linking:
        return Linking(cards=tuple(self._links(question.text)))

    def _links(self, text: str) -> Iterator[LinkedCard]:
        for card in self._store.cards():
            name = card.names[Language.EN]
            start = text.find(name)
            if start >= 0:
                end = start + len(name)
                yield LinkedCard(
                    card_id=card.card_id, name=name, start=start, end=end, surface=name, score=1.0, via="name"
                )


class OpenGate:
    """Settles nothing, so that every question reaches the generator."""

    def settle(self, question: Question, linking: Linking, passages: Sequence[ScoredPassage]) -> None:
        return None


class ScriptedGenerator:
    """Says yes, citing passage 1, once it is let; or fails."""

    name = "scripted"

    def __init__(self) -> None:
        self.failure: Exception | None = None
        self.prompts: list[Prompt] = []
        self.held = False
        self.healthy = True
        self.running = threading.Semaphore(0)
        self.ended = threading.Semaphore(0)

    async def stream(self, prompt: Prompt) -> AsyncIterator[Delta]:
        self.prompts.append(prompt)
        self.running.release()
        try:
            if self.held:
                await asyncio.Event().wait()
            if self.failure is not None:
                raise self.failure
            yield Delta(text="verdict: yes\n", verdict_probabilities={Verdict.YES: 0.95})
            yield Delta(text="It may. [1]")
            yield Delta(text="", usage=Usage(prompt_tokens=30, completion_tokens=9))
        finally:
            self.ended.release()


class RulingGateOfOne:
    """Settles the question that the ruling `settled` asks, and no other."""

    def settle(self, question: Question, linking: Linking, passages: Sequence[ScoredPassage]) -> Settled | None:
        ruling = corpus_parts.ruling("settled")
        found = [each.passage for each in passages if each.passage.source_id == ruling.ruling_id]
        if not found or question.text != ruling.question[Language.EN]:
            return None
        return Settled(verdict=Verdict.YES, confidence=0.99, ruling=ruling, passage=found[0])


def rulings_service(settings: Settings) -> Service:
    """Open a service whose generator is still to be loaded, with the ruling `settled`."""
    service = _service(settings, RulingsMeanwhile(), RulingGateOfOne())
    service.add(corpus_parts.ruling("settled"))
    return service


def scripted_service(settings: Settings, generator: Generator) -> Service:
    return _service(settings, generator, OpenGate())


def _service(settings: Settings, generator: Generator, gate: Gate) -> Service:
    store = open_store(settings.resolved_database_url)
    embedder = HashEmbedder()
    index = CorpusIndex(store, embedder, FaissIndex(embedder.dimension), TantivyIndex())
    parts = Parts(
        store=store,
        linker=NameInQuestion(store),
        retriever=HybridRetriever(index, candidates=20),
        gate=gate,
        generator=generator,
        context_passages=4,
    )
    index.build()
    return Service(settings, store, index, parts)


def api_settings(tmp_path: Path, **changes: object) -> Settings:
    return Settings.model_validate({"home": tmp_path / "home", "corpus_dir": tmp_path / "none", **changes})


LOCAL = "http://127.0.0.1"
"""As the machine itself calls: with no key made, it may write."""


@contextmanager
def serving(service: Service) -> Iterator[TestClient[Any]]:
    """Serve a service in this process, and wait until it is ready."""
    app = create_app(service.settings, open_service=lambda _: service)
    with TestClient(app, base_url=LOCAL) as client:
        while client.get("/readyz").status_code != 200:
            pass
        yield client


def problem(response: httpx.Response, status: int, name: str) -> dict[str, Any]:
    """Check that a response is a problem of the kind and return its fields."""
    assert response.status_code == status, response.text
    assert response.headers["content-type"].startswith("application/problem+json")
    fields: dict[str, Any] = response.json()
    assert (fields["type"], fields["status"]) == (f"/problems/{name}", status)
    assert "Traceback" not in response.text
    return fields


def events_of(text: str) -> list[tuple[str, str]]:
    """Read a whole event stream as (event, data)."""
    events = []
    for block in text.replace("\r\n", "\n").strip().split("\n\n"):
        lines = [line.partition(": ") for line in block.split("\n") if not line.startswith(":")]
        if lines:
            fields = {name: value for name, _, value in lines}
            events.append((fields["event"], fields["data"]))
    return events
