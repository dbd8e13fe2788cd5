"""A lease in the hands of its holder, in virtual time."""

import asyncio
import time
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest

from ccloud_apply.clock import SystemClock, elapsed_s
from ccloud_apply.errors import ApplyError, StoreError
from ccloud_apply.fleet.lease.lease import MARGIN_S, Lease, hold_lease
from ccloud_apply.fleet.model.lease import LeaseKey
from ccloud_apply.fleet.store.statements.lease import find_holder, take_lease
from tests.support.leases import Unreliable, run_with_store
from tests.support.virtual_time import VirtualClock, run_virtually

KEY = LeaseKey(kind="stack", account="a", name="web")


def hold(database: Unreliable, holder: str = "w1", lease_s: float = 30) -> Any:
    return hold_lease(database, VirtualClock(), "stack", "a", "web", holder, lease_s)


async def sleep(seconds: float) -> None:
    await VirtualClock().sleep(seconds)


async def take_over(database: Unreliable) -> int | None:
    async with database.write() as tx:
        return await take_lease(tx, KEY, holder="w2", lease_s=30)


def test_it_is_renewed_while_its_holder_works_however_long_that_takes(tmp_path: Path) -> None:
    async def test(database: Unreliable) -> None:
        async with hold(database) as lease:
            before = database.transactions
            for _ in range(20):
                await sleep(60)
                await lease.may_send()
                assert await take_over(database) is None
            assert database.transactions - before == 20 + 119  # three times in its time
            assert not lease.is_lost.is_set()
        assert await take_over(database) == lease.fence + 1

    run_with_store(tmp_path, test)


def test_another_worker_gets_none_meanwhile(tmp_path: Path) -> None:
    async def test(database: Unreliable) -> None:
        async with hold(database) as first:
            async with hold(database, "w2") as second:
                assert second is None
            assert first.is_safe
        async with hold(database, "w2") as second:
            assert second.fence == first.fence + 1

    run_with_store(tmp_path, test)


def test_nothing_is_sent_from_a_little_before_its_end_on(tmp_path: Path) -> None:
    async def test(database: Unreliable) -> None:
        async with hold(database) as lease:
            database.trouble = "hangs"
            await sleep(30 - MARGIN_S - 0.001)
            await lease.may_send()
            await sleep(0.001)
            with pytest.raises(ApplyError, match="not sent: the lease of the stack web") as caught:
                await lease.may_send()
            assert caught.value.hint
            assert not lease.is_lost.is_set()
            await sleep(MARGIN_S)
            assert lease.is_lost.is_set()
            assert lease.why_lost == "has ended before it could be renewed"
            database.trouble = ""
            assert await take_over(database) == 2

    run_with_store(tmp_path, test)


@pytest.mark.parametrize("lease_s", [1, 5, 300])
def test_a_short_lease_lets_something_be_sent_too(tmp_path: Path, lease_s: float) -> None:
    async def test(database: Unreliable) -> None:
        async with hold(database, lease_s=lease_s) as lease:
            for _ in range(10):
                await sleep(lease_s / 2.5)
                await lease.may_send()

    run_with_store(tmp_path, test)


def test_a_database_that_is_away_for_less_than_the_lease_loses_none(tmp_path: Path) -> None:
    async def test(database: Unreliable) -> None:
        async with hold(database) as lease:
            await sleep(9)
            database.trouble = "away"
            await sleep(19)
            database.trouble = ""
            await sleep(30)
            await lease.may_send()
            assert not lease.is_lost.is_set()

    run_with_store(tmp_path, test)


def test_what_may_not_be_renewed_does_not_last_longer_for_its_holder(tmp_path: Path) -> None:
    """The database has done it, and the holder does not know: it ends earlier for the holder."""

    async def test(database: Unreliable) -> None:
        async with hold(database) as lease:
            database.trouble = "unanswered"
            await sleep(28.5)
            assert not lease.is_safe
            database.trouble = ""
            await sleep(1.4)
            await lease.may_send()  # answered in time
            database.trouble = "unanswered"
            await sleep(31)
            assert lease.is_lost.is_set()
            database.trouble = ""
            assert await take_over(database) is None  # nobody can have it yet

    run_with_store(tmp_path, test)


def test_who_was_frozen_finds_out_that_another_worker_has_it(tmp_path: Path) -> None:
    async def test(database: Unreliable) -> None:
        async with hold(database) as lease:
            with patch.object(Lease, "_renew", lambda _self, _database: sleep(40)):
                await sleep(41)  # frozen: nothing renews it
            assert await take_over(database) == 2
            with pytest.raises(ApplyError, match="not sent"):
                await lease.may_send()
            with pytest.raises(ApplyError, match="is another worker's"):
                async with lease.write(database):
                    raise AssertionError("nothing may be written")
            assert lease.is_lost.is_set()
            async with database.write() as tx:
                assert not await lease.give_back(tx)
        async with database.read() as tx:
            holder = await find_holder(tx, KEY)
        assert holder is not None  # whose it is was left alone
        assert holder.holder == "w2"

    run_with_store(tmp_path, test)


def test_a_lease_that_is_given_back_with_the_last_write_counts_as_kept(tmp_path: Path) -> None:
    async def test(database: Unreliable) -> None:
        async with hold(database) as lease:
            async with database.write() as tx:
                assert await lease.give_back(tx)
            assert await take_over(database) == 2
            await sleep(100)
            assert not lease.is_lost.is_set()
            with pytest.raises(ApplyError):
                await lease.may_send()
            with pytest.raises(ApplyError, match="was given back"):
                async with lease.write(database):
                    raise AssertionError("nothing may be written")

    run_with_store(tmp_path, test)


def test_an_error_of_its_holder_gives_it_back_too(tmp_path: Path) -> None:
    async def test(database: Unreliable) -> None:
        async def fail() -> None:
            async with hold(database):
                raise ZeroDivisionError

        with pytest.raises(ZeroDivisionError):
            await fail()
        assert await take_over(database) == 2

    run_with_store(tmp_path, test)


def test_a_database_that_is_away_at_the_end_hides_no_error_and_hangs_nobody(tmp_path: Path) -> None:
    async def test(database: Unreliable) -> None:
        for trouble in ("away", "hangs"):
            async with hold(database):
                database.trouble = trouble
            database.trouble = ""
            await sleep(31)
        assert VirtualClock().monotonic() < 100

    run_with_store(tmp_path, test)


def test_a_lease_that_cannot_be_taken_is_an_error(tmp_path: Path) -> None:
    async def test(database: Unreliable) -> None:
        database.trouble = "away"
        with pytest.raises(StoreError, match="is away"):
            async with hold(database):
                raise AssertionError("it has none")

    run_with_store(tmp_path, test)


def test_whoever_is_cancelled_gives_it_back(tmp_path: Path) -> None:
    async def test(database: Unreliable) -> None:
        async def work() -> None:
            async with hold(database):
                await sleep(1000)

        task = asyncio.create_task(work())
        await sleep(5)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        assert await take_over(database) == 2

    run_with_store(tmp_path, test)


def test_seconds_of_a_suspended_machine_count() -> None:
    with patch.object(time, "clock_gettime", lambda clock: {time.CLOCK_BOOTTIME: 1234.5}[clock]):
        assert elapsed_s(SystemClock()) == 1234.5

    async def virtual() -> None:
        await sleep(7)
        assert elapsed_s(VirtualClock()) == 7

    run_virtually(virtual())
