"""When requests of an account may leave, for all workers together: GCRA in one row.

`tat` is when the next request may leave if all permits that were handed out are used. A permit that
nobody uses is lost: it leaves a gap, and lets nobody hurry.
"""

from ccloud_apply.fleet.store.database import Transaction
from ccloud_apply.lazy_dataclass import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Granted:
    """Permits, the first of which holds from `begins_s` seconds from now on, and for how many
    seconds from now on the API wants no request at all."""

    begins_s: float
    closed_s: float


NONE = Granted(begins_s=0.0, closed_s=0.0)
"""For an account without limits, which is not in the tables."""


async def take_permits(tx: Transaction, account: str, *, seconds: float) -> Granted:
    """Permits for so many seconds; the caller knows how many of them that is."""
    row = await tx.fetch_one(
        """
        update account
        set tat = (case when tat > {now} then tat else {now} end)
          + cast(:seconds as double precision)
        where name = :account
        returning tat - {now} as ends_s, closed_until - {now} as closed_s
        """,
        account=account,
        seconds=seconds,
    )
    if row is None:
        return NONE
    return Granted(begins_s=max(0.0, row["ends_s"] - seconds), closed_s=max(0.0, row["closed_s"]))


async def read_closed(tx: Transaction, account: str) -> Granted:
    """As `take_permits` for an account that takes any number of requests."""
    row = await tx.fetch_one(
        "select closed_until - {now} as closed_s from account where name = :account",
        account=account,
    )
    return NONE if row is None else Granted(begins_s=0.0, closed_s=max(0.0, row["closed_s"]))


async def close_account(tx: Transaction, account: str, *, seconds: float) -> None:
    """Let no request of this account leave for so many seconds."""
    await tx.execute(
        """
        update account set closed_until = {now} + cast(:seconds as double precision)
        where name = :account and closed_until < {now} + cast(:seconds as double precision)
        """,
        account=account,
        seconds=seconds,
    )
