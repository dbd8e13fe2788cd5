"""Jobs in the tables of procrastinate: how they get in, how they are taken, how dead ones get out.

A job has no lock of procrastinate's: one of a worker that died would keep its stack from being run
until somebody frees it, and the lease is what keeps two workers apart. One that has failed is never
retried: its stack is still due, and the tick makes another. Who works, and for how long, is
`postgres.py`.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress

import procrastinate
from procrastinate import exceptions
from procrastinate.jobs import Job as QueuedJob
from procrastinate.jobs import Status
from procrastinate.manager import JobManager
from procrastinate.worker import Worker

from ccloud_apply.errors import StoreError
from ccloud_apply.fleet.engine.port import Job
from ccloud_apply.fleet.engine.queues import queue_of
from ccloud_apply.lazy_dataclass import dataclass

DATABASE_ERRORS = (exceptions.ProcrastinateException, OSError)
"""What is raised where the database is away, a time-out included."""

_TASK = "ccloud_apply.fleet"
_LOGGERS = ("procrastinate", "psycopg")
_KEPT_HOURS = 24


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
        with suppress(*DATABASE_ERRORS):
            await super().finish_job(job, status, delete_job)


class JobQueue:
    """All jobs of a fleet. `take` is called with what a job says when a worker has taken it."""

    def __init__(
        self, url: str, timing: Timing, take: Callable[[str, str, str], Awaitable[None]]
    ) -> None:
        self._timing = timing
        self._app = _make_app(url, timing)
        self._open_lock = asyncio.Lock()
        self._is_open = False

        @self._app.task(name=_TASK)
        async def do(kind: str, account: str, name: str) -> None:
            await take(kind, account, name)

    async def open(self) -> None:
        """Connect, unless it is connected. Raises one of DATABASE_ERRORS."""
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

    async def close(self) -> None:
        """Give the connections back."""
        if self._is_open:
            self._is_open = False
            with suppress(*DATABASE_ERRORS):
                await self._app.close_async()

    async def check(self) -> None:
        """Ask the database something. Raises one of DATABASE_ERRORS."""
        await self.open()
        await self._app.check_connection_async()

    async def enqueue(self, job: Job) -> None:
        """Have a worker do it soon; one that waits with a lower priority is moved ahead.

        Raises StoreError if the database is away.
        """
        try:
            await self.open()
            try:
                await self._defer(job)
            except exceptions.AlreadyEnqueued:  # the one that waits is enough, if it is no later
                if await self._take_back(job):
                    await self._defer(job)
        except exceptions.AlreadyEnqueued:
            return  # somebody else was faster
        except DATABASE_ERRORS as error:
            raise StoreError(f"no job could be enqueued: {reason_of(error)}") from error

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

    def make_worker(self, queues: Sequence[str] | None, *, concurrency: int) -> Worker:
        """One that takes jobs until its connection is lost. `queues` is None for every one."""
        return Worker(
            self._app,
            queues=None if queues is None else list(queues),  # a tuple is no array
            concurrency=concurrency,
            fetch_job_polling_interval=self._timing.poll_s,
            # When the connection is lost, the worker ends at once; the work itself goes on.
            shutdown_graceful_timeout=0,
            delete_jobs="successful",
            install_signal_handlers=False,
            update_heartbeat_interval=self._timing.heartbeat_s,
            stalled_worker_timeout=self._timing.dead_s,
        )

    async def give_up_dead(self) -> int:
        """Mark jobs whose worker shows no sign of life as failed, and give back how many.

        They are not retried: a retry with a lock can raise and leave the job for ever. What they
        were about is due by the tables. Failed and aborted ones can be read for a day.
        """
        await self.open()
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


def reason_of(error: BaseException) -> str:
    """What went wrong, in one line: procrastinate's own text only says that the database did."""
    if isinstance(error, TimeoutError):
        return "the database does not answer"
    return " ".join(str(error.__cause__ or error).split()) or type(error).__name__
