"""What the jobs of one worker work with: each part is a plain function, so that all of them can be
tried without a network, a repository or a second process."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from contextlib import AbstractAsyncContextManager
from dataclasses import field
from random import random

from ccloud_apply.clock import Clock
from ccloud_apply.fleet.lease.lease import Lease
from ccloud_apply.fleet.model.config import FleetConfig
from ccloud_apply.fleet.model.lease import LeaseKind
from ccloud_apply.fleet.sources.poll import Polled
from ccloud_apply.fleet.store.database import Database
from ccloud_apply.fleet.store.statements.runs import StackRow
from ccloud_apply.fleet.work.loading import Loaded
from ccloud_apply.fleet.work.result import RunEnd
from ccloud_apply.lazy_dataclass import dataclass
from ccloud_apply.workflows.account.connection import Execution
from ccloud_apply.workflows.account.held_stacks import Hold
from ccloud_apply.workflows.account.run import Run

HoldLease = Callable[[LeaseKind, str, str], AbstractAsyncContextManager[Lease | None]]
"""Takes the lease of a kind, an account and a name; None if it is somebody else's."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """The means of a worker.

    `open_account` gives the open client of an account, which all its sweeps and runs share, and
    `renew_account` has its credentials read again. `load` reads stacks from the checkouts that
    their rows name, and `hold_for` gives what `apply` holds its stacks with. `plan_key` signs saved
    plans, as CCLOUD_PLAN_KEY does. `on_end` is told of each run once it is noted, `warn` what
    somebody should know. `stop` asks what runs to send nothing more.
    """

    database: Database
    config: FleetConfig
    worker: str
    clock: Clock
    open_account: Callable[[str], Awaitable[Run]]
    renew_account: Callable[[str], None]
    load: Callable[[Iterable[StackRow]], AbstractAsyncContextManager[Loaded]]
    poll: Callable[[str], Awaitable[Polled | None]]
    hold_lease: HoldLease
    hold_for: Callable[[Lease], Hold]
    execution: Execution = field(default_factory=Execution)
    plan_key: str | None = field(default=None, repr=False)
    chance: Callable[[], float] = random
    warn: Callable[[str], None] = lambda text: None
    on_end: Callable[[RunEnd], None] = lambda end: None
    stop: asyncio.Event = field(default_factory=asyncio.Event)
