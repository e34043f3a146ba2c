"""The engine against a model whose next token is the last one plus one, so that every answer is known."""

import asyncio
import threading
from collections.abc import Callable, Sequence

import pytest
import torch

from ragqa.errors import GenerationFailed, InvalidInput, Overloaded
from ragqa.generation.arena import Arena, Segment
from ragqa.generation.engine import Engine, EngineLimits
from ragqa.generation.jobs import GenerationRequest, Tokens

VOCABULARY = 50
STOP = 49


class CountingRunner:
    """Says that after token n comes n + 1; `before` runs at every step, to hold it up or make it fail."""

    def __init__(self, places: int = 200) -> None:
        self.arena = Arena(1, places + 1, 1, 1, torch.float32, torch.device("cpu"))
        self.first_place = 1
        self.context = 150
        self.batches: list[list[int]] = []
        self.before: Callable[[], object] = lambda: None
        self.resets = 0

    def forward(self, segments: Sequence[Segment]) -> torch.Tensor:
        self.before()
        self.batches.append([len(segment.ids) for segment in segments])
        logits = torch.zeros(len(segments), VOCABULARY)
        for row, segment in enumerate(segments):
            logits[row, (segment.ids[-1] + 1) % VOCABULARY] = 1.0
        return logits

    def reset(self) -> None:
        self.resets += 1
        self.arena.clear()


def request(
    first: int = 0,
    length: int = 3,
    new: int = 5,
    choices: tuple[tuple[int, ...], ...] = (),
    deadline_seconds: float = 60,
) -> GenerationRequest:
    return GenerationRequest(
        ids=tuple(range(first, first + length)),
        max_new_tokens=new,
        choices=choices,
        stop_ids=frozenset({STOP}),
        deadline_seconds=deadline_seconds,
    )


async def collect(engine: Engine, wanted: GenerationRequest) -> list[int]:
    return [token async for tokens in engine.stream(wanted) for token in tokens.ids]


async def collect_together(engine: Engine, runner: CountingRunner, wanted: list[GenerationRequest]) -> list[list[int]]:
    """Collect them all; the first step waits until every request is in the engine."""
    all_wait = threading.Event()
    runner.before = lambda: all_wait.wait(10)
    tasks = [asyncio.create_task(collect(engine, one)) for one in wanted]
    while len(engine.running) + len(engine.waiting) < len(wanted):
        await asyncio.sleep(0)
    all_wait.set()
    return await asyncio.gather(*tasks)


def test_streams_tokens_of_many_requests_together() -> None:
    runner = CountingRunner()
    engine = Engine(runner)
    wanted = [request(first) for first in (0, 10, 20)]

    assert asyncio.run(collect_together(engine, runner, wanted)) == [
        [3, 4, 5, 6, 7],
        [13, 14, 15, 16, 17],
        [23, 24, 25, 26, 27],
    ]
    assert [1, 1, 1] in runner.batches
    assert engine.places.busy == 0
    engine.close()


def test_stops_at_the_stop_token_without_showing_it() -> None:
    assert asyncio.run(collect(Engine(CountingRunner()), request(44, new=20))) == [47, 48]


def test_choices_come_first_with_their_probabilities() -> None:
    engine = Engine(CountingRunner())
    wanted = request(0, choices=((7, 30), (3, 20)), new=2)

    async def ask() -> list[Tokens]:
        return [tokens async for tokens in engine.stream(wanted)]

    first, *rest = asyncio.run(ask())
    assert first.ids == (3, 20)
    # Logits 0 and 1: 1 / (1 + e) and e / (1 + e).
    assert first.probabilities == pytest.approx((0.26894, 0.73106), abs=1e-5)
    assert [token for tokens in rest for token in tokens.ids] == [21, 22]


def test_long_prompts_are_fed_in_chunks_beside_running_requests() -> None:
    runner = CountingRunner()
    engine = Engine(runner, EngineLimits(prompt_chunk=8))
    wanted = [request(0, new=9), request(5, length=20, new=1)]

    assert asyncio.run(collect_together(engine, runner, wanted)) == [[3, 4, 5, 6, 7, 8, 9, 10, 11], [25]]
    assert [1, 8] in runner.batches
    assert max(sum(batch) for batch in runner.batches) <= 9


def test_a_reader_that_leaves_frees_its_place() -> None:
    runner = CountingRunner()
    engine = Engine(runner, EngineLimits(rows=1))

    async def ask() -> list[int]:
        stream = engine.stream(request(0, new=100))
        await anext(stream)
        await stream.aclose()
        return await collect(engine, request(10, new=2))

    assert asyncio.run(ask()) == [13, 14]
    assert sum(len(batch) for batch in runner.batches) < 100


def test_a_full_queue_is_answered_at_once() -> None:
    runner, gate = CountingRunner(), threading.Event()
    runner.before = lambda: gate.wait(10)
    engine = Engine(runner, EngineLimits(rows=1, queue=1))

    async def ask() -> list[list[int]]:
        running = asyncio.create_task(collect(engine, request(0)))
        while not engine.running:
            await asyncio.sleep(0)
        waiting = asyncio.create_task(collect(engine, request(10)))
        while not engine.waiting:
            await asyncio.sleep(0)
        with pytest.raises(Overloaded, match="1 questions are waiting") as caught:
            await collect(engine, request(20))
        assert caught.value.retry_after > 0
        gate.set()
        return list(await asyncio.gather(running, waiting))

    assert asyncio.run(ask()) == [[3, 4, 5, 6, 7], [13, 14, 15, 16, 17]]


def test_requests_wait_for_room_in_the_kv_cache() -> None:
    engine = Engine(CountingRunner(places=10))

    async def ask() -> list[list[int]]:
        return await asyncio.gather(*(collect(engine, request(first)) for first in (0, 10, 20)))

    assert asyncio.run(ask()) == [[3, 4, 5, 6, 7], [13, 14, 15, 16, 17], [23, 24, 25, 26, 27]]


@pytest.mark.parametrize(("places", "length"), [(20, 18), (1000, 148)])
def test_a_prompt_that_can_never_fit_is_refused_and_the_engine_lives_on(places: int, length: int) -> None:
    engine = Engine(CountingRunner(places=places))

    async def ask() -> list[int]:
        with pytest.raises(InvalidInput, match=f"make {length} tokens, which with 5 of an answer exceed") as caught:
            await collect(engine, request(0, length=length))
        assert caught.value.field == "question"
        return await collect(engine, request(0))

    assert asyncio.run(ask()) == [3, 4, 5, 6, 7]


def test_a_failing_step_fails_its_requests_and_the_next_ones_are_answered() -> None:
    runner = CountingRunner()
    engine = Engine(runner)

    def fail() -> None:
        raise RuntimeError("device lost")

    async def ask() -> list[int]:
        runner.before = fail
        with pytest.raises(GenerationFailed, match="device lost"):
            await collect(engine, request(0))
        assert engine.failures == 1 and engine.healthy
        runner.before = lambda: None
        return await collect(engine, request(0))

    assert asyncio.run(ask()) == [3, 4, 5, 6, 7]
    assert engine.failures == 0


def test_a_stalled_step_is_noticed_and_the_engine_returns_when_it_ends() -> None:
    runner, gate = CountingRunner(), threading.Event()
    runner.before = lambda: gate.wait(10)
    engine = Engine(runner, EngineLimits(stall_seconds=0.05))

    async def ask() -> list[int]:
        with pytest.raises(GenerationFailed, match="has not answered"):
            await collect(engine, request(0))
        assert not engine.healthy
        with pytest.raises(Overloaded):
            await collect(engine, request(0))
        gate.set()
        while engine.running:
            await asyncio.sleep(0)
        return await collect(engine, request(0))

    assert asyncio.run(ask()) == [3, 4, 5, 6, 7]


def test_a_deadline_ends_a_request() -> None:
    runner, gate = CountingRunner(), threading.Event()
    runner.before = lambda: gate.wait(10)
    engine = Engine(runner)

    async def ask() -> None:
        with pytest.raises(GenerationFailed, match=r"no answer within 0\.05 s"):
            await collect(engine, request(0, deadline_seconds=0.05))

    asyncio.run(ask())
    gate.set()
    engine.close()


def test_a_shared_beginning_is_copied_and_only_the_rest_is_fed() -> None:
    runner = CountingRunner()
    engine = Engine(runner)

    async def ask() -> list[list[int]]:
        first = await collect(engine, request(0, length=30, new=2))
        return [first, await collect(engine, request(0, length=32, new=2))]

    assert asyncio.run(ask()) == [[30, 31], [32, 33]]
    # 30 prompt tokens, one fed back; then 31 shared tokens are copied and one is fed, one fed back.
    assert runner.batches == [[30], [1], [1], [1]]


def test_a_closed_engine_fails_what_waits() -> None:
    runner, gate = CountingRunner(), threading.Event()
    runner.before = lambda: gate.wait(10)
    engine = Engine(runner, EngineLimits(rows=1))

    async def ask() -> list[object]:
        tasks = [asyncio.create_task(collect(engine, request(first))) for first in (0, 10)]
        while not (engine.running and engine.waiting):
            await asyncio.sleep(0)
        closing = asyncio.create_task(asyncio.to_thread(engine.close))
        while not engine._closed:
            await asyncio.sleep(0)
        gate.set()
        await closing
        return list(await asyncio.gather(*tasks, return_exceptions=True))

    found = asyncio.run(ask())
    assert all(isinstance(error, GenerationFailed) for error in found)
