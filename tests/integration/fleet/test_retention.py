"""What is deleted by age, and what stays however old it is."""

import asyncio
from typing import Any

import pytest

from ccloud_apply.clock import SystemClock
from ccloud_apply.fleet.model.config import Keep
from ccloud_apply.fleet.retention import LOOK_S, clean_if_due, clean_up, keep_cleaning
from ccloud_apply.fleet.store.database import Database, Transaction
from ccloud_apply.fleet.store.statements import retention
from ccloud_apply.fleet.store.statements.clock import read_now
from ccloud_apply.fleet.store.statements.workers import beat, begin_tick
from tests.support.fleet_rows import add_plan, add_run, insert
from tests.support.stores import Store, run

DAY = 86400.0
KEEP = Keep(runs_s=90 * DAY, reports_s=30 * DAY)


async def ids(database: Database, table: str) -> set[int]:
    async with database.read() as tx:
        return {row["id"] for row in await tx.fetch(f"select id from {table}")}


async def old_run(tx: Transaction, stack: str | None, days: float, **columns: Any) -> int:
    moment = await read_now(tx) - days * DAY
    return await add_run(tx, stack, **{"started": moment - 60, "ended": moment, **columns})


def test_old_runs_go_but_for_the_newest_of_each_stack_and_account(store: Store) -> None:
    async def test(database: Database) -> None:
        async with database.write() as tx:
            gone = [await old_run(tx, "web", 100), await old_run(tx, None, 100)]
            young = await old_run(tx, "web", 80)
            newest = [await old_run(tx, "db", 200), await old_run(tx, None, 200, account="other")]
            sweep = await old_run(tx, None, 95)
            assert len(gone) == 2
        assert await clean_up(database, KEEP) == 2
        assert await ids(database, "run") == {young, *newest, sweep}

    run(store, test)


def test_a_run_with_open_journal_entries_stays_and_so_does_the_journal(store: Store) -> None:
    async def test(database: Database) -> None:
        async with database.write() as tx:
            kept = await old_run(tx, "web", 400, fence=7)
            await old_run(tx, "web", 400, fence=8)
            newest = await old_run(tx, "web", 1, fence=9)
            record = {"account": "acme", "stack": "web", "n": 1, "fence": 7, "record": "{}"}
            await insert(tx, "journal", record)
        assert await clean_up(database, KEEP) == 1
        assert await ids(database, "run") == {kept, newest}
        async with database.read() as tx:
            assert len(await tx.fetch("select n from journal")) == 1

    run(store, test)


def test_a_run_that_has_not_ended_stays(store: Store) -> None:
    async def test(database: Database) -> None:
        async with database.write() as tx:
            running = await old_run(tx, "web", 400, ended=None, outcome=None)
            newest = await old_run(tx, "web", 1)
        assert await clean_up(database, KEEP) == 0
        assert await ids(database, "run") == {running, newest}

    run(store, test)


def test_plans_that_wait_stay_with_their_runs_and_decided_ones_go_with_theirs(
    store: Store,
) -> None:
    async def test(database: Database) -> None:
        async with database.write() as tx:
            moment = await read_now(tx) - 100 * DAY
            runs = [await old_run(tx, "web", 100) for _ in range(4)]
            await add_plan(tx, "web", run_id=runs[0], made_at=moment, decision="rejected")
            waiting = await add_plan(tx, "web", run_id=runs[1], made_at=moment)
            newest = await add_plan(
                tx, "web", run_id=runs[2], made_at=moment, decision="superseded"
            )
        assert await clean_up(database, KEEP) == 3
        assert await ids(database, "plan") == {waiting, newest}
        assert await ids(database, "run") == {runs[1], runs[3]}

    run(store, test)


def test_old_reports_go_but_for_the_newest_of_each_stack(store: Store) -> None:
    async def test(database: Database) -> None:
        async with database.write() as tx:
            now = await read_now(tx)
            numbers = [
                await insert(
                    tx,
                    "report",
                    {
                        "run_id": 1,
                        "account": "acme",
                        "stack": stack,
                        "made_at": now - days * DAY,
                        "document": "{}",
                    },
                )
                for stack, days in (("web", 50), ("web", 40), ("web", 20), ("db", 300))
            ]
        assert await clean_up(database, KEEP) == 2
        assert await ids(database, "report") == set(numbers[2:])

    run(store, test)


def test_notifications_go_once_they_are_old_or_given_up(store: Store) -> None:
    async def test(database: Database) -> None:
        async with database.write() as tx:
            now = await read_now(tx)
            for key, days, is_delivered in (
                ("told long ago", 40, True),
                ("told lately", 20, True),
                ("given up", 8, False),
                ("waits", 6, False),
            ):
                made_at = now - days * DAY
                await tx.execute(
                    "insert into outbox (key, sink, body, made_at, next, delivered_at)"
                    " values (:key, 'ops', '{}', :made_at, 0, :delivered_at)",
                    key=key,
                    made_at=made_at,
                    delivered_at=made_at if is_delivered else None,
                )
        assert await clean_up(database, KEEP) == 2
        async with database.read() as tx:
            rows = await tx.fetch("select key from outbox order by key")
        assert [row["key"] for row in rows] == ["told lately", "waits"]

    run(store, test)


def test_workers_that_nobody_has_seen_for_a_week_are_forgotten(store: Store) -> None:
    async def test(database: Database) -> None:
        async with database.write() as tx:
            await beat(tx, "old", version="1", accounts="*")
            await tx.execute("update worker set seen_at = seen_at - :s", s=8 * DAY)
            await beat(tx, "young", version="1", accounts="*")
        assert await clean_up(database, KEEP) == 1
        async with database.read() as tx:
            assert await tx.fetch("select name from worker") == [{"name": "young"}]

    run(store, test)


def test_more_than_a_batch_goes_in_several_transactions(store: Store) -> None:
    async def test(database: Database) -> None:
        count = retention.BATCH * 2 + 1
        async with database.write() as tx:
            started = await read_now(tx) - 100 * DAY
            await tx.execute_many(
                "insert into run (account, stack, kind, cause, worker, started, ended, fence)"
                " values ('acme', 'web', 'apply', 'schedule', 'w', :started, :started, 1)",
                [{"started": started}] * (count + 1),
            )
        assert await clean_up(database, KEEP) == count

    run(store, test)


def test_one_process_cleans_up_once_a_day(store: Store) -> None:
    async def test(database: Database) -> None:
        assert await clean_if_due(database, KEEP) is None  # before the first tick
        async with database.write() as tx:
            await begin_tick(tx, least_s=0)
        async with store.open() as other:
            done = await asyncio.gather(
                *(clean_if_due(one, KEEP) for one in (database, other, database))
            )
            assert sorted(done, key=str) == [0, None, None]
            async with database.write() as tx:
                await tx.execute("update tick set cleaned_at = cleaned_at - :s", s=DAY)
            assert await clean_if_due(other, KEEP) == 0

    run(store, test)


def test_it_goes_on_after_the_database_was_away(store: Store) -> None:
    class Clock(SystemClock):
        def __init__(self) -> None:
            self.slept: list[float] = []

        async def sleep(self, seconds: float) -> None:
            self.slept.append(seconds)
            if len(self.slept) == 4:
                raise asyncio.CancelledError
            await rename("tick", "away") if len(self.slept) == 1 else None
            await rename("away", "tick") if len(self.slept) == 2 else None

    async def test(database: Database) -> None:
        async with database.write() as tx:
            await begin_tick(tx, least_s=0)
            await old_run(tx, "web", 100)
            newest = await old_run(tx, "web", 100)
        databases.append(database)
        clock = Clock()
        with pytest.raises(asyncio.CancelledError):
            await keep_cleaning(database, KEEP, clock)
        assert clock.slept == [LOOK_S] * 4
        assert await ids(database, "run") == {newest}

    databases: list[Database] = []

    async def rename(before: str, after: str) -> None:
        async with databases[0].write() as tx:
            await tx.execute(f"alter table {before} rename to {after}")

    run(store, test)
