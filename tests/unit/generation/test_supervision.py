"""An engine that fails again and again, or whose thread ends, starts itself again, but not for ever."""

import asyncio
import threading
from collections.abc import Callable
from functools import partial

import pytest

from ragqa.errors import GenerationFailed, Overloaded
from ragqa.generation.engine import Engine, EngineLimits
from ragqa.generation.supervision import Restarts
from tests.unit.generation.test_engine import CountingRunner, collect, request


def fail() -> None:
    raise RuntimeError("device lost")


async def fails(engine: Engine, match: str) -> None:
    with pytest.raises(GenerationFailed, match=match):
        await collect(engine, request(0))


async def until(condition: Callable[[], bool]) -> None:
    while not condition():
        await asyncio.sleep(0)


def test_restarts_are_counted_within_a_time() -> None:
    now = [100.0]
    restarts = Restarts(2, 60, clock=lambda: now[0])
    assert restarts.take()
    now[0] += 10
    assert restarts.take() and not restarts.take()
    assert restarts.wait == 50
    now[0] += 50
    assert restarts.wait == 0 and restarts.take()
    # The second one of before is 50 s old, so the next has 10 s to wait.
    assert restarts.wait == 10


def test_after_three_failing_steps_it_restarts_and_answers() -> None:
    runner = CountingRunner()
    engine = Engine(runner)

    async def ask() -> list[int]:
        runner.before = fail
        for _ in range(3):
            assert runner.resets == 0 and engine.healthy
            await fails(engine, "device lost")
        runner.before = lambda: None
        await until(lambda: engine.healthy)
        return await collect(engine, request(0))

    assert asyncio.run(ask()) == [3, 4, 5, 6, 7]
    assert runner.resets == 1
    assert not engine.reason
    engine.close()


def test_one_that_needs_too_many_restarts_is_unhealthy_and_says_why() -> None:
    runner = CountingRunner()
    engine = Engine(runner, EngineLimits(failures=1, restarts=2, restart_seconds=1000))

    def back(restarts: int) -> bool:
        return runner.resets == restarts and engine.healthy

    async def ask() -> None:
        runner.before = fail
        for done in (1, 2):
            await fails(engine, "device lost")
            await until(partial(back, done))
        await fails(engine, "device lost")
        with pytest.raises(Overloaded, match="not answering: 1 steps failed in a row.*device lost") as caught:
            await collect(engine, request(0))
        assert 900 < caught.value.retry_after <= 1000

    asyncio.run(ask())
    assert runner.resets == 2
    assert not engine.healthy
    engine.close()


def test_it_tries_again_once_the_time_is_over() -> None:
    runner = CountingRunner()
    engine = Engine(runner, EngineLimits(failures=1, restarts=1, restart_seconds=0.05))

    async def ask() -> list[int]:
        runner.before = fail
        for _ in range(2):
            await until(lambda: engine.healthy)
            await fails(engine, "device lost")
        runner.before = lambda: None
        await until(lambda: engine.healthy)
        return await collect(engine, request(0))

    assert asyncio.run(ask()) == [3, 4, 5, 6, 7]
    assert runner.resets == 2
    engine.close()


def test_a_restart_that_fails_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    runner = CountingRunner()
    engine = Engine(runner, EngineLimits(failures=1, restarts=1, restart_seconds=1000))
    monkeypatch.setattr(runner, "reset", fail)

    async def ask() -> None:
        runner.before = fail
        await fails(engine, "device lost")
        await until(lambda: "could not be restarted" in engine.reason)
        with pytest.raises(Overloaded, match="could not be restarted: device lost"):
            await collect(engine, request(0))

    asyncio.run(ask())
    engine.close()


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_a_thread_that_ended_is_noticed_its_requests_fail_and_the_waiting_are_answered() -> None:
    runner, gate = CountingRunner(), threading.Event()
    engine = Engine(runner, EngineLimits(rows=1))

    def end_once() -> None:
        runner.before = lambda: None
        gate.wait(10)
        raise SystemExit  # not an Exception: it ends the thread as if it had been killed

    async def ask() -> list[int]:
        runner.before = end_once
        running = asyncio.create_task(collect(engine, request(0)))
        await until(lambda: bool(engine.running))
        waiting = asyncio.create_task(collect(engine, request(10)))
        await until(lambda: bool(engine.waiting))
        gate.set()
        with pytest.raises(GenerationFailed, match="thread ended before the answer did; ask again"):
            await running
        return await waiting

    assert asyncio.run(ask()) == [13, 14, 15, 16, 17]
    assert runner.resets == 1 and engine.healthy
    engine.close()


def test_a_closed_engine_is_not_started_again() -> None:
    runner = CountingRunner()
    engine = Engine(runner)

    async def ask() -> None:
        assert await collect(engine, request(0)) == [3, 4, 5, 6, 7]
        engine.close()
        with pytest.raises(Overloaded, match="not answering"):
            await collect(engine, request(0))

    asyncio.run(ask())
    assert runner.resets == 0
