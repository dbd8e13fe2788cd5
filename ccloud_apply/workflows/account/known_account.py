"""Under which ids an apply locks and journals: it has to be known before anything of it is read.

The customer is noted in the work dir for the access, so it is asked for once. What the account says
when it is read has the last word.
"""

from pathlib import Path

from ccloud_apply.apply.workdir.accounts import AccountIds, build_account_ids
from ccloud_apply.apply.workdir.customers import forget_customer, read_customer, write_customer
from ccloud_apply.errors import ApplyError
from ccloud_apply.lazy_dataclass import dataclass
from ccloud_apply.workflows.account.connection import Connection
from ccloud_apply.workflows.account.identity import place_of
from ccloud_apply.workflows.account.run import Run


def ids_of(connection: Connection, customer_id: str | None) -> AccountIds:
    """The ids of the account that the connection leads to, as far as its customer is known."""
    return build_account_ids(
        place_of(connection), connection.client_id, connection.token, customer_id=customer_id
    )


@dataclass(slots=True, kw_only=True)
class KnownAccount:
    """The account of one apply, as far as it is known by now."""

    folder: Path
    connection: Connection
    customer_id: str | None

    @property
    def ids(self) -> AccountIds:
        """Its ids."""
        return ids_of(self.connection, self.customer_id)

    def learn(self, customer_id: str | None) -> bool:
        """Note whose account it is as it was read; True if that was not known before.

        Raises ApplyError for another customer than was noted: locks and journals are another's.
        """
        if self.connection.is_sandbox or customer_id is None:
            return False
        before, access = self.customer_id, self.ids.access
        if before is not None and before != customer_id:
            forget_customer(self.folder, access)
            raise ApplyError(
                "nothing was changed: these credentials were for an account of customer"
                f" {before}, and the account now says that it belongs to customer {customer_id}",
                hint="run apply again: it begins with the journal of that customer",
            )
        if read_customer(self.folder, access) != customer_id:
            write_customer(self.folder, access, customer_id)
        self.customer_id = customer_id
        return before is None


async def find_account(run: Run, folder: Path) -> KnownAccount:
    """The account, by its customer where this work dir or the API tells it. Raises ApiError.

    The embedded API is an account of its own for each file of data, whatever its customer.
    """
    account = KnownAccount(folder=folder, connection=run.connection, customer_id=None)
    if not run.connection.is_sandbox:
        noted = read_customer(folder, account.ids.access)
        account.customer_id = noted or await run.client.find_customer()
    return account
