"""The engine of one process: jobs wait in memory, and tasks of this event loop take them.

A job that is lost with the process is none that matters: the tables know what is due.
"""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from heapq import heappop, heappush
from itertools import count

from ccloud_apply.fleet.engine.port import Job, Work

_LONGEST_S = 1.0


class InProcessEngine:
    """Jobs of one process, those of the highest priority first."""

    def __init__(self) -> None:
        self._waiting: list[tuple[int, int, Job]] = []
        self._order = count()
        self._locks: set[str] = set()
        self._running = 0
        self._wanted = asyncio.Condition()
        self._news = asyncio.Event()
        self._is_stopping = False
        self._tasks: list[asyncio.Task[None]] = []

    async def start(self, work: Work, *, concurrency: int) -> None:
        """Take jobs from now on, so many at a time."""
        self._is_stopping = False
        self._tasks = [asyncio.create_task(self._take(work)) for _ in range(concurrency)]

    async def wake(self) -> None:
        """Return when no job waits and one has ended, when somebody wants a look, or after a
        second."""
        with suppress(TimeoutError):
            async with asyncio.timeout(_LONGEST_S):
                await self._news.wait()
        self._news.clear()

    def wake_up(self) -> None:
        """Have the next tick made at once: a person or a hook has made something due."""
        self._news.set()

    async def enqueue(self, job: Job) -> None:
        """Have it done soon. One that waits or runs with the same lock is enough."""
        if job.lock in self._locks or self._is_stopping:
            return
        self._locks.add(job.lock)
        heappush(self._waiting, (-job.priority, next(self._order), job))
        async with self._wanted:
            self._wanted.notify()

    @property
    def is_idle(self) -> bool:
        """True while no job waits or runs."""
        return not self._waiting and not self._running

    async def stop(self, *, drain_s: float) -> None:
        """Forget what waits, and return once what runs has ended, or was cancelled after so many
        seconds."""
        self._is_stopping = True
        for _, _, job in self._waiting:
            self._locks.discard(job.lock)
        self._waiting.clear()
        async with self._wanted:
            self._wanted.notify_all()
        if self._tasks:
            _, late = await asyncio.wait(self._tasks, timeout=drain_s)
            for task in late:
                task.cancel()
            await asyncio.gather(*self._tasks, return_exceptions=True)
        self._tasks = []

    async def _take(self, work: Work) -> None:
        while (job := await self._next()) is not None:
            with self._counted(job):
                await work(job)

    async def _next(self) -> Job | None:
        async with self._wanted:
            await self._wanted.wait_for(lambda: self._waiting or self._is_stopping)
            return None if self._is_stopping else heappop(self._waiting)[2]

    @contextmanager
    def _counted(self, job: Job) -> Iterator[None]:
        self._running += 1
        try:
            yield
        finally:
            self._running -= 1
            self._locks.discard(job.lock)
            if not self._waiting:  # else there is enough to do without a look at the tables
                self._news.set()
