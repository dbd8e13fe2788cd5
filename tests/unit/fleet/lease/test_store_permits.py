"""Permits that several workers share, in virtual time: the account's pace, and its pauses."""

import asyncio
from pathlib import Path
from typing import Any

import pytest

from ccloud_apply.fleet.lease.permits import BATCH_S, StorePermits
from tests.support.leases import Test, Unreliable, run_with_store
from tests.support.virtual_time import VirtualClock


def run(folder: Path, test: Test) -> Any:
    return run_with_store(folder, test, accounts=("a",))


def permits(database: Unreliable, rate: float | None, account: str = "a") -> StorePermits:
    return StorePermits(database, account, VirtualClock(), requests_per_second=rate)


def now() -> float:
    return VirtualClock().monotonic()


async def send(one: StorePermits, count: int, moments: list[float]) -> None:
    async def send_one() -> None:
        await one.acquire()
        moments.append(now())

    await asyncio.gather(*(send_one() for _ in range(count)))


@pytest.mark.parametrize("rate", [0.5, 1, 10, 33.3, 200])
def test_workers_together_keep_the_pace_of_the_account(tmp_path: Path, rate: float) -> None:
    async def test(database: Unreliable) -> None:
        moments: list[float] = []
        await asyncio.gather(*(send(permits(database, rate), 30, moments) for _ in range(4)))
        assert len(moments) == 120
        # In any second not more than the account takes, and one batch that was left from before.
        moments.sort()
        for number, moment in enumerate(moments):
            within = [one for one in moments[number:] if one < moment + 1]
            assert len(within) <= rate * 1.1 + 1
        assert moments[-1] >= 119 / rate - 1e-3
        assert moments[-1] <= 120 / rate + 4 * BATCH_S  # the last batch of each may be left over

    run(tmp_path, test)


def test_permits_come_in_batches(tmp_path: Path) -> None:
    async def test(database: Unreliable) -> None:
        await send(permits(database, 200), 200, [])
        assert database.transactions == 10

    run(tmp_path, test)


def test_nobody_saves_permits_up(tmp_path: Path) -> None:
    async def test(database: Unreliable) -> None:
        one, moments = permits(database, 100), list[float]()
        await send(one, 1, moments)  # nine of its batch are left
        await VirtualClock().sleep(60)
        moments.clear()
        await send(one, 20, moments)
        assert moments[-1] - moments[0] == pytest.approx(19 / 100, abs=1e-4)

    run(tmp_path, test)


def test_first_come_first_served(tmp_path: Path) -> None:
    async def test(database: Unreliable) -> None:
        one, order = permits(database, 10), list[int]()

        async def send_one(number: int) -> None:
            await one.acquire()
            order.append(number)

        await asyncio.gather(*(send_one(number) for number in range(30)))
        assert order == list(range(30))

    run(tmp_path, test)


@pytest.mark.parametrize("rate", [None, 10])
def test_a_pause_that_one_worker_was_asked_for_holds_all_of_them_back(
    tmp_path: Path, rate: float | None
) -> None:
    async def test(database: Unreliable) -> None:
        one, other = permits(database, rate), permits(database, rate)
        await other.acquire()
        await one.close_for(30)
        await VirtualClock().sleep(1.5)
        await other.acquire()
        assert now() == pytest.approx(30, abs=0.2)
        await one.acquire()
        assert now() == pytest.approx(30, abs=0.2)

    run(tmp_path, test)


def test_without_a_rate_the_database_is_asked_once_a_second_at_most(tmp_path: Path) -> None:
    async def test(database: Unreliable) -> None:
        one = permits(database, None)
        await send(one, 100, [])
        assert (database.transactions, now()) == (1, 0)
        await VirtualClock().sleep(2)
        await send(one, 100, [])
        assert database.transactions == 2

    run(tmp_path, test)


@pytest.mark.parametrize("rate", [None, 10])
def test_a_database_that_is_away_stops_no_request_and_hurries_none(
    tmp_path: Path, rate: float | None
) -> None:
    async def test(database: Unreliable) -> None:
        database.trouble = "away"
        one, moments = permits(database, rate), list[float]()
        await send(one, 20, moments)
        assert moments[-1] >= (0 if rate is None else 19 / rate - 1e-9)
        await one.close_for(5)
        begin = now()
        await one.acquire()
        assert now() - begin >= 4.9

    run(tmp_path, test)


def test_an_account_that_is_not_in_the_tables_has_no_limit_of_others(tmp_path: Path) -> None:
    async def test(database: Unreliable) -> None:
        moments: list[float] = []
        await send(permits(database, 10, "unknown"), 5, moments)
        assert moments[-1] <= 0.5

    run(tmp_path, test)


def test_a_worker_with_one_request_does_not_wait_for_all_those_of_another_one(
    tmp_path: Path,
) -> None:
    async def test(database: Unreliable) -> None:
        busy = asyncio.create_task(send(permits(database, 10), 200, []))
        await VirtualClock().sleep(1)
        begin = now()
        await permits(database, 10).acquire()
        assert now() - begin <= 0.2
        busy.cancel()
        await asyncio.gather(busy, return_exceptions=True)

    run(tmp_path, test)


def test_whoever_is_cancelled_while_it_waits_holds_nobody_up(tmp_path: Path) -> None:
    async def test(database: Unreliable) -> None:
        one = permits(database, 0.1)
        await one.acquire()
        waiting = asyncio.create_task(one.acquire())
        await VirtualClock().sleep(1)
        waiting.cancel()
        await asyncio.gather(waiting, return_exceptions=True)
        await one.acquire()
        assert now() <= 20.1

    run(tmp_path, test)
