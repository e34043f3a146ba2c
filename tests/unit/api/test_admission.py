"""The bounded queue before the answering."""

import asyncio

import pytest

from ragqa.api.admission import Admission
from ragqa.errors import DeadlineExceeded, Overloaded


def test_one_runs_one_waits_and_the_third_is_refused() -> None:
    async def scenario() -> list[str]:
        admission = Admission(parallel=1, waiting=1, deadline=60)
        done: list[str] = []
        go_on = asyncio.Event()

        async def work(name: str) -> None:
            async with admission.turn():
                await go_on.wait()
                done.append(name)

        first, second = asyncio.create_task(work("first")), asyncio.create_task(work("second"))
        await asyncio.sleep(0)
        with pytest.raises(Overloaded, match="1 questions are waiting") as refused:
            admission.check()
        assert refused.value.retry_after == 2
        go_on.set()
        await asyncio.gather(first, second)
        admission.check()
        return done

    assert asyncio.run(scenario()) == ["first", "second"]


def test_a_waiting_one_that_leaves_gives_its_place_back() -> None:
    async def scenario() -> None:
        admission = Admission(parallel=1, waiting=1, deadline=60)

        async def work() -> None:
            async with admission.turn():
                await asyncio.Event().wait()

        running, waiting = asyncio.create_task(work()), asyncio.create_task(work())
        await asyncio.sleep(0)
        waiting.cancel()
        await asyncio.wait([waiting])
        admission.check()
        running.cancel()
        await asyncio.wait([running])
        async with admission.turn():
            pass

    asyncio.run(scenario())


def test_what_takes_too_long_is_ended() -> None:
    async def scenario() -> bool:
        ended = False
        admission = Admission(parallel=1, waiting=0, deadline=0.01)
        with pytest.raises(DeadlineExceeded, match=r"0\.01 s"):
            async with admission.turn():
                try:
                    await asyncio.Event().wait()
                finally:
                    ended = True
        async with admission.turn():
            return ended

    assert asyncio.run(scenario())
