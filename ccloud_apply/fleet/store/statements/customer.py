"""Whose customer's an account is, as its own answers have told."""

from collections.abc import Sequence

from ccloud_apply.fleet.store.database import Transaction


async def find_customer(tx: Transaction, account: str) -> str | None:
    """The customer that was noted; None while it is not known."""
    row = await tx.fetch_one(
        "select customer_id from account where name = :account", account=account
    )
    return None if row is None else row["customer_id"]


async def find_access(tx: Transaction, account: str) -> str | None:
    """The id of the address and access by which the noted customer was reached last."""
    row = await tx.fetch_one("select access_id from account where name = :account", account=account)
    return None if row is None else row["access_id"]


async def note_customer(
    tx: Transaction, account: str, customer_id: str, *, access_id: str | None = None
) -> None:
    """Note it and how it was reached, unless another customer was noted before."""
    await tx.execute(
        """
        update account set customer_id = :customer_id, access_id = cast(:access_id as text)
        where name = :account and (customer_id is null or customer_id = :customer_id)
        """,
        account=account,
        customer_id=customer_id,
        access_id=access_id,
    )


async def find_accounts_of(tx: Transaction, customer_id: str) -> Sequence[str]:
    """The names of all configured accounts that are this customer's, in order."""
    rows = await tx.fetch(
        """
        select name from account
        where customer_id = :customer_id and is_configured = 1 order by name
        """,
        customer_id=customer_id,
    )
    return [row["name"] for row in rows]
