"""`fleet serve`: all parts of a fleet in one process, for ever or until nothing is due."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from functools import partial
from typing import TYPE_CHECKING

from ccloud_apply.fleet.configure import configure
from ccloud_apply.fleet.documents import read_status
from ccloud_apply.fleet.engine.in_process import InProcessEngine
from ccloud_apply.fleet.model.listing import StackFilter
from ccloud_apply.fleet.notify import Delivery, Notifier
from ccloud_apply.fleet.open_fleet import FleetMeans, open_fleet
from ccloud_apply.fleet.service import CONCURRENCY, DRAIN_S, run_once, run_until
from ccloud_apply.fleet.store.connect import read_database_url
from ccloud_apply.fleet.store.statements.due import make_sources_due
from ccloud_apply.fleet.store.statements.workers import take_turn
from ccloud_apply.fleet.work.context import Context
from ccloud_apply.lazy_dataclass import dataclass
from ccloud_apply.model.results.fleet import FleetStatus

if TYPE_CHECKING:
    from ccloud_apply.fleet.web.listen import Listen

Ready = Callable[[str], None]
"""Is told the address of the page, once it is served."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ServeOptions:
    """Where the page is served, whether this process takes jobs, and how long runs may go on after
    it was asked to end (seconds)."""

    listen: "Listen"
    has_worker: bool = True
    drain_s: float = DRAIN_S


async def serve_once(means: FleetMeans) -> FleetStatus:
    """Do all that is due, tell the sinks of it, and give back how the fleet stands then.

    Every source is looked at, whenever that was done last: whoever calls has changed a file.
    Raises StoreError, UsageError, UnreadableReferenceError.
    """
    async with open_fleet(means) as context:
        await configure(context.database, means.config, who=means.person or context.worker)
        async with context.database.write() as tx:
            await take_turn(tx)
            await make_sources_due(tx)
        await run_once(context)
        if means.config.sinks:
            for delivery in await _build_notifier(means, context).deliver():
                _tell_delivery(means, delivery)
        path = means.config.path
        return await read_status(context.database, StackFilter(), config=path)


async def serve(
    means: FleetMeans, stop: asyncio.Event, options: ServeOptions, on_ready: Ready
) -> None:
    """Serve the page and do what is due until somebody stops it, then let what runs end.

    Raises StoreError, UnreadableReferenceError, and UsageError where the page cannot be served.
    """
    url = await read_database_url(means.config, means.environment)
    async with open_fleet(means) as context:
        await configure(context.database, means.config, who=means.person or context.worker)
        async with _delivering(means, context):
            if url is None:
                await _serve_alone(means, context, stop, options, on_ready)
            else:
                await _serve_with_others(url, means, context, stop, options, on_ready)


async def _serve_alone(
    means: FleetMeans,
    context: Context,
    stop: asyncio.Event,
    options: ServeOptions,
    on_ready: Ready,
) -> None:
    engine = InProcessEngine()
    async with _page(means, context, options, engine.wake_up) as address:
        on_ready(address)
        if options.has_worker:
            await run_until(context, stop, drain_s=options.drain_s, engine=engine)
        else:
            await stop.wait()


async def _serve_with_others(
    url: str,
    means: FleetMeans,
    context: Context,
    stop: asyncio.Event,
    options: ServeOptions,
    on_ready: Ready,
) -> None:
    from ccloud_apply.fleet.worker_service import WorkerOptions, open_engine, work_until

    engine = open_engine(context, url, means)
    concurrency = CONCURRENCY if options.has_worker else 0
    working = WorkerOptions(concurrency=concurrency, drain_s=options.drain_s)
    async with _page(means, context, options, engine.wake_up) as address:
        on_ready(address)
        await work_until(context, engine, stop, working)


@asynccontextmanager
async def _page(
    means: FleetMeans, context: Context, options: ServeOptions, wake: Callable[[], None]
) -> AsyncIterator[str]:
    from ccloud_apply.fleet.sources.declared_text import read_declared_text
    from ccloud_apply.fleet.web.listen import find_open_door
    from ccloud_apply.fleet.web.server import serve_page

    if (told := find_open_door(options.listen, means.config.web)) is not None:
        means.warn(told)
    async with serve_page(
        context.database,
        means.config,
        means.environment,
        options.listen,
        wake=wake,
        read_file=partial(read_declared_text, means.config, means.work_dir),
    ) as address:
        yield address


@asynccontextmanager
async def _delivering(means: FleetMeans, context: Context) -> AsyncIterator[None]:
    """While inside, sinks are told what waits for them; once more at the end."""
    async with AsyncExitStack() as until_end:
        if means.config.sinks:
            notifier = _build_notifier(means, context)
            task = asyncio.create_task(
                notifier.keep_delivering(lambda delivery: _tell_delivery(means, delivery))
            )
            until_end.push_async_callback(_cancel, task)
        yield


async def _cancel(task: "asyncio.Task[None]") -> None:
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


def _build_notifier(means: FleetMeans, context: Context) -> Notifier:
    return Notifier(
        database=context.database,
        sinks=means.config.sinks,
        environment=means.environment,
        clock=means.clock,
    )


def _tell_delivery(means: FleetMeans, delivery: Delivery) -> None:
    if delivery.error is not None:
        means.warn(f"notify {delivery.sink}: {delivery.error}; it is tried again")
