"""The engine over PostgreSQL: procrastinate carries jobs to the workers of many machines.

What our tables guarantee is asked of nobody here. A job has no lock of procrastinate's: one of a
worker that died would keep its stack from being run until somebody frees it, and the lease is what
keeps two workers apart. A job that fails is never retried: its stack is still due, and the tick
makes another.
"""

import asyncio
import logging
import random
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from typing import Any

import procrastinate
from procrastinate import exceptions
from procrastinate.jobs import Job as QueuedJob
from procrastinate.jobs import Status
from procrastinate.manager import JobManager
from procrastinate.worker import Worker

from ccloud_apply.clock import Clock
from ccloud_apply.errors import StoreError
from ccloud_apply.fleet.engine.port import Job, Work
from ccloud_apply.fleet.engine.queues import queue_of
from ccloud_apply.lazy_dataclass import dataclass

_TASK = "ccloud_apply.fleet"
_LOGGERS = ("procrastinate", "psycopg")
_KEPT_HOURS = 24
_DATABASE_ERRORS = (exceptions.ProcrastinateException, OSError)


@dataclass(frozen=True, slots=True, kw_only=True)
class Timing:
    """Seconds. `heartbeat_s` between two signs of life of a worker; after `dead_s` without one its
    jobs are given up. `poll_s` between two looks for jobs where no notification came. `wake_s` is
    the longest, `pause_s` the shortest time between two ticks. `connect_s` bounds the wait for a
    connection, `retry_s` the pause before a worker is started again. `place_s` is how long a job
    waits for a place in a worker before it is given up.
    """

    heartbeat_s: float = 10.0
    dead_s: float = 45.0
    poll_s: float = 5.0
    wake_s: float = 1.0
    pause_s: float = 0.1
    connect_s: float = 10.0
    retry_s: float = 5.0
    place_s: float = 30.0


class _Jobs(JobManager):
    """Writes the ends of jobs, and is not upset by one that another worker has given up already, or
    by a database that is away: the job's row is tidied up later, and nothing depends on it."""

    async def finish_job(self, job: QueuedJob, status: Status, delete_job: bool) -> None:
        with suppress(*_DATABASE_ERRORS):
            await super().finish_job(job, status, delete_job)


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
        read_alive: Callable[[], Awaitable[frozenset[str]]],
        queues: Sequence[str] | None = None,
        timing: Timing | None = None,
        tell: Callable[[str], None] = lambda _: None,
    ) -> None:
        self._timing = timing or Timing()
        self._clock = clock
        self._read_alive = read_alive
        self._queues = queues
        self._tell = tell
        self._app = _make_app(url, self._timing)
        self._app.task(name=_TASK)(self._take)
        self._open_lock = asyncio.Lock()
        self._is_open = self._is_stopping = False
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
        """Have the next tick made at once: a person or a webhook has made something due."""
        self._news.set()

    async def enqueue(self, job: Job) -> None:
        """Have a worker do it soon; one that waits with a lower priority is moved ahead.

        Raises StoreError if the database is away.
        """
        try:
            await self._open()
            try:
                await self._defer(job)
            except exceptions.AlreadyEnqueued:  # the one that waits is enough, if it is no later
                if await self._take_back(job):
                    await self._defer(job)
        except exceptions.AlreadyEnqueued:
            return  # somebody else was faster
        except _DATABASE_ERRORS as error:
            raise StoreError(f"no job could be enqueued: {_reason(error)}") from error

    async def _defer(self, job: Job) -> None:
        deferrer = self._app.configure_task(
            _TASK, queue=queue_of(job), queueing_lock=job.lock, priority=job.priority
        )
        await deferrer.defer_async(kind=job.kind, account=job.account, name=job.name)

    async def _take_back(self, job: Job) -> bool:
        """Take jobs that wait with a lower priority out of the queue. False if there is none."""
        if not job.priority:
            return False
        manager = self._app.job_manager
        waiting = await manager.list_jobs_async(queueing_lock=job.lock, status=Status.TODO.value)
        is_taken = False
        for one in waiting:
            if one.id is not None and one.priority < job.priority:
                is_taken |= await manager.cancel_job_by_id_async(one.id, delete_job=True)
        return is_taken

    async def alive(self) -> frozenset[str]:
        """The names of the workers that take jobs. Raises StoreError."""
        return await self._read_alive()

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
        if self._is_open:
            self._is_open = False
            with suppress(*_DATABASE_ERRORS):
                await self._app.close_async()

    async def _open(self) -> None:
        async with self._open_lock:
            if self._is_open:
                return
            try:
                async with asyncio.timeout(self._timing.connect_s):
                    await self._app.open_async()
            except BaseException:
                await self._app.close_async()  # else the next try is given the pool that failed
                raise
            self._is_open = True

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
            self._tell(f"a job failed: {_reason(error)}")

    async def _keep_worker(self) -> None:
        """Have a worker of procrastinate until the engine is asked to stop."""
        is_away = False
        while not self._is_stopping:
            try:
                await self._open()
                await self._app.check_connection_async()
                if is_away:
                    self._tell("the database is back")
                    is_away = False
                self._worker = self._make_worker()
                await self._worker.run()  # type: ignore[no-untyped-call]
                why = "its connection was lost"
            except _DATABASE_ERRORS as error:
                why = _reason(error)
            finally:
                self._worker = None
            if self._is_stopping:
                return
            if not is_away:
                self._tell(f"no jobs can be taken: {why}; trying again")
            is_away = True
            # Not all workers in the same moment.
            await self._clock.sleep(self._timing.retry_s * random.uniform(0.5, 1.0))  # noqa: S311

    def _make_worker(self) -> Worker:
        return Worker(
            self._app,
            queues=None if self._queues is None else list(self._queues),  # a tuple is no array
            concurrency=self._concurrency,
            fetch_job_polling_interval=self._timing.poll_s,
            # When the connection is lost, the worker ends at once; the work itself goes on.
            shutdown_graceful_timeout=0,
            delete_jobs="successful",
            install_signal_handlers=False,
            update_heartbeat_interval=self._timing.heartbeat_s,
            stalled_worker_timeout=self._timing.dead_s,
        )

    async def _keep_house(self) -> None:
        """Give up the jobs of dead workers, again and again; nobody else does."""
        while True:
            await self._clock.sleep(self._timing.heartbeat_s * random.uniform(0.5, 1.5))  # noqa: S311
            with suppress(*_DATABASE_ERRORS):
                await self.give_up_dead()

    async def give_up_dead(self) -> int:
        """Mark jobs whose worker shows no sign of life as failed, and give back how many.

        They are not retried: a retry with a lock can raise and leave the job for ever. What they
        were about is due by the tables. Failed and aborted ones can be read for a day.
        """
        await self._open()
        manager = self._app.job_manager
        dead = list(await manager.get_stalled_jobs(seconds_since_heartbeat=self._timing.dead_s))
        for job in dead:
            await manager.finish_job(job, Status.FAILED, delete_job=False)
        await manager.prune_stalled_workers(self._timing.dead_s)
        await manager.delete_old_jobs(
            nb_hours=_KEPT_HOURS, include_failed=True, include_cancelled=True, include_aborted=True
        )
        return len(dead)


def _make_app(url: str, timing: Timing) -> procrastinate.App:
    for name in _LOGGERS:  # what it would say is told in a line of ours
        logging.getLogger(name).setLevel(logging.CRITICAL)
    connector = procrastinate.PsycopgConnector(
        conninfo=url,
        min_size=1,
        max_size=4,
        timeout=timing.connect_s,
        reconnect_timeout=timing.connect_s,  # the pauses of a longer one would grow to minutes
    )
    app = procrastinate.App(connector=connector)
    app.job_manager = _Jobs(connector)
    return app


def _reason(error: BaseException) -> str:
    """What went wrong, in one line: procrastinate's own text only says that the database did."""
    if isinstance(error, TimeoutError):
        return "the database does not answer"
    return " ".join(str(error.__cause__ or error).split()) or type(error).__name__
