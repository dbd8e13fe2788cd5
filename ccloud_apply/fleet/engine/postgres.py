"""The engine over PostgreSQL: procrastinate carries jobs to the workers of many machines.

What our tables guarantee is asked of nobody here. How jobs get in and out is `job_queue.py`.
"""

import asyncio
import random
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any

from procrastinate.worker import Worker

from ccloud_apply.clock import Clock
from ccloud_apply.fleet.engine.job_queue import JobQueue, Timing, reason_of
from ccloud_apply.fleet.engine.port import Job, Work


class PostgresEngine:
    """Takes jobs from all workers' queue. `queues` is None for every one.

    A worker of procrastinate ends when its connection does. Then another takes its place, while
    what is running goes on: an apply of half an hour outlives a restart of the database. `tell` is
    called with a line when the database goes away and when it is back.
    """

    def __init__(
        self,
        url: str,
        *,
        clock: Clock,
        queues: Sequence[str] | None = None,
        timing: Timing | None = None,
        tell: Callable[[str], None] = lambda _: None,
    ) -> None:
        self._timing = timing or Timing()
        self._clock = clock
        self._queues = queues
        self._tell = tell
        self._jobs = JobQueue(url, self._timing, self._take)
        self._is_stopping = False
        self._work: Work | None = None
        self._concurrency = 0
        self._places = asyncio.Semaphore(0)
        self._worker: Worker | None = None
        self._running: set[asyncio.Future[None]] = set()
        self._keeper: asyncio.Task[None] | None = None
        self._housekeeper: asyncio.Task[None] | None = None
        self._news = asyncio.Event()

    async def start(self, work: Work, *, concurrency: int) -> None:
        """Take jobs from now on, so many at a time."""
        self._work, self._concurrency = work, concurrency
        self._places = asyncio.Semaphore(concurrency)
        self._is_stopping = False
        self._keeper = asyncio.create_task(self._keep_worker(), name="fleet-worker")
        self._housekeeper = asyncio.create_task(self._keep_house(), name="fleet-dead-jobs")

    async def wake(self) -> None:
        """Return when a job has ended here or somebody wants a look, or after a second."""
        await self._clock.sleep(self._timing.pause_s)
        with suppress(TimeoutError):
            await asyncio.wait_for(self._news.wait(), self._timing.wake_s - self._timing.pause_s)
        self._news.clear()

    def wake_up(self) -> None:
        """Have the next tick made at once: a person or a hook has made something due."""
        self._news.set()

    async def enqueue(self, job: Job) -> None:
        """Have a worker do it soon; one that waits with a lower priority is moved ahead.

        Raises StoreError if the database is away.
        """
        await self._jobs.enqueue(job)

    async def give_up_dead(self) -> int:
        """Give up the jobs of workers without a sign of life, and give back how many."""
        return await self._jobs.give_up_dead()

    async def stop(self, *, drain_s: float) -> None:
        """Take no job any more, and return once those that run have ended, or have been cancelled
        after so many seconds."""
        self._is_stopping = True
        if self._worker is not None:
            self._worker.shutdown_graceful_timeout = drain_s + self._timing.connect_s
            self._worker.stop()  # type: ignore[no-untyped-call]
        if self._running:
            await asyncio.wait(self._running, timeout=drain_s)
        for task in tuple(self._running):
            task.cancel()
        await asyncio.gather(*self._running, return_exceptions=True)
        if self._keeper is not None:
            await asyncio.wait({self._keeper}, timeout=self._timing.connect_s)
        for background in filter(None, (self._keeper, self._housekeeper)):
            background.cancel()
            await asyncio.gather(background, return_exceptions=True)
        self._keeper = self._housekeeper = None
        await self._jobs.close()

    async def _take(self, kind: Any, account: str, name: str) -> None:
        """What a job does: the work, in a task of its own that outlives procrastinate's worker."""
        try:
            await asyncio.wait_for(self._places.acquire(), self._timing.place_s)
        except TimeoutError:
            return  # all places have work of the worker before this one; the tick asks again
        if self._is_stopping or self._work is None:
            self._places.release()
            return
        work = self._work(Job(kind=kind, account=account, name=name))
        task = asyncio.ensure_future(work)
        self._running.add(task)
        task.add_done_callback(self._end)
        await asyncio.shield(task)

    def _end(self, task: asyncio.Future[None]) -> None:
        self._running.discard(task)
        self._places.release()
        self._news.set()
        if not task.cancelled() and (error := task.exception()) is not None:
            self._tell(f"a job failed: {reason_of(error)}")

    async def _keep_worker(self) -> None:
        """Have a worker of procrastinate until the engine is asked to stop."""
        is_away = False
        while not self._is_stopping:
            try:
                await self._jobs.check()
                if is_away:
                    self._tell("jobs are taken again")
                    is_away = False
                self._worker = self._jobs.make_worker(self._queues, concurrency=self._concurrency)
                await self._worker.run()  # type: ignore[no-untyped-call]
                why = "its connection was lost"
            except Exception as error:  # whatever it is: a worker that takes no job helps nobody
                why = reason_of(error)
            finally:
                self._worker = None
            if self._is_stopping:
                return
            if not is_away:
                self._tell(f"no jobs can be taken: {why}; trying again")
            is_away = True
            # Not all workers in the same moment.
            await self._clock.sleep(self._timing.retry_s * random.uniform(0.5, 1.0))  # noqa: S311

    async def _keep_house(self) -> None:
        """Give up the jobs of dead workers, again and again; nobody else does."""
        while True:
            await self._clock.sleep(self._timing.heartbeat_s * random.uniform(0.5, 1.5))  # noqa: S311
            with suppress(Exception):  # the next time will do
                await self.give_up_dead()
