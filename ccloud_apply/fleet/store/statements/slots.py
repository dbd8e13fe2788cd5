"""The slots for creates of an account: leased rows, so that a killed worker keeps none.

A slot whose holder has gone counts no more once its time is over; the task that it had under way is
then one of others, as the platform lists it.
"""

from collections.abc import Sequence

from ccloud_apply.fleet.store.database import Transaction
from ccloud_apply.lazy_dataclass import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class SlotRow:
    """A slot that was held once. `is_held`: it still is. `task_id`: what it is or was held for;
    for one that was given back it is a create that has ended."""

    number: int
    holder: str | None
    task_id: int | None
    is_held: bool


async def lock_slots(tx: Transaction, account: str) -> Sequence[SlotRow]:
    """All that there were; until the transaction ends nobody else takes one in this account."""
    await tx.fetch("select name from account where name = :account {for_update}", account=account)
    rows = await tx.fetch(
        """
        select number, holder, task_id,
          case when holder is not null and until > {now} then 1 else 0 end as is_held
        from slot where account = :account order by number
        """,
        account=account,
    )
    return [
        SlotRow(
            number=row["number"],
            holder=row["holder"],
            task_id=row["task_id"],
            is_held=bool(row["is_held"]),
        )
        for row in rows
    ]


async def take_slot(
    tx: Transaction, account: str, number: int, *, holder: str, lease_s: float
) -> bool:
    """Have the slot of this number for so many seconds; False if somebody has it."""
    touched = await tx.execute(
        """
        insert into slot (account, number, holder, task_id, until)
        values (:account, :number, :holder, null, {now} + cast(:lease_s as double precision))
        on conflict (account, number) do update
          set holder = excluded.holder, task_id = null, until = excluded.until
          where slot.holder is null or slot.until <= {now}
        """,
        account=account,
        number=number,
        holder=holder,
        lease_s=lease_s,
    )
    return touched == 1


async def renew_slot(
    tx: Transaction, account: str, number: int, *, holder: str, lease_s: float
) -> None:
    """Keep it for so many seconds from now on, if it is still ours."""
    await tx.execute(
        """
        update slot set until = {now} + cast(:lease_s as double precision)
        where account = :account and number = :number and holder = :holder and until > {now}
        """,
        account=account,
        number=number,
        holder=holder,
        lease_s=lease_s,
    )


async def note_slot_task(
    tx: Transaction, account: str, number: int, *, holder: str, task_id: int
) -> None:
    """Say which task it is held for, so that nobody counts it as somebody else's as well."""
    await tx.execute(
        """
        update slot set task_id = :task_id
        where account = :account and number = :number and holder = :holder
        """,
        account=account,
        number=number,
        holder=holder,
        task_id=task_id,
    )


async def release_slot(
    tx: Transaction, account: str, number: int, *, holder: str, has_ended: bool
) -> None:
    """Give it back. `has_ended`: its task has, which the others may not have seen yet."""
    await tx.execute(
        """
        update slot set holder = null, until = {now},
          task_id = case when :has_ended = 1 then task_id else null end
        where account = :account and number = :number and holder = :holder
        """,
        account=account,
        number=number,
        holder=holder,
        has_ended=int(has_ended),
    )
