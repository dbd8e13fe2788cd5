"""Whether an account of the fleet still is that of the customer whom it was known to be of."""

from typing import NoReturn

from ccloud_apply.errors import ApplyError
from ccloud_apply.fleet.store.database import Database
from ccloud_apply.fleet.store.statements.customer import find_customer
from ccloud_apply.workflows.account.connection import Connection


def require_same_customer(account: str, *, noted: str | None, told: str | None) -> None:
    """Raises ApplyError where both are known and differ. Pure."""
    if noted is None or told is None or noted == told:
        return
    raise ApplyError(
        f"nothing was changed: the account {account} belonged to customer {noted}, and now says"
        f" that it belongs to customer {told}",
        hint=f"give the account another name than {account} in fleet.yaml",
    )


def require_told_customer(account: str, *, noted: str | None) -> NoReturn:
    """Raises ApplyError, for an account that is reached in another way and does not say whose it
    is: it may be another one, in which everything would be created anew. Pure."""
    raise ApplyError(
        f"nothing was changed: the account {account} belonged to customer {noted}; its address or"
        " credentials have changed since, and nothing says whose account it is now",
        hint=f"check the address and the credentials of {account}; if it is another account"
        " now, give"
        f" it another name than {account} in fleet.yaml",
    )


async def require_noted_customer(
    database: Database, connection: Connection, account: str, told: str | None
) -> None:
    """The same for what was read to be compared or planned: what another customer has says nothing
    of these stacks. Raises ApplyError, StoreError."""
    if connection.is_sandbox or told is None:
        return
    async with database.read() as tx:
        noted = await find_customer(tx, account)
    require_same_customer(account, noted=noted, told=told)
