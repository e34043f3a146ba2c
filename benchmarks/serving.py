"""Put the HTTP service under load: 16 readers with questions on the starter corpus, who ask again at once.

`python -m benchmarks.serving OUT.json MODEL SECONDS` starts a server process with the transformers generator, measures
how long it takes to be ready, and streams answers; one reader in ten leaves midway. MODEL is a model folder, or
`random:8x22b` for random weights made on the card, with a tokenizer trained on the starter corpus. It fails if an
answer fails, if nothing comes for 30 s, or if places of the KV cache are held at the end.
"""

import asyncio
import itertools
import json
import random
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import msgspec
import torch

from benchmarks.shapes import SHAPES

if TYPE_CHECKING:
    from ragqa.config import Settings
    from ragqa.generation.transformers_generator import TransformersGenerator

READERS = 16
LONGEST_SILENCE = 30.0


def serve(model: str, home: str) -> None:
    """Be the server process: tell its address, then four times a second how full the KV cache is."""
    import uvicorn

    from ragqa.api.app import create_app
    from ragqa.api.server import DrainingServer, configure_logging
    from ragqa.bootstrap import Service, open_service
    from ragqa.config import Settings
    from ragqa.generation.transformers_generator import TransformersGenerator

    configure_logging()
    made_here = model.startswith("random:")
    settings = Settings(home=Path(home), generator="rulings" if made_here else "transformers", model=model, port=0)

    def opened(settings: Settings) -> Service:
        service = open_service(settings)
        if made_here:
            random_model = random_generator(model.removeprefix("random:"), settings, Path(home))
            service.parts = msgspec.structs.replace(service.parts, generator=random_model)
        generator = service.parts.generator
        assert isinstance(generator, TransformersGenerator)
        threading.Thread(target=watch, args=(generator,), daemon=True).start()
        return service

    class Telling(DrainingServer):
        async def main_loop(self) -> None:
            tell(port=self.servers[0].sockets[0].getsockname()[1])
            await super().main_loop()

    app = create_app(settings, open_service=opened)
    Telling(uvicorn.Config(app, port=0, log_config=None, access_log=False, timeout_graceful_shutdown=5), app).run()


def random_generator(shape: str, settings: "Settings", home: Path) -> "TransformersGenerator":
    """Make what `load_generator` makes of a folder, without one."""
    from transformers import MixtralConfig

    from benchmarks.generation import random_mixtral
    from benchmarks.random_folder import write_tokenizer
    from ragqa.generation.loading import verify_quantized
    from ragqa.generation.models import load_tokenizer
    from ragqa.generation.transformers_generator import serve_model

    write_tokenizer(home / "tokenizer", Path("corpus"))
    model = random_mixtral(MixtralConfig(**SHAPES[shape]))
    torch.cuda.empty_cache()
    verify_quantized(model)
    return serve_model(
        model,
        load_tokenizer(home / "tokenizer"),
        name=f"random {shape}",
        max_new_tokens=settings.max_new_tokens,
        kv_tokens=settings.kv_tokens,
    )


def watch(generator: "TransformersGenerator") -> None:
    while True:
        on_card = torch.cuda.is_available()
        tell(
            busy=generator.engine.places.busy,
            places=generator.engine.places.total,
            healthy=generator.healthy,
            peak_gib=torch.cuda.max_memory_allocated() / 2**30 if on_card else 0.0,
            reserved_gib=torch.cuda.max_memory_reserved() / 2**30 if on_card else 0.0,
        )
        time.sleep(0.25)


def tell(**what: object) -> None:
    sys.stdout.write(json.dumps(what) + "\n")
    sys.stdout.flush()


class Told:
    """What the server process says, read beside everything else."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self.latest: dict[str, Any] = {}
        self.most_busy = 0
        self.port = threading.Event()
        threading.Thread(target=self._read, args=(process,), daemon=True).start()

    def address(self) -> str:
        """Wait for the port, unless the process ends."""
        if not self.port.wait(300) or "port" not in self.latest:
            raise SystemExit("the server process did not start")
        return f"http://127.0.0.1:{self.latest['port']}"

    def _read(self, process: "subprocess.Popen[str]") -> None:
        assert process.stdout is not None
        for line in process.stdout:
            self.latest |= json.loads(line)
            self.most_busy = max(self.most_busy, self.latest.get("busy", 0))
            if "port" in self.latest:
                self.port.set()
        self.port.set()


async def reader(
    client: httpx.AsyncClient, questions: Iterator[dict[str, str]], until: float, seen: dict[str, Any]
) -> None:
    while time.perf_counter() < until:
        question = next(questions)
        leaves_after = random.randrange(1, 60) if random.random() < 0.1 else None
        begun = last = time.perf_counter()
        pieces = 0
        try:
            async with client.stream(
                "POST", "/v1/ask", json=question, headers={"Accept": "text/event-stream"}
            ) as response:
                response.raise_for_status()
                async for line in response.aiter_lines():
                    event = line.removeprefix("event: ") if line.startswith("event: ") else None
                    if event == "error":
                        seen["failures"].append(question["question"][:20])
                    if event == "answer":
                        seen["answer_s"].append(time.perf_counter() - begun)
                    if event != "token":
                        continue
                    now = time.perf_counter()
                    seen["first_token_s" if pieces == 0 else "silence_s"].append(now - (begun if pieces == 0 else last))
                    last, pieces = now, pieces + 1
                    if pieces == leaves_after:
                        seen["left"] += 1
                        break
        except httpx.HTTPError as error:
            seen["failures"].append(repr(error))
        seen["pieces"] += pieces


async def load(url: str, seconds: float) -> dict[str, Any]:
    rows = [json.loads(line) for line in Path("corpus/testset.jsonl").read_text("utf-8").splitlines()]
    random.shuffle(rows)
    questions = itertools.cycle([{"question": row["question"], "lang": row["lang"]} for row in rows])
    seen: dict[str, Any] = {
        "first_token_s": [],
        "silence_s": [],
        "answer_s": [],
        "failures": [],
        "left": 0,
        "pieces": 0,
    }
    async with httpx.AsyncClient(base_url=url, timeout=120, limits=httpx.Limits(max_connections=None)) as client:
        begun = time.perf_counter()
        async with asyncio.TaskGroup() as readers:
            for _ in range(READERS):
                readers.create_task(reader(client, questions, begun + seconds, seen))
        whole = time.perf_counter() - begun
        one = (await client.post("/v1/ask", json=next(questions))).raise_for_status().json()

    def quantiles(name: str) -> dict[str, float]:
        values = sorted(seen[name]) or [0.0]
        return {"p50": values[len(values) // 2], "p95": values[int(len(values) * 0.95)], "max": values[-1]}

    return {
        "seconds": whole,
        "readers": READERS,
        "answers": len(seen["answer_s"]),
        "answers_per_s": len(seen["answer_s"]) / whole,
        "pieces_per_s": seen["pieces"] / whole,
        "left_midway": seen["left"],
        "failures": seen["failures"],
        "one_answers_timings_ms": one["timings"],
        **{name: quantiles(name) for name in ("first_token_s", "silence_s", "answer_s")},
    }


def wait_until_ready(url: str, process: "subprocess.Popen[str]") -> None:
    while process.poll() is None:
        if httpx.get(f"{url}/readyz", timeout=30).status_code == 200:
            return
        time.sleep(0.5)
    raise SystemExit("the server process ended")


def main() -> None:
    if sys.argv[1] == "--serve":
        serve(*sys.argv[2:])
        return
    out, model, seconds = Path(sys.argv[1]), sys.argv[2], float(sys.argv[3])
    random.seed(0)
    with tempfile.TemporaryDirectory() as home:
        begun = time.perf_counter()
        command = [sys.executable, "-m", "benchmarks.serving", "--serve", model, home]
        log = Path(home, "server.log")
        with (
            log.open("w") as errors,
            subprocess.Popen(command, stdout=subprocess.PIPE, stderr=errors, text=True) as process,
        ):
            try:
                told = Told(process)
                url = told.address()
                wait_until_ready(url, process)
                ready = time.perf_counter() - begun
                report = {"ready_after_s": ready} | asyncio.run(load(url, seconds))
                time.sleep(1.5)  # what the readers who left held is free by now
                report |= {name: value for name, value in told.latest.items() if name != "port"}
                report["most_kv_tokens_held"] = told.most_busy
            except BaseException:
                print("\n".join(log.read_text().splitlines()[-20:]))
                raise
            finally:
                process.terminate()
    report["device"] = torch.cuda.get_device_name() if torch.cuda.is_available() else "cpu"
    out.write_text(json.dumps(report, indent=1))
    print(json.dumps(report, indent=1))
    stalled = report["silence_s"]["max"] > LONGEST_SILENCE
    if report["failures"] or stalled or report["busy"] or not report["healthy"]:
        raise SystemExit("the service failed, stalled or kept places of the KV cache")


if __name__ == "__main__":
    main()
