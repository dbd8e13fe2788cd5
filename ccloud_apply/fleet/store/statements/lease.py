"""Leases: taken, renewed and given back in one statement each, by the clock of the database.

A lease has ended once its `until` is over, whoever has it; it is never revived. A row is never
deleted: its fence has to grow for ever, or a worker that was frozen could have the number of a
later holder. The holder is asked for as well, for a backup that was restored beside a living one.
"""

from ccloud_apply.fleet.model.lease import LeaseHolder, LeaseKey
from ccloud_apply.fleet.store.database import Transaction


async def take_lease(tx: Transaction, key: LeaseKey, *, holder: str, lease_s: float) -> int | None:
    """The fence of a lease for so many seconds, larger than any before; None if another worker has
    it."""
    row = await tx.fetch_one(
        """
        insert into lease (kind, account, name, fence, holder, until)
        values (:kind, :account, :name, 1, :holder, {now} + cast(:lease_s as double precision))
        on conflict (kind, account, name) do update
          set fence = lease.fence + 1, holder = excluded.holder, until = excluded.until
          where lease.holder is null or lease.until <= {now}
        returning fence
        """,
        kind=key.kind,
        account=key.account,
        name=key.name,
        holder=holder,
        lease_s=lease_s,
    )
    return None if row is None else int(row["fence"])


async def renew_lease(
    tx: Transaction, key: LeaseKey, *, holder: str, fence: int, lease_s: float
) -> bool:
    """Make it last for so many seconds from now on; False if it has ended or is another worker's.

    The row stays locked until the transaction ends, so whatever else is done in it is done by its
    holder: nobody can take the lease over in between.
    """
    touched = await tx.execute(
        """
        update lease set until = {now} + cast(:lease_s as double precision)
        where kind = :kind and account = :account and name = :name
          and fence = :fence and holder = :holder and until > {now}
        """,
        kind=key.kind,
        account=key.account,
        name=key.name,
        holder=holder,
        fence=fence,
        lease_s=lease_s,
    )
    return touched == 1


async def give_back_lease(tx: Transaction, key: LeaseKey, *, holder: str, fence: int) -> bool:
    """Let others have it from now on; False if it was not ours any more.

    As for `renew_lease`, whatever else is done in the transaction is done by its holder.
    """
    touched = await tx.execute(
        """
        update lease set holder = null, until = {now}
        where kind = :kind and account = :account and name = :name
          and fence = :fence and holder = :holder and until > {now}
        """,
        kind=key.kind,
        account=key.account,
        name=key.name,
        holder=holder,
        fence=fence,
    )
    return touched == 1


async def find_holder(tx: Transaction, key: LeaseKey) -> LeaseHolder | None:
    """Who has it; None if nobody does."""
    row = await tx.fetch_one(
        """
        select holder, fence, until - {now} as left_s from lease
        where kind = :kind and account = :account and name = :name and holder is not null
        """,
        kind=key.kind,
        account=key.account,
        name=key.name,
    )
    if row is None:
        return None
    return LeaseHolder(holder=row["holder"], fence=row["fence"], left_s=row["left_s"])
