"""A process of a fleet on PostgreSQL: takes jobs beside other processes, and ticks with them.

Each process tries to tick; the one that gets the row of the tick does. So a fleet is seen to while
any of its processes lives. A fleet on SQLite is `service.py`.
"""

import asyncio
from collections.abc import Callable, Sequence
from contextlib import nullcontext
from typing import TYPE_CHECKING

from ccloud_apply.errors import UsageError
from ccloud_apply.fleet.engine.queues import choose_queues, match_accounts
from ccloud_apply.fleet.open_fleet import FleetMeans, open_fleet
from ccloud_apply.fleet.service import CONCURRENCY, DRAIN_S, beating, drain, keep_ticking
from ccloud_apply.fleet.store.connect import read_database_url
from ccloud_apply.fleet.work.context import Context
from ccloud_apply.fleet.worker import Worker
from ccloud_apply.home import install_hint
from ccloud_apply.lazy_dataclass import dataclass

if TYPE_CHECKING:
    from ccloud_apply.fleet.engine.postgres import PostgresEngine

LEAST_TICK_S = 0.2
"""Between two ticks of a fleet, however many processes it has."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkerOptions:
    """What a worker takes: so many jobs at a time, of the accounts that a glob matches (of all
    without one). `drain_s` is how long runs may go on after it was asked to end."""

    concurrency: int = CONCURRENCY
    accounts: tuple[str, ...] = ()
    drain_s: float = DRAIN_S


async def run_worker(
    means: FleetMeans,
    stop: asyncio.Event,
    options: WorkerOptions,
    on_ready: Callable[[str], None] = lambda name: None,
) -> None:
    """Take jobs until somebody stops it, then let what runs end. `on_ready` is told the name of the
    worker, as leases, runs and `fleet status` have it.

    Raises UsageError for a fleet on SQLite and for globs that match no account, StoreError,
    UnreadableReferenceError.
    """
    url = await read_database_url(means.config, means.environment)
    if url is None:
        raise UsageError(
            f"{means.config.path} names no database, and a fleet on SQLite has no workers",
            hint="`ccloud-apply fleet serve` runs its stacks; for workers, name a PostgreSQL"
            " database under database:",
        )
    check_accounts(means, options.accounts)
    async with open_fleet(means) as context:
        engine = open_engine(context, url, means, options.accounts)
        on_ready(context.worker)
        await work_until(context, engine, stop, options)


async def work_until(
    context: Context, engine: "PostgresEngine", stop: asyncio.Event, options: WorkerOptions
) -> None:
    """Tick and take jobs until somebody stops it, then let what runs end.

    Without a place for jobs (`concurrency` 0) it ticks alone. Raises StoreError where the engine's
    tables are of another version than its program.
    """
    from ccloud_apply.fleet.store.engine_schema import check_engine

    await check_engine(context.database)
    takes_jobs = options.concurrency > 0
    if takes_jobs:
        await engine.start(Worker(context).do, concurrency=options.concurrency)
    accounts = ", ".join(options.accounts) or "*"
    try:
        async with beating(context, accounts) if takes_jobs else nullcontext():
            await keep_ticking(context, engine, stop, least_s=LEAST_TICK_S)
    finally:
        await drain(context, engine, options.drain_s)


def check_accounts(means: FleetMeans, globs: Sequence[str]) -> None:
    """Raise UsageError for a glob that matches no account: its worker would wait for ever."""
    for glob in globs:
        if not match_accounts(means.config.accounts, (glob,)):
            known = ", ".join(sorted(means.config.accounts)) or "none"
            raise UsageError(
                f"--account {glob} matches no account of {means.config.path}",
                hint=f"its accounts: {known}",
            )


def open_engine(
    context: Context, url: str, means: FleetMeans, accounts: Sequence[str] = ()
) -> "PostgresEngine":
    """The engine of a process that takes the jobs of these accounts (globs); of all without one.

    Raises UsageError where the extra is missing.
    """
    try:
        from ccloud_apply.fleet.engine.postgres import PostgresEngine
    except ImportError as error:
        raise UsageError(
            f"a fleet on PostgreSQL needs the package {error.name or 'procrastinate'}",
            hint=install_hint("fleet"),
        ) from error

    return PostgresEngine(
        url,
        clock=context.clock,
        queues=choose_queues(context.config.accounts, accounts),
        tell=means.warn,
    )
