"""Puts the parts of a fleet together: its database, its accounts, and what a worker works with.

Who takes the jobs, and for how long, belongs to `service.py`.
"""

from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from secrets import token_hex

from ccloud_apply.clock import Clock, SystemClock
from ccloud_apply.fleet.lease.hold import LeaseHold
from ccloud_apply.fleet.lease.lease import Lease, hold_lease
from ccloud_apply.fleet.model.config import FleetConfig
from ccloud_apply.fleet.model.lease import LeaseKind
from ccloud_apply.fleet.open_accounts import OpenAccounts
from ccloud_apply.fleet.sources.poll import Polled, poll_source
from ccloud_apply.fleet.store.connect import open_database
from ccloud_apply.fleet.store.database import Database
from ccloud_apply.fleet.work.context import Context
from ccloud_apply.fleet.work.loading import Loader
from ccloud_apply.fleet.work.result import RunEnd
from ccloud_apply.lazy_dataclass import dataclass
from ccloud_apply.workflows.account.connection import GRACE_S, Execution

LEASE_PART = 0.9
"""A lease is at most this part of the grace: see docs/concepts/leases.md."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FleetMeans:
    """What whoever works for a fleet is given by the command line.

    `execution` says how plans are applied; its work dir is the fleet's too. `person` is who has
    called, for the audit. `warn` is told what somebody should know, `on_end` of each run and
    `on_poll` of each poll that has ended here.
    """

    config: FleetConfig
    environment: Mapping[str, str]
    execution: Execution
    plan_key: str | None = None
    person: str | None = None
    warn: Callable[[str], None] = lambda text: None
    on_end: Callable[[RunEnd], None] = lambda end: None
    on_poll: Callable[[str, Polled], None] = lambda source, polled: None
    clock: Clock = SystemClock()

    @property
    def work_dir(self) -> str:
        """The folder of the database, the checkouts and the data of embedded APIs."""
        return self.execution.work_dir


@asynccontextmanager
async def open_fleet(means: FleetMeans) -> AsyncIterator[Context]:
    """The means of a worker with a new name, until the body ends.

    Raises StoreError, UsageError, UnreadableReferenceError.
    """
    async with (
        open_database(means.config, means.environment, means.work_dir) as database,
        build_context(means, database, name_worker()) as context,
    ):
        yield context


@asynccontextmanager
async def build_context(
    means: FleetMeans, database: Database, worker: str
) -> AsyncIterator[Context]:
    """The same on a database that is open already."""
    config, clock = means.config, means.clock
    accounts = OpenAccounts(
        config, means.environment, database=database, clock=clock, work_dir=means.work_dir
    )
    loader = Loader(config=config, environment=means.environment, work_dir=means.work_dir)
    lease_s = find_lease_s(config, means.execution, means.warn)

    def take(kind: LeaseKind, account: str, name: str) -> AbstractAsyncContextManager[Lease | None]:
        return hold_lease(database, clock, kind, account, name, worker, lease_s)

    async def poll(name: str) -> Polled | None:
        async with take("source", "", name) as lease:
            if lease is None:
                return None
            polled = await poll_source(
                database,
                config,
                name,
                environment=means.environment,
                work_dir=means.work_dir,
                write=lambda: lease.write(database),
            )
        means.on_poll(name, polled)
        return polled

    def hold_for(lease: Lease) -> LeaseHold:
        account = config.accounts[lease.key.account]
        return LeaseHold(database=database, lease=lease, creates=account.creates)

    try:
        yield Context(
            database=database,
            config=config,
            worker=worker,
            clock=clock,
            open_account=accounts.open,
            renew_account=accounts.renew,
            load=loader.load,
            poll=poll,
            hold_lease=take,
            hold_for=hold_for,
            execution=means.execution,
            plan_key=means.plan_key,
            warn=means.warn,
            on_end=means.on_end,
        )
    finally:
        await accounts.close()


def name_worker() -> str:
    """A name that no other process has had: where it runs, and something of its own."""
    import os
    import socket

    return f"{socket.gethostname()}-{os.getpid()}-{token_hex(2)}"


def find_lease_s(config: FleetConfig, execution: Execution, warn: Callable[[str], None]) -> float:
    """How long a lease lasts (seconds): less than a lost answer is looked for, or a frozen worker
    could send after that. Embedded APIs lose no answers, so they set no limit."""
    grace_s = GRACE_S if execution.grace_s is None else execution.grace_s
    if grace_s <= 0 or config.lease_s < grace_s:
        return config.lease_s
    lease_s = grace_s * LEASE_PART
    warn(
        f"lease: {config.lease_s:g} s is not less than CCLOUD_GRACE ({grace_s:g} s), so"
        f" {lease_s:g} s are taken"
    )
    return lease_s
