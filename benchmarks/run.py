"""Measure the service on the starter corpus and write docs/performance.md's first table.

    python -m benchmarks.run [--write]

Every figure is taken in this run, on this machine, with the default settings and the `rulings` generator: asking
(p50, p95), a card from PUT to visible, building the index against the raw encode rate of the same model, and a cold
start of `ragqa serve` until it is ready.
"""

import argparse
import platform
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

import anyio
import httpx
import msgspec

from benchmarks.questions import read_questions
from ragqa.bootstrap import Service, open_service
from ragqa.config import Settings
from ragqa.corpus.passages import embedding_text, passages_of
from ragqa.datatypes import Card, Language, Question

DOCUMENT = Path("docs/performance.md")
BEGIN, END = "<!-- benchmarks.run begins -->", "<!-- benchmarks.run ends -->"


class Figure(msgspec.Struct, frozen=True):
    """One line of the table."""

    what: str
    value: str
    goal: str


def quantile(values: Sequence[float], share: float) -> float:
    """Return the value below which `share` of the values lie (nearest rank)."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def milliseconds(action: Callable[[], object]) -> float:
    """Return how long an action takes."""
    start = time.perf_counter()
    action()
    return (time.perf_counter() - start) * 1000


def asking(service: Service) -> list[Figure]:
    """Ask every dev question of the starter test set once, after a warm-up."""
    questions = [
        Question(text=each.question, lang=Language(each.lang))
        for each in read_questions(Path("corpus/testset.jsonl"))
        if each.split == "dev" and each.question.strip()
    ]

    async def ask_all() -> list[float]:
        # One event loop for all, as in the server: its worker threads are warm.
        times = []
        for question in [*questions[:10], *questions]:
            service.index.forget_questions()
            start = time.perf_counter()
            await service.ask(question)
            times.append((time.perf_counter() - start) * 1000)
        return times[10:]

    times = anyio.run(ask_all)
    service.index.forget_questions()
    embedding = [milliseconds(lambda q=q: service.index.question_vector(q.text)) for q in questions[:60]]
    return [
        Figure("ask, p50", f"{quantile(times, 0.5):.1f} ms", "under 60 ms"),
        Figure("ask, p95", f"{quantile(times, 0.95):.1f} ms", "–"),
        Figure("of which embedding the question, p50", f"{statistics.median(embedding):.1f} ms", "most of it"),
    ]


def adding(service: Service) -> list[Figure]:
    """Add cards one by one, each time until a search links the new one."""

    def add(number: int) -> None:
        name = f"Zephyrine Lantern {number}"
        service.add(Card(card_id=f"bench{number}", names={Language.EN: name}, texts={Language.EN: "Draw 1 card."}))
        linking, _ = service.search(Question(text=f"can I activate {name}?", lang=Language.EN), 5)
        if f"bench{number}" not in linking.card_ids:
            raise RuntimeError(f"{name} was added and not found")

    add(0)
    times = [milliseconds(lambda number=number: add(number)) for number in range(1, 31)]
    return [
        Figure("add a card until the next question uses it, p50", f"{quantile(times, 0.5):.1f} ms", "under 80 ms"),
        Figure("the same, p95", f"{quantile(times, 0.95):.1f} ms", "under 100 ms"),
    ]


def building(service: Service) -> list[Figure]:
    """Compare importing into an empty corpus with encoding the same texts alone, in pairs."""
    sources = [*service.store.cards(), *service.store.rulings()]
    texts = list(dict.fromkeys(embedding_text(passage) for source in sources for passage in passages_of(source)))
    shares = []
    for _ in range(2):
        alone = milliseconds(lambda: service.embedder.encode_passages(texts))
        with tempfile.TemporaryDirectory() as folder:
            settings = Settings.model_validate({"home": Path(folder), "corpus_dir": Path(folder)})
            empty = open_service(settings)
            built = milliseconds(lambda empty=empty: empty.import_sources(enumerate(sources, 1)))
            empty.close()
        shares.append(alone / built)
    return [
        Figure("index build as a share of the raw encode rate", f"{statistics.median(shares):.2f}", "at least 0.9"),
        Figure("texts embedded in it", str(len(texts)), "–"),
    ]


def starting(home: Path) -> list[Figure]:
    """Start `ragqa serve` in a process of its own until /readyz says so."""
    times = []
    for _ in range(3):
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        start = time.perf_counter()
        command = [sys.executable, "-m", "ragqa", "serve", "--port", str(port)]
        environment = {"RAGQA_HOME": str(home), "PATH": "/usr/bin:/bin"}
        with subprocess.Popen(command, env=environment, stderr=subprocess.DEVNULL) as process:
            while not _ready(port):
                time.sleep(0.05)
            times.append(time.perf_counter() - start)
            process.terminate()
    return [Figure("cold start of serve until ready, median of 3", f"{statistics.median(times):.1f} s", "under 10 s")]


def _ready(port: int) -> bool:
    try:
        return httpx.get(f"http://127.0.0.1:{port}/readyz", timeout=1).status_code == 200
    except httpx.HTTPError:
        return False


def table(figures: Sequence[Figure]) -> str:
    """Render the figures with the machine and versions they hold for."""
    names = ("ragqa", "torch", "transformers", "sentence-transformers", "faiss-cpu", "litestar")
    versions = ", ".join(f"{name} {version(name)}" for name in names)
    head = f"{platform.machine()}, {platform.python_version()}, {datetime.now(UTC):%Y-%m-%d}; {versions}"
    rows = [f"| {figure.what} | {figure.value} | {figure.goal} |" for figure in figures]
    return "\n".join([head, "", "| what | measured | goal |", "|---|---|---|", *rows])


def main() -> None:
    """Measure, print, and write the table if asked to."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--write", action="store_true", help=f"put the table into {DOCUMENT}")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        service = open_service(Settings.model_validate({"home": Path(folder)}))
        figures = [*asking(service), *adding(service), *building(service)]
        service.close()
        figures += starting(Path(folder))
    rendered = table(figures)
    print(rendered)
    if arguments.write:
        text = DOCUMENT.read_text("utf-8")
        before, after = text.split(BEGIN)[0], text.split(END)[1]
        DOCUMENT.write_text(f"{before}{BEGIN}\n{rendered}\n{END}{after}", "utf-8")


if __name__ == "__main__":
    main()
