"""Runs a fleet in one process: ticks, takes jobs, tells sinks; for ever, or until all is done that
is due.

Workers of several processes are `worker_service.py`, the page is `web/`.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from ccloud_apply import __version__
from ccloud_apply.errors import StoreError
from ccloud_apply.fleet.changes import note_stale
from ccloud_apply.fleet.config.watch import ConfigWatch
from ccloud_apply.fleet.engine.in_process import InProcessEngine
from ccloud_apply.fleet.engine.port import Engine
from ccloud_apply.fleet.retention import clean_if_due, keep_cleaning
from ccloud_apply.fleet.store.statements.workers import beat, forget_worker
from ccloud_apply.fleet.tick import make_tick
from ccloud_apply.fleet.work.context import Context
from ccloud_apply.fleet.worker import Worker

CONCURRENCY = 6
"""Jobs at a time of one process."""

DRAIN_S = 60.0
"""Seconds that runs may go on after the process was asked to end."""

END_S = 30.0
"""Seconds after that in which runs that send nothing more note what they have sent."""

BEAT_S = 10.0
_AWAY_S = 5.0
_REST = 3.0
"""So many times as long as a tick has taken, no other one is made: ten thousand stacks that are due
at once must not keep the process busy with looking at them."""

_QUICK_S = 0.2
"""Nobody has to be told of what ends within so many seconds."""


async def run_once(context: Context) -> None:
    """Do all that is due, and what becomes due by that, and return once nothing is.

    Raises StoreError.
    """
    engine = InProcessEngine()
    await engine.start(Worker(context).do, concurrency=CONCURRENCY)
    try:
        async with beating(context):
            while (jobs := await tick(context, engine)) or not engine.is_idle:
                if not jobs:
                    await engine.wake()
    except BaseException:
        context.stop.set()  # what runs notes what it has sent
        raise
    finally:
        await engine.stop(drain_s=END_S)
    await tell_stale(context)
    await clean_if_due(context.database, context.config.keep)


async def run_until(
    context: Context,
    stop: asyncio.Event,
    *,
    drain_s: float,
    engine: InProcessEngine,
) -> None:
    """Do what is due, again and again, until somebody stops it; then let what runs end.

    After `drain_s` seconds what still runs is asked to send nothing more.
    """
    await engine.start(Worker(context).do, concurrency=CONCURRENCY)
    try:
        async with beating(context):
            await keep_ticking(context, engine, stop)
    finally:
        await drain(context, engine, drain_s)


async def keep_ticking(
    context: Context, engine: Engine, stop: asyncio.Event, *, least_s: float = 0.0
) -> None:
    """Tick until somebody stops it. A database that is away is waited for: what is due stays so."""
    stopping = asyncio.create_task(stop.wait())
    away_since_s: float | None = None
    try:
        while not stop.is_set():
            began_s = context.clock.monotonic()
            try:
                await tick(context, engine, least_s=least_s)
            except StoreError as error:
                if away_since_s is None:
                    context.warn(f"{error}; it is tried again")
                    away_since_s = began_s
                await asyncio.wait([stopping], timeout=_AWAY_S)
                continue
            if away_since_s is not None:
                context.warn(f"the database answers again, after {began_s - away_since_s:.0f} s")
            away_since_s = None
            rest_s = _REST * (context.clock.monotonic() - began_s)
            await asyncio.wait([stopping], timeout=rest_s)
            waking = asyncio.create_task(engine.wake())
            await asyncio.wait([stopping, waking], return_when=asyncio.FIRST_COMPLETED)
            waking.cancel()
            await asyncio.gather(waking, return_exceptions=True)
    finally:
        stopping.cancel()


async def tick(context: Context, engine: Engine, *, least_s: float = 0.0) -> int:
    """Enqueue what is due, and give back how many jobs that are. Raises StoreError."""
    jobs = await make_tick(context.database, least_s=least_s, chance=context.chance)
    for job in jobs:
        await engine.enqueue(job)
    return len(jobs)


async def drain(context: Context, engine: Engine, drain_s: float) -> None:
    """Take no job any more and return once none runs: what runs has `drain_s` seconds, then it
    notes what it has sent and gives its lease back."""
    stopping = asyncio.create_task(engine.stop(drain_s=drain_s + END_S))
    done, _ = await asyncio.wait([stopping], timeout=min(drain_s, _QUICK_S))
    if not done and drain_s > _QUICK_S:
        context.warn(f"stopping: what runs has {drain_s:g} s to end; a second signal ends it now")
        done, _ = await asyncio.wait([stopping], timeout=drain_s - _QUICK_S)
    if not done:
        context.stop.set()
    await stopping


async def tell_stale(context: Context) -> None:
    """Have the sinks told of stacks that nobody has looked at for long. Raises StoreError."""
    async with context.database.write() as tx:
        await note_stale(tx, context.config.sinks)


@asynccontextmanager
async def beating(context: Context, accounts: str = "*") -> AsyncIterator[None]:
    """While inside, others see that this worker lives, and stale stacks are told of. `accounts` is
    the glob of those whose stacks it takes."""
    task = asyncio.create_task(keep_beating(context, accounts))
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        with suppress(StoreError):
            async with context.database.write() as tx:
                await forget_worker(tx, context.worker)


async def keep_beating(context: Context, accounts: str) -> None:
    """Say that this worker lives until it is cancelled; look for what has become stale, warn if
    fleet.yaml has changed, and see to it that once a day goes what nobody needs any more."""
    watch = ConfigWatch(context.config.path)
    cleaning = asyncio.create_task(
        keep_cleaning(context.database, context.config.keep, context.clock)
    )
    try:
        while True:
            with suppress(StoreError):  # the tick says so
                async with context.database.write() as tx:
                    await beat(tx, context.worker, version=__version__, accounts=accounts)
                await tell_stale(context)
            await context.clock.sleep(BEAT_S)
            if watch.has_changed():
                path = context.config.path
                context.warn(f"{path} has changed; restart this process to use the new version")
    finally:
        cleaning.cancel()
        await asyncio.gather(cleaning, return_exceptions=True)
