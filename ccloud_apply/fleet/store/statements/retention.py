"""What nobody needs any more, deleted a few rows at a time.

Kept whatever their age: audits, journals, leases (their fences must never begin again), runs that
have not ended or whose records stand in a journal, plans that wait, and the newest run, plan and
report of each stack.
"""

from ccloud_apply.fleet.store.database import Transaction

BATCH = 500
"""Rows of one statement: others wait only a moment."""

CLEAN_S = 86400.0
"""Seconds between two cleanings."""

GIVE_UP_S = 7 * 86400.0
"""Seconds after which a notification that no sink has taken is given up."""

FORGET_S = 7 * 86400.0
"""Seconds after which a worker that nobody has seen is forgotten."""

_OLD = "{now} - cast(:keep_s as double precision)"


async def begin_cleaning(tx: Transaction) -> bool:
    """True for whoever is to clean up now: one process a day. Before the first tick nobody is."""
    return bool(
        await tx.execute(
            "update tick set cleaned_at = {now} where id = 1 and (cleaned_at is null"
            " or cleaned_at <= {now} - cast(:clean_s as double precision))",
            clean_s=CLEAN_S,
        )
    )


async def delete_runs(tx: Transaction, keep_s: float) -> int:
    """Delete runs of stacks that ended so long ago, and give back how many."""
    return await tx.execute(
        f"""delete from run where id in (
        select r.id from run r where r.stack is not null and r.started < {_OLD}
        and r.ended < {_OLD}
        and exists (select 1 from run n
          where n.account = r.account and n.stack = r.stack and n.id > r.id)
        and not exists (select 1 from journal j
          where j.account = r.account and j.stack = r.stack and j.fence = r.fence)
        and not exists (select 1 from plan p where p.account = r.account and p.stack = r.stack
          and p.run_id = r.id and p.decision in ('proposed', 'approved'))
        order by r.started limit {BATCH})""",
        keep_s=keep_s,
    )


async def delete_sweeps(tx: Transaction, keep_s: float) -> int:
    """Delete sweeps of accounts that ended so long ago, but for the newest of each."""
    return await tx.execute(
        f"""delete from run where id in (
        select r.id from run r where r.stack is null and r.started < {_OLD} and r.ended < {_OLD}
        and exists (select 1 from run n
          where n.account = r.account and n.stack is null and n.id > r.id)
        order by r.started limit {BATCH})""",
        keep_s=keep_s,
    )


async def delete_plans(tx: Transaction, keep_s: float) -> int:
    """Delete plans that are decided and whose runs are gone, but for the newest of each stack."""
    return await tx.execute(
        f"""delete from plan where id in (
        select p.id from plan p where p.made_at < {_OLD}
        and p.decision not in ('proposed', 'approved')
        and not exists (select 1 from run r where r.id = p.run_id)
        and exists (select 1 from plan n
          where n.account = p.account and n.stack = p.stack and n.id > p.id)
        order by p.made_at limit {BATCH})""",
        keep_s=keep_s,
    )


async def delete_reports(tx: Transaction, keep_s: float) -> int:
    """Delete drift reports that are so old, but for the newest of each stack."""
    return await tx.execute(
        f"""delete from report where id in (
        select r.id from report r where r.made_at < {_OLD}
        and exists (select 1 from report n
          where n.account = r.account and n.stack = r.stack and n.id > r.id)
        order by r.made_at limit {BATCH})""",
        keep_s=keep_s,
    )


async def delete_notifications(tx: Transaction, keep_s: float) -> int:
    """Delete notifications that were delivered so long ago, and those that are given up."""
    return await tx.execute(
        f"""delete from outbox where key in (
        select key from outbox where delivered_at < {_OLD} or (delivered_at is null
          and made_at < {{now}} - cast(:give_up_s as double precision)) limit {BATCH})""",
        keep_s=keep_s,
        give_up_s=GIVE_UP_S,
    )


async def forget_workers(tx: Transaction, keep_s: float) -> int:
    """Forget workers that nobody has seen for so long."""
    return await tx.execute(f"delete from worker where seen_at < {_OLD}", keep_s=keep_s)
