"""The engine of one process: order, locks, and how it stops."""

import asyncio
from collections.abc import Coroutine
from typing import Any

import pytest

from ccloud_apply.fleet.engine import in_process
from ccloud_apply.fleet.engine.in_process import InProcessEngine
from ccloud_apply.fleet.engine.port import Job
from tests.conftest import PATIENCE_S


def job(name: str, priority: int = 0) -> Job:
    return Job(kind="run", account="acme", name=name, priority=priority)


def run(test: Coroutine[Any, Any, None]) -> None:
    asyncio.run(asyncio.wait_for(test, PATIENCE_S))


async def settle() -> None:
    for _ in range(10):
        await asyncio.sleep(0)


class Work:
    """Notes what is done; each job ends once it is let."""

    def __init__(self) -> None:
        self.begun: list[str] = []
        self.cancelled: list[str] = []
        self.gate = asyncio.Event()

    async def do(self, one: Job) -> None:
        self.begun.append(one.name)
        try:
            await self.gate.wait()
        except asyncio.CancelledError:
            self.cancelled.append(one.name)
            raise


def test_the_most_urgent_goes_first_and_then_what_came_first() -> None:
    async def test() -> None:
        engine, work = InProcessEngine(), Work()
        work.gate.set()
        for one in (job("a"), job("b"), job("c", priority=3)):
            await engine.enqueue(one)
        await engine.start(work.do, concurrency=1)
        await settle()
        assert work.begun == ["c", "a", "b"]
        assert engine.is_idle
        await engine.stop(drain_s=0)

    run(test())


def test_what_waits_or_runs_is_not_taken_twice() -> None:
    async def test() -> None:
        engine, work = InProcessEngine(), Work()
        await engine.start(work.do, concurrency=1)
        for _ in range(2):
            await engine.enqueue(job("a"))
            await engine.enqueue(job("b"))
            await settle()
        assert not engine.is_idle
        work.gate.set()
        await settle()
        assert work.begun == ["a", "b"]
        await engine.enqueue(job("a"))
        await settle()
        assert work.begun == ["a", "b", "a"]
        await engine.stop(drain_s=0)

    run(test())


def test_no_more_run_at_a_time_than_there_are_places() -> None:
    async def test() -> None:
        engine, work = InProcessEngine(), Work()
        await engine.start(work.do, concurrency=2)
        for name in "abc":
            await engine.enqueue(job(name))
        await settle()
        assert work.begun == ["a", "b"]
        work.gate.set()
        await engine.wake()  # at the latest when nothing waits any more
        await settle()
        assert work.begun == ["a", "b", "c"]
        await engine.stop(drain_s=0)

    run(test())


def test_a_stop_forgets_what_waits_and_cancels_what_takes_too_long() -> None:
    async def test() -> None:
        engine, work = InProcessEngine(), Work()
        await engine.start(work.do, concurrency=1)
        await engine.enqueue(job("a"))
        await engine.enqueue(job("b"))
        await settle()
        await engine.stop(drain_s=0)
        assert (work.begun, work.cancelled) == (["a"], ["a"])
        assert engine.is_idle

    run(test())


def test_whoever_wants_a_look_need_not_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(in_process, "_LONGEST_S", 3600.0)

    async def test() -> None:
        engine = InProcessEngine()
        engine.wake_up()
        await engine.wake()

    run(test())
