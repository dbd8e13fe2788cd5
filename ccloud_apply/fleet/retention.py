"""Cleans up once a day: `keep:` of fleet.yaml says after which time. What stays in any case is
`store/statements/retention.py`."""

from collections.abc import Awaitable, Callable
from contextlib import suppress

from ccloud_apply.clock import Clock
from ccloud_apply.errors import StoreError
from ccloud_apply.fleet.model.config import Keep
from ccloud_apply.fleet.store.database import Database, Transaction
from ccloud_apply.fleet.store.statements import retention

LOOK_S = 600.0
"""Seconds between two looks whether it is time; nothing is deleted by a process that lives less."""

_Delete = Callable[[Transaction, float], Awaitable[int]]


async def clean_if_due(database: Database, keep: Keep) -> int | None:
    """Clean up if nobody has for a day, and give back how many rows went; None if it is not due.

    Raises StoreError.
    """
    async with database.write() as tx:
        if not await retention.begin_cleaning(tx):
            return None
    return await clean_up(database, keep)


async def keep_cleaning(database: Database, keep: Keep, clock: Clock) -> None:
    """Do so each day until it is cancelled. A database that is away is cleaned another time."""
    while True:
        await clock.sleep(LOOK_S)
        with suppress(StoreError):
            await clean_if_due(database, keep)


async def clean_up(database: Database, keep: Keep) -> int:
    """Delete what nobody needs any more, a few rows a transaction, and give back how many those
    were. Raises StoreError."""
    kinds: tuple[tuple[_Delete, float], ...] = (
        (retention.delete_runs, keep.runs_s),
        (retention.delete_sweeps, keep.runs_s),
        (retention.delete_plans, keep.runs_s),  # after the runs, whose plans they are
        (retention.delete_reports, keep.reports_s),
        (retention.delete_notifications, keep.reports_s),
        (retention.forget_workers, retention.FORGET_S),
    )
    return sum([await _delete_all(database, delete, keep_s) for delete, keep_s in kinds])


async def _delete_all(database: Database, delete: _Delete, keep_s: float) -> int:
    total, deleted = 0, retention.BATCH
    while deleted >= retention.BATCH:
        async with database.write() as tx:
            deleted = await delete(tx, keep_s)
        total += deleted
    return total
