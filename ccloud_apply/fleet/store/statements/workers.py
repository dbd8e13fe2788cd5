"""Who works: heartbeats of workers, and when the last tick was."""

from ccloud_apply.fleet.store.database import Transaction
from ccloud_apply.fleet.store.statements.set_back import bring_to_clock

ALIVE_S = 30.0
"""A worker that was not seen for so many seconds is dead or frozen."""


SET_BACK_S = 60.0
"""A tick that is to come so many seconds from now shows that the clock was set back."""


async def beat(tx: Transaction, name: str, *, version: str, accounts: str) -> None:
    """The worker lives; `accounts` is the glob of those whose stacks it takes."""
    await tx.execute(
        "insert into worker (name, version, started, seen_at, accounts)"
        " values (:name, :version, {now}, {now}, :accounts)"
        " on conflict (name) do update set seen_at = excluded.seen_at,"
        " version = excluded.version, accounts = excluded.accounts",
        name=name,
        version=version,
        accounts=accounts,
    )


async def forget_worker(tx: Transaction, name: str) -> None:
    """The worker has ended."""
    await tx.execute("delete from worker where name = :name", name=name)


async def list_alive(tx: Transaction) -> frozenset[str]:
    """The names of the workers that were seen lately."""
    rows = await tx.fetch(
        "select name from worker where seen_at > {now} - cast(:alive_s as double precision)",
        alive_s=ALIVE_S,
    )
    return frozenset(row["name"] for row in rows)


async def begin_tick(tx: Transaction, *, least_s: float) -> bool:
    """Begin a tick, unless another process has begun one within so many seconds.

    It locks the row of the tick: until the transaction ends nobody else ticks, and whoever comes
    meanwhile does not wait for it. Where the clock was set back since the last tick, the tables are
    brought to it first, or nobody would tick until that moment comes again.
    """
    if await tx.fetch_one("select id from tick where id = 1") is None:
        # Not without looking: an insert waits for whoever has the row, even if it does nothing.
        await tx.execute(
            "insert into tick (id, ticked_at) values (1, 0) on conflict (id) do nothing"
        )
    free = await tx.fetch_one(
        "select case when ticked_at > {now} + :set_back then 1 else 0 end as is_set_back"
        " from tick where id = 1 and (ticked_at > {now} + :set_back"
        " or ticked_at <= {now} - cast(:least_s as double precision)) {skip_locked}",
        least_s=least_s,
        set_back=SET_BACK_S,
    )
    if free is None:
        return False
    if free["is_set_back"]:
        await bring_to_clock(tx)
    await tx.execute("update tick set ticked_at = {now} where id = 1")
    return True


async def take_turn(tx: Transaction) -> None:
    """Wait for whoever ticks or has a turn, and let nobody begin before this transaction ends.

    Whoever changes many stacks, accounts or sources in one transaction takes a turn first: two who
    change the same rows in different orders would wait for each other.
    """
    await tx.execute("insert into tick (id, ticked_at) values (1, 0) on conflict (id) do nothing")
    await tx.fetch("select id from tick where id = 1 {for_update}")


async def read_tick_age(tx: Transaction) -> float | None:
    """Seconds since the last tick; None if there was none."""
    row = await tx.fetch_one("select {now} - ticked_at as age from tick where ticked_at > 0")
    return None if row is None else float(row["age"])
