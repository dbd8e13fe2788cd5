"""The accounts that this process has open: one client each, shared by all sweeps and runs."""

import asyncio
from collections.abc import Mapping
from contextlib import AsyncExitStack
from dataclasses import replace

from ccloud_apply.clock import Clock
from ccloud_apply.errors import UsageError
from ccloud_apply.fleet.accounts import open_account
from ccloud_apply.fleet.lease.permits import StorePermits
from ccloud_apply.fleet.model.config import FleetConfig
from ccloud_apply.fleet.store.database import Database
from ccloud_apply.lazy_dataclass import dataclass
from ccloud_apply.workflows.account.run import Run


@dataclass(frozen=True, slots=True, kw_only=True)
class _Open:
    """An open account. `since_s` is when it was opened, or replaced, by the monotonic clock."""

    run: Run
    until_end: AsyncExitStack
    since_s: float


YOUNG_S = 30.0
"""An account that was opened so recently has the newest credentials."""

UNUSED_S = 600.0
"""After so many seconds nobody uses a client whose credentials were refused."""


class OpenAccounts:
    """Opens an account when it is first needed, and keeps it open until `close`."""

    def __init__(
        self,
        config: FleetConfig,
        environment: Mapping[str, str],
        *,
        database: Database,
        clock: Clock,
        work_dir: str,
    ) -> None:
        self._config = config
        self._environment = environment
        self._database = database
        self._clock = clock
        self._work_dir = work_dir
        self._open: dict[str, _Open] = {}
        self._retired: list[_Open] = []
        self._locks: dict[str, asyncio.Lock] = {}

    async def open(self, name: str) -> Run:
        """The open account. Raises UsageError for one that `fleet.yaml` does not have, and
        UnreadableReferenceError for credentials that cannot be read."""
        async with self._locks.setdefault(name, asyncio.Lock()):
            await self._close_unused()
            found = self._open.get(name)
            if found is None:
                found = self._open[name] = await self._connect(name)
            return found.run

    def renew(self, name: str) -> None:
        """Have the credentials read again by whoever opens the account next: they were refused.

        Whoever uses the old client may end what it does.
        """
        found, now_s = self._open.get(name), self._clock.monotonic()
        if found is not None and now_s - found.since_s > YOUNG_S:
            del self._open[name]
            self._retired.append(replace(found, since_s=now_s))

    async def close(self) -> None:
        """Close all of them."""
        opened = [*self._open.values(), *self._retired]
        self._open.clear()
        self._retired.clear()
        for one in opened:
            await one.until_end.aclose()

    async def _close_unused(self) -> None:
        now_s = self._clock.monotonic()
        unused = [one for one in self._retired if now_s - one.since_s > UNUSED_S]
        self._retired = [one for one in self._retired if one not in unused]
        for one in unused:
            await one.until_end.aclose()

    async def _connect(self, name: str) -> _Open:
        account = self._config.accounts.get(name)
        if account is None:
            raise UsageError(
                f"there is no account {name} in {self._config.path}",
                hint="add it under accounts:, or give the source another account",
            )
        permits = StorePermits(
            self._database,
            name,
            self._clock,
            requests_per_second=account.requests_per_second,
        )
        async with AsyncExitStack() as until_end:
            run = await until_end.enter_async_context(
                open_account(account, self._environment, work_dir=self._work_dir, permits=permits)
            )
            since_s = self._clock.monotonic()
            return _Open(run=run, until_end=until_end.pop_all(), since_s=since_s)
