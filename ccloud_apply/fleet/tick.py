"""One tick: what is due becomes jobs. All of it is one transaction; whoever makes it has chosen for
everybody."""

from collections.abc import Callable
from random import random

from ccloud_apply.fleet.engine.port import Job
from ccloud_apply.fleet.schedule import choose, plan_retry
from ccloud_apply.fleet.store.database import Database, Transaction
from ccloud_apply.fleet.store.statements.clock import read_now
from ccloud_apply.fleet.store.statements.due import (
    Dead,
    list_dead,
    mark_lost,
    note_queued,
    read_failures,
    read_situation,
    take_over,
)
from ccloud_apply.fleet.store.statements.workers import begin_tick

LONGEST_S = 60.0
"""Seconds that a stack waits at most which has killed its workers: what is half done, such as a
server that is off, does not wait for a stack's interval of a day."""


async def make_tick(
    database: Database, *, least_s: float = 0.0, chance: Callable[[], float] = random
) -> tuple[Job, ...]:
    """The jobs that somebody has to enqueue now, already noted as queued.

    None while another process is at its tick, or has made one less than `least_s` ago. What is not
    enqueued after all, because this process dies right then, is chosen again a minute later. Raises
    StoreError.
    """
    async with database.write() as tx:
        if not await begin_tick(tx, least_s=least_s):
            return ()
        now = await read_now(tx)
        for dead in await list_dead(tx):
            await _take_over(tx, dead, now, chance())
        jobs = choose(await read_situation(tx))
        await note_queued(tx, jobs)
    return jobs


async def _take_over(tx: Transaction, dead: Dead, now: float, chance: float) -> None:
    """A first death is made good at once. What kills its workers again and again waits longer each
    time, or it would be all that they do."""
    if dead.kind == "source":  # a poll changes nothing in an account, and has no run
        await take_over(tx, dead, failures=0, due=now)
        return
    if not await mark_lost(tx, dead):
        return
    failures, every = await read_failures(tx, dead)
    longest_s = min(every, LONGEST_S)
    due = now if failures == 0 else plan_retry(now, longest_s, failures, chance)
    await take_over(tx, dead, failures=1, due=due)
