"""A lease in the hands of its holder: renewed in the background, and lost without a doubt.

The database says who has it. What the holder believes ends earlier: its own clock starts before
the database's does. How it is taken and given back is `store/statements/lease.py`.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from ccloud_apply.clock import Clock, elapsed_s
from ccloud_apply.errors import ApplyError, StoreError
from ccloud_apply.fleet.model.lease import LeaseKey, LeaseKind
from ccloud_apply.fleet.store.database import Database, Transaction
from ccloud_apply.fleet.store.statements.lease import give_back_lease, renew_lease, take_lease

MARGIN_S = 2.0
"""Seconds before its end from which nothing is sent any more: for the way to the socket."""

_TAKEN = "has ended or is another worker's"
_HINT = "the next run begins with what is noted in the journal"
_RENEWALS = 3
"""How often a lease is renewed in its time; one that fails is tried again eight times as often."""


class Lease:
    """A lease that was taken. `is_lost` is set once it has ended otherwise than by `give_back`."""

    def __init__(
        self,
        key: LeaseKey,
        *,
        holder: str,
        fence: int,
        lease_s: float,
        clock: Clock,
        asked_s: float,
    ) -> None:
        self.key = key
        self.holder = holder
        self.fence = fence
        self.lease_s = lease_s
        self.is_lost = asyncio.Event()
        self.why_lost = ""
        self._clock = clock
        self._ends_s = asked_s + lease_s
        self._is_given_back = False

    @property
    def left_s(self) -> float:
        """Seconds until it ends if it is not renewed, those of a suspended machine included."""
        return self._ends_s - elapsed_s(self._clock)

    @property
    def is_safe(self) -> bool:
        """True while it is certain that nobody else has it, and for some time still."""
        margin_s = min(MARGIN_S, self.lease_s / 4)
        return not self._is_given_back and not self.is_lost.is_set() and self.left_s > margin_s

    async def may_send(self) -> None:
        """Asked right before a change leaves. Raises ApplyError: it is not sent."""
        if not self.is_safe:
            raise ApplyError(
                f"not sent: the lease of {self.key} {self.why_lost or 'has ended'}",
                hint=_HINT,
            )

    @asynccontextmanager
    async def write(self, database: Database) -> AsyncIterator[Transaction]:
        """A transaction all of which is done by the holder of the lease; it renews the lease.

        Raises ApplyError where the lease is lost: then nothing is written. Raises StoreError.
        """
        asked_s = elapsed_s(self._clock)
        async with database.write() as tx:
            await self._require(tx)
            yield tx
        # Only now is it certain that the database has noted it as well.
        self._ends_s = max(self._ends_s, asked_s + self.lease_s)

    async def _require(self, tx: Transaction) -> None:
        if not self.is_lost.is_set() and not self._is_given_back:
            is_ours = await renew_lease(
                tx, self.key, holder=self.holder, fence=self.fence, lease_s=self.lease_s
            )
            if is_ours:
                return
            self.lose(_TAKEN)
        why = self.why_lost or "was given back"
        raise ApplyError(f"the lease of {self.key} {why}", hint=_HINT)

    async def give_back(self, tx: Transaction) -> bool:
        """Give it back in this transaction, all of which is then done by its holder; False if it
        is lost: nothing may be written. Raises StoreError."""
        if self.is_lost.is_set() or self._is_given_back:
            return False
        self._is_given_back = True  # if the transaction fails, it ends by itself
        if not await give_back_lease(tx, self.key, holder=self.holder, fence=self.fence):
            self.lose(_TAKEN)
            return False
        return True

    def lose(self, why: str) -> None:
        """From here on it is not ours."""
        if not self.is_lost.is_set():
            self.why_lost = why
            self.is_lost.set()

    async def keep(self, database: Database) -> None:
        """Renew it until it is given back or lost."""
        pause_s = self.lease_s / _RENEWALS
        while not self._is_given_back and not self.is_lost.is_set():
            await self._clock.sleep(min(pause_s, max(0.0, self.left_s)))
            if self._is_given_back:
                return
            pause_s = self.lease_s / _RENEWALS
            if not await self._renew(database):
                pause_s /= 8
                if self.left_s <= 0:
                    self.lose("has ended before it could be renewed")

    async def _renew(self, database: Database) -> bool:
        """False if the database could not be asked, or not in time."""
        try:
            async with asyncio.timeout(max(0.0, self.left_s)), self.write(database):
                pass
        except (StoreError, TimeoutError):
            return False
        except ApplyError:
            pass  # lost, or given back meanwhile
        return True


@asynccontextmanager
async def hold_lease(
    database: Database,
    clock: Clock,
    kind: LeaseKind,
    account: str,
    name: str,
    holder: str,
    lease_s: float,
) -> AsyncIterator[Lease | None]:
    """The lease, renewed until the body ends and given back then; None if another worker has it.

    Raises StoreError where it cannot be taken.
    """
    key = LeaseKey(kind=kind, account=account, name=name)
    asked_s = elapsed_s(clock)
    async with database.write() as tx:
        fence = await take_lease(tx, key, holder=holder, lease_s=lease_s)
    if fence is None:
        yield None
        return
    lease = Lease(key, holder=holder, fence=fence, lease_s=lease_s, clock=clock, asked_s=asked_s)
    keeping = asyncio.create_task(lease.keep(database), name=f"lease of {key}")
    try:
        yield lease
    finally:
        keeping.cancel()
        await asyncio.gather(keeping, return_exceptions=True)
        if not lease.is_lost.is_set() and lease.left_s > 0:
            with suppress(StoreError, TimeoutError):  # then it ends by itself
                async with asyncio.timeout(lease.left_s), database.write() as tx:
                    await lease.give_back(tx)
