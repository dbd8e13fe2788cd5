"""What has to be noted in a database that is a restored backup: it does not know what was done
after it was made."""

from collections.abc import Sequence

from ccloud_apply.fleet.model.status import PRIORITIES
from ccloud_apply.fleet.store.database import Transaction
from ccloud_apply.fleet.store.statements.run_totals import count_run

FENCES_AHEAD = 1_000_000
"""How far fences jump ahead: further than workers can have come since the backup."""


async def make_held_due(tx: Transaction) -> None:
    """Have what somebody was at when the backup was made be done now: nobody else takes it over, as
    its lease does not end by itself."""
    held = (
        "(select 1 from lease l where l.holder is not null and l.kind = '{kind}'"
        " and l.account = {account} and l.name = {name})"
    )
    await tx.execute(
        "update stack set due = {now}, cause = 'take-over', priority = :priority where exists "
        + held.format(kind="stack", account="stack.account", name="stack.name"),
        priority=PRIORITIES["take-over"],
    )
    await tx.execute(
        "update account set sweep_due = {now} where exists "
        + held.format(kind="account", account="account.name", name="''")
    )
    await tx.execute(
        "update source set due = {now} where exists "
        + held.format(kind="source", account="''", name="source.name")
    )


async def end_leases(tx: Transaction) -> None:
    """Nobody has anything, and whoever had it after the backup has a fence that is none."""
    await tx.execute(f"update lease set fence = fence + {FENCES_AHEAD}, holder = null, until = 0")
    await tx.execute("update slot set holder = null, task_id = null, until = 0")
    for table in ("stack", "account", "source"):
        await tx.execute(f"update {table} set queued_until = null")


async def mark_torn(tx: Transaction) -> Sequence[str]:
    """Note that the end of every journal is missing, and give back the names of their stacks.

    What the journals have open is looked for all the same; before servers are created, what may be
    on its way is waited for.
    """
    rows = await tx.fetch(
        "insert into journal (account, stack, n, fence, record)"
        " select account, stack, max(n) + 1, max(fence), '' from journal"
        " group by account, stack having min(record) <> '' returning account, stack"
    )
    return [f"{row['account']}/{row['stack']}" for row in rows]


async def end_runs(tx: Transaction) -> int:
    """Note of the runs that had not ended that they have, and give back how many."""
    ended = await tx.fetch(
        "update run set ended = {now}, outcome = 'lost',"
        " error = 'the database was restored from a backup' where ended is null returning id"
    )
    for run in ended:
        await count_run(tx, run["id"])
    return len(ended)
