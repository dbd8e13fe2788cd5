"""Slots for creates that several workers share, in virtual time."""

import asyncio
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from ccloud_apply.apply.workdir.slots import Occupied
from ccloud_apply.errors import ApplyError
from ccloud_apply.fleet.lease.slots import LOOK_S, StorePlace, StoreSlot
from ccloud_apply.fleet.store.statements.slots import lock_slots
from tests.support.leases import Unreliable, run_with_store
from tests.support.virtual_time import VirtualClock

LEASE_S = 30.0


def place(database: Unreliable, holder: str, limit: int = 3) -> StorePlace:
    return StorePlace(database, "a", VirtualClock(), holder=holder, limit=limit, lease_s=LEASE_S)


async def take(one: StorePlace, *running: int) -> Any:
    await VirtualClock().sleep(LOOK_S)  # so that a look is a new one
    with ExitStack() as line:
        return await one.take(running, line)


async def wait() -> None:
    """For what is written in the background."""
    await VirtualClock().sleep(0.001)


def test_workers_together_get_as_many_as_the_account_takes(tmp_path: Path) -> None:
    async def test(database: Unreliable) -> None:
        one, other = place(database, "w1"), place(database, "w2")
        slots = [await take(one), await take(other), await take(one)]
        assert all(isinstance(slot, StoreSlot) for slot in slots)
        assert await take(other) == Occupied(held=3, others=0, is_next=True)
        slots[0].release(has_ended=True)
        slots[0].release(has_ended=True)
        await wait()
        assert isinstance(await take(other), StoreSlot)
        await one.close()
        await other.close()

    run_with_store(tmp_path, test)


def test_of_many_at_a_time_never_more_than_the_limit_get_one(tmp_path: Path) -> None:
    async def test(database: Unreliable) -> None:
        places = [place(database, f"w{number}") for number in range(8)]
        found = await asyncio.gather(*(take(one) for one in places))
        assert sum(isinstance(one, StoreSlot) for one in found) == 3
        for one in places:
            await one.close()

    run_with_store(tmp_path, test)


def test_creates_of_others_count_and_our_own_are_not_counted_twice(tmp_path: Path) -> None:
    async def test(database: Unreliable) -> None:
        one, other = place(database, "w1"), place(database, "w2")
        slot = await take(one)
        slot.note_task(7)
        await wait()
        assert isinstance(await take(other, 7), StoreSlot)
        assert await take(other, 7, 8) == Occupied(held=2, others=1, is_next=True)
        slot.release(has_ended=True)  # 7 has ended, which the list of the other does not show yet
        await wait()
        assert isinstance(await take(other, 7, 8), StoreSlot)
        await one.close()
        await other.close()

    run_with_store(tmp_path, test)


def test_a_slot_lasts_as_long_as_its_create_and_ends_with_its_worker(tmp_path: Path) -> None:
    async def test(database: Unreliable) -> None:
        one, other = place(database, "w1", 1), place(database, "w2", 1)
        slot = await take(one)
        slot.note_task(7)
        await VirtualClock().sleep(600)
        assert await take(other, 7) == Occupied(held=1, others=0, is_next=True)
        database.trouble = "away"  # as if it were dead: it renews nothing
        await VirtualClock().sleep(LEASE_S + 1)
        database.trouble = ""
        # What it had under way goes on, as somebody's.
        assert await take(other, 7) == Occupied(held=0, others=1, is_next=True)
        assert isinstance(await take(other), StoreSlot)
        slot.release(has_ended=True)  # it wakes up, and takes nothing away from anybody
        await one.close()
        async with database.read() as tx:
            (row,) = await lock_slots(tx, "a")
        assert (row.holder, row.is_held) == ("w2", True)
        await other.close()

    run_with_store(tmp_path, test)


def test_the_end_of_an_apply_gives_all_back_and_waits_until_that_is_written(
    tmp_path: Path,
) -> None:
    async def test(database: Unreliable) -> None:
        one = place(database, "w1")
        for number in range(3):
            (await take(one)).note_task(number)
        await one.close()
        async with database.read() as tx:
            rows = await lock_slots(tx, "a")
        assert [(row.is_held, row.holder) for row in rows] == [(False, None)] * 3
        before = database.transactions
        await VirtualClock().sleep(LEASE_S * 3)
        assert database.transactions == before  # nothing is renewed any more

    run_with_store(tmp_path, test)


def test_creates_that_wait_share_a_look(tmp_path: Path) -> None:
    async def test(database: Unreliable) -> None:
        one, other = place(database, "w1", 1), place(database, "w2", 1)
        await take(one)
        await take(other)
        before = database.transactions
        with ExitStack() as line:
            for _ in range(9):
                assert isinstance(await other.take((), line), Occupied)
        assert database.transactions == before
        await one.close()

    run_with_store(tmp_path, test)


def test_a_database_that_is_away_is_an_error_of_the_create(tmp_path: Path) -> None:
    async def test(database: Unreliable) -> None:
        one = place(database, "w1")
        database.trouble = "away"
        with pytest.raises(ApplyError, match=r"slots for creates .* is away") as caught:
            await take(one)
        assert caught.value.hint == "start it"

    run_with_store(tmp_path, test)
