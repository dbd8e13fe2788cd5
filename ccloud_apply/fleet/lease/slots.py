"""The slots for creates that all workers of an account share, for one apply.

When a slot is waited for and what others have under way is `apply/once/creates/slots.py`.
"""

import asyncio
from collections.abc import Awaitable, Callable, Collection, Sequence
from contextlib import ExitStack
from functools import partial

from ccloud_apply.apply.once.creates.slots import HeldSlot
from ccloud_apply.apply.workdir.slots import Occupied
from ccloud_apply.clock import Clock
from ccloud_apply.errors import ApplyError, StoreError
from ccloud_apply.fleet.lease.batches import Batches
from ccloud_apply.fleet.store.database import Database, Transaction
from ccloud_apply.fleet.store.statements.slots import (
    SlotRow,
    lock_slots,
    note_slot_task,
    release_slot,
    renew_slot,
    take_slot,
)

LOOK_S = 0.25
"""Seconds for which all creates of one apply believe one look that has found no slot."""

_Write = Callable[[Transaction], Awaitable[None]]


class StoreSlot:
    """A slot that is held. What it says and when it is given back is written soon afterwards."""

    def __init__(self, place: "StorePlace", number: int) -> None:
        self._place = place
        self.number = number
        self.is_held = True

    def note_task(self, task_id: int) -> None:
        """Say which task it is held for."""
        self._place.write(partial(note_slot_task, task_id=task_id), self)

    def release(self, *, has_ended: bool = False) -> None:
        """Give it back; a second time does nothing. `has_ended`: what it was held for has."""
        if self.is_held:
            self.is_held = False
            self._place.write(partial(release_slot, has_ended=has_ended), self)


class StorePlace:
    """The slots of one account, for one apply; `holder` is who takes them, once in the fleet.

    They are renewed until `close`.
    """

    def __init__(
        self,
        database: Database,
        account: str,
        clock: Clock,
        *,
        holder: str,
        limit: int,
        lease_s: float,
    ) -> None:
        self._database = database
        self._account = account
        self._clock = clock
        self._holder = holder
        self.limit = limit
        self._lease_s = lease_s
        self._taken: list[StoreSlot] = []
        self._writes: Batches[_Write] = Batches(self._write_all)
        self._renewing: asyncio.Task[None] | None = None
        self._looked: tuple[float, Occupied] | None = None

    async def take(self, running: Collection[int], line: ExitStack) -> HeldSlot | Occupied | None:
        """A slot, or why there is none. Raises ApplyError."""
        if self._looked is not None and self._clock.monotonic() - self._looked[0] < LOOK_S:
            return self._looked[1]
        try:
            async with self._database.write() as tx:
                found = await self._take(tx, running)
        except StoreError as error:
            raise ApplyError(
                f"the slots for creates cannot be used: {error.message}", hint=error.hint
            ) from error
        if isinstance(found, Occupied):
            self._looked = (self._clock.monotonic(), found)
            return found
        slot = StoreSlot(self, found)
        self._taken.append(slot)
        if self._renewing is None:
            self._renewing = asyncio.create_task(self._renew())
        return slot

    async def _take(self, tx: Transaction, running: Collection[int]) -> int | Occupied:
        rows = await lock_slots(tx, self._account)
        held = {row.number for row in rows if row.is_held}
        others = len(set(running) - _known_tasks(rows))
        free = next((number for number in range(self.limit) if number not in held), None)
        if free is not None and len(held) + others < self.limit:
            lease_s = self._lease_s
            if await take_slot(tx, self._account, free, holder=self._holder, lease_s=lease_s):
                return free
        return Occupied(held=len(held), others=others, is_next=True)

    def write(self, statement: Callable[..., Awaitable[None]], slot: StoreSlot) -> None:
        """Have this said of a slot soon. Where it cannot be, the slot ends by itself."""

        def say(tx: Transaction) -> Awaitable[None]:
            return statement(tx, self._account, slot.number, holder=self._holder)

        self._writes.put(say).add_done_callback(lambda done: done.cancelled() or done.exception())

    async def close(self) -> None:
        """Give back all that are still held, and come back once that is written."""
        for slot in self._taken:
            slot.release()
        if self._renewing is not None:
            self._renewing.cancel()
            await asyncio.gather(self._renewing, return_exceptions=True)
        await self._writes.finish()

    async def _write_all(self, writes: Sequence[_Write]) -> None:
        async with self._database.write() as tx:
            for write in writes:
                await write(tx)

    async def _renew(self) -> None:
        while True:
            await self._clock.sleep(self._lease_s / 3)
            self._taken = [slot for slot in self._taken if slot.is_held]
            for slot in self._taken:
                self.write(partial(renew_slot, lease_s=self._lease_s), slot)


def _known_tasks(rows: Sequence[SlotRow]) -> set[int | None]:
    """The tasks that are not to be counted beside the slots: those of slots that are held, and
    those that have ended. The holder of any other is gone, and what it had under way goes on."""
    return {row.task_id for row in rows if row.is_held or row.holder is None}
