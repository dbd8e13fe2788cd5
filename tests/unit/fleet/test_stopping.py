"""What stops a run, and when."""

import asyncio
from collections.abc import Coroutine
from typing import Any

import pytest

from ccloud_apply.fleet.work.stopping import RunStopped, Stopping
from ccloud_apply.model.results.plan import Plan


def run(test: Coroutine[Any, Any, None]) -> None:
    asyncio.run(test)


def test_a_run_that_only_reads_is_cancelled() -> None:
    async def test() -> None:
        stop = asyncio.Event()
        stopping = Stopping(asyncio.Event(), stop)
        asyncio.get_running_loop().call_soon(stop.set)
        with pytest.raises(RunStopped):
            await stopping.run(asyncio.Event().wait())

    run(test())


def test_a_run_that_changes_something_is_asked_and_ends_by_itself() -> None:
    async def test() -> None:
        stop = asyncio.Event()
        stopping = Stopping(stop)

        async def work() -> str:
            async with stopping.executing(Plan()) as event:
                stop.set()
                await event.wait()
                await asyncio.sleep(0)
                return "noted"

        assert await stopping.run(work()) == "noted"

    run(test())


def test_after_its_changes_it_is_cancelled_again() -> None:
    async def test() -> None:
        stop = asyncio.Event()
        stopping = Stopping(stop)

        async def work() -> None:
            async with stopping.executing(Plan()):
                pass
            stop.set()
            await asyncio.Event().wait()

        with pytest.raises(RunStopped):
            await stopping.run(work())

    run(test())


def test_somebody_elses_cancellation_counts_although_it_was_asked_to_stop() -> None:
    async def test() -> None:
        stop = asyncio.Event()
        stopping = Stopping(stop)
        asked: list[asyncio.Event] = []

        async def work() -> None:
            async with stopping.executing(Plan()) as event:
                asked.append(event)
                stop.set()
                await asyncio.Event().wait()

        task = asyncio.create_task(stopping.run(work()))
        for _ in range(5):
            await asyncio.sleep(0)
        assert asked[0].is_set()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    run(test())


def test_somebody_elses_cancellation_is_passed_on_and_the_work_ends() -> None:
    async def test() -> None:
        ended = asyncio.Event()

        async def work() -> None:
            try:
                await asyncio.Event().wait()
            finally:
                ended.set()

        task = asyncio.create_task(Stopping(asyncio.Event()).run(work()))
        for _ in range(3):
            await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert ended.is_set()

    run(test())


def test_what_the_work_raises_is_raised() -> None:
    async def work() -> None:
        raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        asyncio.run(Stopping().run(work()))
