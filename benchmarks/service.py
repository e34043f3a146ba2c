"""Measure the service under load and write docs/performance.md's section of it.

    python -m benchmarks.service [--home HOME] [--seconds 20] [--requests 20000] [--write]

All in one run on one machine: a bare Litestar handler, what one process can embed and retrieve without HTTP, and
`ragqa serve` with the `rulings` generator at 1, 16, 64 and 256 clients. Where rates are measured every question is a
new text, so that no vector is remembered; memory is watched over 200 repeated ones. The load generator takes a share of
the same cores.
"""

import argparse
import asyncio
import itertools
import json
import os
import re
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import msgspec
import uvicorn
from litestar import Litestar, post
from litestar.params import JSONBody

from benchmarks.http_load import Load, get, run_load
from benchmarks.http_load import post as post_bytes
from benchmarks.questions import read_questions
from benchmarks.run import DOCUMENT, Figure, quantile, table
from ragqa.api.schemas import AskRequest
from ragqa.bootstrap import open_for_rulings
from ragqa.config import Settings
from ragqa.datatypes import Language, Question

BEGIN, END = "<!-- benchmarks.service begins -->", "<!-- benchmarks.service ends -->"
CLIENTS = (1, 16, 64, 256)
EVENTS = "text/event-stream"
NO_LIMITS = {"RAGQA_QUESTIONS_A_MINUTE_BY_ADDRESS": "0", "RAGQA_REQUESTS_A_MINUTE_BY_ADDRESS": "0"}


def new_questions() -> Iterator[tuple[str, str]]:
    """Yield (question, language) for ever, no text twice."""
    known = [each for each in read_questions(Path("corpus/testset.jsonl")) if each.question.strip()]
    for number, each in enumerate(itertools.cycle(known)):
        yield f"{each.question} #{number}", each.lang


def ask_requests(accept: str) -> Iterator[bytes]:
    """Yield the bytes of questions to /v1/ask."""
    for text, lang in new_questions():
        yield post_bytes("/v1/ask", msgspec.json.encode({"question": text, "lang": lang}), accept)


@contextmanager
def process(*command: str, **variables: str) -> Iterator[tuple[int, int]]:
    """Start a server that logs where it listens and when it is ready; yield (port, pid)."""
    environment = {**os.environ, **variables}
    with subprocess.Popen(
        [sys.executable, "-m", *command], env=environment, stderr=subprocess.PIPE, text=True
    ) as server:
        assert server.stderr is not None
        port = 0
        for line in server.stderr:
            told = json.loads(line) if line.startswith("{") else {}
            port = int(told["url"].rpartition(":")[2]) if told.get("event") == "listening" else port
            if told.get("event") == "ready":
                break
        # Its log has to be read, or it would wait for room in the pipe.
        with ThreadPoolExecutor(1) as pool:
            pool.submit(lambda: [None for _ in server.stderr or ()])
            try:
                yield port, server.pid
            finally:
                server.terminate()


def bare_server() -> None:
    """Serve one handler that decodes a question and answers with as many bytes as an answer has."""
    answer = {"explanation": "x" * 2500}

    @post("/v1/ask", status_code=200)
    async def bare(data: JSONBody[AskRequest]) -> dict[str, Any]:
        return answer

    class Telling(uvicorn.Server):
        async def startup(self, sockets: list[socket.socket] | None = None) -> None:
            await super().startup(sockets)
            port = self.servers[0].sockets[0].getsockname()[1]
            print(json.dumps({"event": "listening", "url": f"http://127.0.0.1:{port}"}), file=sys.stderr)
            print(json.dumps({"event": "ready"}), file=sys.stderr, flush=True)

    Telling(
        uvicorn.Config(
            Litestar([bare], openapi_config=None, logging_config=None), port=0, log_config=None, access_log=False
        )
    ).run()


def embed_and_retrieve(home: Path, seconds: float) -> dict[int, float]:
    """Return questions a second that are embedded, linked and retrieved without HTTP, by number of threads."""
    service = open_for_rulings(Settings(home=home))
    asked = (Question(text=text, lang=Language(lang)) for text, lang in new_questions())

    def work(until: float) -> int:
        done = 0
        while time.perf_counter() < until:
            service.search(next(asked), 8)
            done += 1
        return done

    rates = {}
    for threads in (1, 16):
        work(time.perf_counter() + 2)
        begun = time.perf_counter()
        with ThreadPoolExecutor(threads) as pool:
            done = sum(pool.map(work, [begun + seconds] * threads))
        rates[threads] = done / (time.perf_counter() - begun)
    service.close()
    return rates


def memory_mib(pid: int) -> float:
    """Return the resident memory of a process."""
    found = re.search(r"VmRSS:\s+(\d+) kB", Path(f"/proc/{pid}/status").read_text())
    return int(found[1]) / 1024 if found else float("nan")


def measure(port: int, requests: Iterator[bytes], clients: int, seconds: float) -> Load:
    """Run one load."""
    return asyncio.run(run_load("127.0.0.1", port, requests, clients=clients, seconds=seconds))


def line(name: str, load: Load, goal: str = "–") -> Figure:
    """Describe one load in a line."""
    p50, p99 = quantile(load.whole, 0.5), quantile(load.whole, 0.99)
    refused = load.statuses[503] + load.statuses[429]
    times = f"{load.rate:.1f}/s, p50 {p50:.0f} ms, p99 {p99:.0f} ms ({p99 / p50:.1f} x)"
    return Figure(name, f"{times}; {refused} refused, {load.faults} faults", goal)


def served(home: Path, seconds: float, requests: int, rates: dict[int, float]) -> list[Figure]:
    """Measure `ragqa serve`."""
    out: list[Figure] = []
    variables = {"RAGQA_HOME": str(home), "RAGQA_DRAIN_SECONDS": "0", **NO_LIMITS}
    with process("ragqa", "serve", "--port", "0", **variables) as (port, pid):
        measure(port, ask_requests("application/json"), 4, 3)
        loads = {count: measure(port, ask_requests("application/json"), count, seconds) for count in CLIENTS}
        for count, load in loads.items():
            out.append(line(f"ask, {count} clients", load, "p99 < 5 x p50; 0 faults" if count == 64 else "0 faults"))
        share = loads[64].rate / rates[16]
        out.append(
            Figure("asks at 64 clients as a share of embed + retrieve with 16 threads", f"{share:.0%}", "≥ 60 %")
        )
        stream = measure(port, ask_requests(EVENTS), 16, seconds)
        first = [quantile(stream.first_byte, share) for share in (0.5, 0.99)]
        out.append(line("ask as an event stream, 16 clients", stream, "0 faults"))
        out.append(Figure("– its first byte", f"p50 {first[0]:.0f} ms, p99 {first[1]:.0f} ms", "–"))
        out += completions(port, seconds)
        out.append(steady(port, pid, requests))
    return out


def completions(port: int, seconds: float) -> list[Figure]:
    """Measure the completion of card names as they are typed, where the service has it."""
    typed = ["ash", "ash bl", "하루", "우라라", "灰流", "book of", "개기", "mirrorjade", "effect veil"]
    requests = (get(f"/v1/complete?q={quoted(text)}") for text in itertools.cycle(typed))
    load = measure(port, requests, 4, min(seconds, 10))
    return [line("complete a name, 4 clients", load, "p99 < 20 ms")] if load.whole else []


def quoted(text: str) -> str:
    """Escape a text for a query."""
    return "".join(f"%{byte:02X}" for byte in text.encode())


def steady(port: int, pid: int, requests: int) -> Figure:
    """Ask many times and look at the memory, after a tenth of the requests and at the end."""
    marks = []
    asked = itertools.islice(itertools.cycle(itertools.islice(ask_requests("application/json"), 200)), None)
    done = 0
    for share in (0.1, 1.0):
        while done < requests * share:
            done += sum(measure(port, asked, 64, 10).statuses.values())
        marks.append(memory_mib(pid))
    value = f"{marks[0]:.0f} MiB after a tenth, {marks[1]:.0f} MiB at the end ({marks[1] / marks[0] - 1:+.1%})"
    return Figure(f"memory over {done} asks", value, "flat")


def main() -> None:
    """Measure, print, and write the table if asked to."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--home", type=Path, default=Path(".ragqa"), help="a prepared home, as `make serve` leaves it")
    parser.add_argument("--seconds", type=float, default=20, help="of each load")
    parser.add_argument("--requests", type=int, default=20_000, help="asks while memory is watched")
    parser.add_argument("--write", action="store_true", help=f"put the table into {DOCUMENT}")
    parser.add_argument("--bare", action="store_true", help="serve the bare handler (used by this program itself)")
    arguments = parser.parse_args()
    if arguments.bare:
        bare_server()
        return
    figures: list[Figure] = []
    with process("benchmarks.service", "--bare") as (port, _):
        figures.append(
            line("a bare Litestar handler, 64 clients", measure(port, ask_requests("application/json"), 64, 5))
        )
    rates = embed_and_retrieve(arguments.home, arguments.seconds)
    for threads, rate in rates.items():
        figures.append(Figure(f"embed + link + retrieve without HTTP, {threads} threads", f"{rate:.1f}/s", "–"))
    figures += served(arguments.home, arguments.seconds, arguments.requests, rates)
    report(figures, write=arguments.write)


def report(figures: Sequence[Figure], *, write: bool) -> None:
    """Print the table, and put it into the document."""
    rendered = table(figures)
    print(rendered)
    if write:
        text = DOCUMENT.read_text("utf-8")
        before, after = text.split(BEGIN)[0], text.split(END)[1]
        DOCUMENT.write_text(f"{before}{BEGIN}\n{rendered}\n{END}{after}", "utf-8")


if __name__ == "__main__":
    main()
