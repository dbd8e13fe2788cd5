"""The stacks of one apply, held by leases: what `apply_stacks` takes in the place of locks and
files.

The stack's own lease is the worker's; those of its earlier names are taken here, as what runs under
these names have left open is settled by the apply.
"""

from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from urllib.parse import urlsplit

from ccloud_apply.apply.api import Api
from ccloud_apply.apply.journal.recorder import Recorder
from ccloud_apply.apply.once.creates.slots import CreateSlots, OpenSlots, Slots
from ccloud_apply.apply.workdir.accounts import AccountIds
from ccloud_apply.clock import Clock
from ccloud_apply.errors import ApplyError, LockedError
from ccloud_apply.fleet.customer import require_same_customer, require_told_customer
from ccloud_apply.fleet.lease.journal import StoreJournal
from ccloud_apply.fleet.lease.lease import Lease, hold_lease
from ccloud_apply.fleet.lease.slots import StorePlace
from ccloud_apply.fleet.model.lease import LeaseKey
from ccloud_apply.fleet.store.database import Database
from ccloud_apply.fleet.store.statements.customer import (
    find_access,
    find_accounts_of,
    find_customer,
    note_customer,
)
from ccloud_apply.fleet.store.statements.lease import find_holder
from ccloud_apply.lazy_dataclass import dataclass
from ccloud_apply.model.declared.stack import Stack
from ccloud_apply.model.loopback import is_loopback
from ccloud_apply.workflows.account.connection import Connection, Execution
from ccloud_apply.workflows.account.held_stacks import Held
from ccloud_apply.workflows.account.known_account import ids_of
from ccloud_apply.workflows.account.run import Run


@dataclass(slots=True, kw_only=True)
class LeasedStacks:
    """Implements `Held`. `leases` are those of the stacks, by all of their names. `is_noted`: the
    database knows the customer, who was reached by `access_id` last."""

    database: Database
    clock: Clock
    connection: Connection
    customer_id: str | None
    is_noted: bool
    access_id: str | None
    leases: Mapping[str, Lease]
    creates: int
    until_end: AsyncExitStack

    @property
    def ids(self) -> AccountIds:
        """Those of the account, as far as they are known by now."""
        return ids_of(self.connection, self.customer_id)

    async def may_send(self) -> None:
        """Raises ApplyError once it is not certain that nobody else has one of the leases."""
        for lease in self.leases.values():
            await lease.may_send()

    async def open_journals(self) -> Mapping[str, Recorder]:
        """Their journals. Raises JournalError, StoreError."""
        ids = self.ids
        journals: dict[str, Recorder] = {}
        for name, lease in self.leases.items():
            journal = await StoreJournal.open(
                self.database,
                lease,
                account=ids.journal,
                earlier_accounts=ids.earlier,
                clock=self.clock,
            )
            self.until_end.push_async_callback(journal.finish)
            journals[name] = journal
        return journals

    def slots(self, limit: int) -> OpenSlots:
        """Opens the slots for creates that all workers of the account share."""

        def open_slots(api: Api, clock: Clock, /, *, poll_s: float, timeout_s: float) -> Slots:
            lease = self._first
            place = StorePlace(
                self.database,
                lease.key.account,
                clock,
                holder=f"{lease.holder} {lease.key.name} {lease.fence}",
                limit=min(limit, self.creates),
                lease_s=lease.lease_s,
            )
            self.until_end.push_async_callback(place.close)
            return CreateSlots(
                api=api, clock=clock, place=place, poll_s=poll_s, timeout_s=timeout_s
            )

        return open_slots

    async def learn(self, customer_id: str | None) -> None:
        """Note whose account it is as it was read.

        Raises ApplyError for another customer than was noted, as the journals are another's; for
        one who is not told where the account is reached in another way than when it was noted; and
        for one that another account of the fleet leads to as well. Raises StoreError.
        """
        if self.connection.is_sandbox:
            return
        name = self._first.key.account
        if customer_id is None:
            if self.is_noted and self.access_id not in (None, self.ids.access):
                require_told_customer(name, noted=self.customer_id)
            return
        require_same_customer(name, noted=self.customer_id, told=customer_id)
        self.customer_id = customer_id
        await self.note(customer_id)
        if is_loopback(urlsplit(self.connection.endpoint).hostname or ""):
            return  # a sandbox, whose number says nothing
        async with self.database.read() as tx:
            accounts = await find_accounts_of(tx, customer_id)
        others = [account for account in accounts if account != name]
        if others:
            raise ApplyError(
                f"nothing was changed: the accounts {name} and {', '.join(others)} are both of"
                f" customer {customer_id}, and so are one account",
                hint="keep one of them in fleet.yaml",
            )

    async def note(self, customer_id: str | None) -> None:
        """Keep for the next run whose account it is. Raises StoreError."""
        access_id = self.ids.access
        is_known = self.is_noted and self.access_id == access_id
        if is_known or self.connection.is_sandbox or customer_id is None:
            return
        account = self._first.key.account
        async with self.database.write() as tx:
            await note_customer(tx, account, customer_id, access_id=access_id)
        self.is_noted, self.access_id = True, access_id

    @property
    def _first(self) -> Lease:
        return next(iter(self.leases.values()))


@dataclass(frozen=True, slots=True, kw_only=True)
class LeaseHold:
    """Implements `Hold` for the stack whose `lease` the worker has.

    `creates` are the most creates at a time that the account takes from all workers together.
    """

    database: Database
    lease: Lease
    creates: int = 10

    @asynccontextmanager
    async def __call__(
        self, run: Run, stacks: Iterable[Stack], execution: Execution, tell: Callable[[str], None]
    ) -> AsyncIterator[Held]:
        """Raises LockedError where another worker has one of the names, ApiError, StoreError."""
        own = self.lease.key
        names = dict.fromkeys(name for stack in stacks for name in stack.names)
        async with AsyncExitStack() as until_end:
            leases = {own.name: self.lease}
            for name in names:
                if name not in leases:
                    leases[name] = await self._take(name, run.clock, until_end)
            noted, access_id = await self._read_customer(run)
            yield LeasedStacks(
                database=self.database,
                clock=run.clock,
                connection=run.connection,
                customer_id=noted or await _ask_customer(run),
                is_noted=noted is not None,
                access_id=access_id,
                leases=leases,
                creates=self.creates,
                until_end=until_end,
            )

    async def _take(self, name: str, clock: Clock, until_end: AsyncExitStack) -> Lease:
        own = self.lease
        account = own.key.account
        holding = hold_lease(self.database, clock, "stack", account, name, own.holder, own.lease_s)
        lease = await until_end.enter_async_context(holding)
        if lease is not None:
            return lease
        key = LeaseKey(kind="stack", account=account, name=name)
        async with self.database.read() as tx:
            found = await find_holder(tx, key)
        whose = f": {found.holder} has its lease" if found is not None else ""
        raise LockedError(
            f"another run of {key} is under way{whose}", hint="it is tried again later"
        )

    async def _read_customer(self, run: Run) -> tuple[str | None, str | None]:
        if run.connection.is_sandbox:
            return None, None
        account = self.lease.key.account
        async with self.database.read() as tx:
            return await find_customer(tx, account), await find_access(tx, account)


async def _ask_customer(run: Run) -> str | None:
    """What the API tells, once for each account. The embedded one is an account of its own for each
    file of data, whatever its customer."""
    return None if run.connection.is_sandbox else await run.client.find_customer()
