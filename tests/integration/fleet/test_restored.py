"""A backup is made while others write, restored, and taken into use: nothing is done twice."""

import asyncio
import sqlite3
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from ccloud_apply.apply.journal.record import encode_record, run_record
from ccloud_apply.clock import SystemClock
from ccloud_apply.errors import StoreError
from ccloud_apply.fleet.lease.journal import StoreJournal
from ccloud_apply.fleet.lease.lease import hold_lease
from ccloud_apply.fleet.store.database import Database, Transaction
from ccloud_apply.fleet.store.restored import accept_restored
from ccloud_apply.fleet.store.statements.journal import append_journal
from ccloud_apply.fleet.store.statements.overview import list_decisions
from ccloud_apply.fleet.store.statements.restored import FENCES_AHEAD
from ccloud_apply.fleet.store.statements.run_totals import list_run_totals
from ccloud_apply.fleet.store.statements.workers import beat
from tests.support.fleet_rows import add_account, add_lease, add_run, add_stack
from tests.support.postgres import start_postgres
from tests.support.stores import Store

ACCOUNT = "customer:K1"


async def fill(tx: Transaction) -> None:
    """A stack with a run that has not ended, and one without a journal."""
    await add_account(tx)
    await add_stack(tx, "web", queued_until=9e9)
    await add_stack(tx, "db")
    await add_run(tx, "web", ended=None, outcome=None)
    await add_lease(tx, "web", until=9e9)
    header = run_record(run="r1", stack="web", account=ACCOUNT, high_water_mark=7, learnt={})
    line = encode_record({"n": 1, **header, "time": "2027-01-01T00:00:00+00:00"}).decode().strip()
    await append_journal(tx, "acme", "web", fence=1, after=0, lines=[line])


def test_what_somebody_was_at_when_the_backup_was_made_is_due(store: Store) -> None:
    async def go() -> None:
        async with store.open() as database:
            async with database.write() as tx:
                await fill(tx)
                await tx.execute("update stack set due = 9e9")
                await add_account(tx, "idle", sweep_due=9e9)
                await tx.execute("update account set sweep_due = 9e9")
                await add_lease(tx, "", kind="account", until=9e9)
            await accept_restored(database, "ann@desk")
            async with database.read() as tx:
                due = await tx.fetch("select name, cause from stack where due <= {now}")
                assert due == [{"name": "web", "cause": "take-over"}]
                swept = await tx.fetch("select name from account where sweep_due <= {now}")
                assert swept == [{"name": "acme"}]

    asyncio.run(go())


@asynccontextmanager
async def open_journal(database: Database, stack: str) -> AsyncIterator[StoreJournal]:
    clock = SystemClock()
    async with hold_lease(database, clock, "stack", "acme", stack, "me", 60) as lease:
        assert lease is not None
        yield await StoreJournal.open(database, lease, account=ACCOUNT, clock=clock)


def test_nobody_has_anything_and_the_end_of_each_journal_is_taken_for_missing(
    store: Store,
) -> None:
    async def go() -> None:
        async with store.open() as database:
            async with database.write() as tx:
                await fill(tx)
            for _ in range(2):  # it may be called again
                assert await accept_restored(database, "ann@desk") in (0, 1)
            async with database.read() as tx:
                (lease,) = await tx.fetch("select fence, holder from lease")
                assert lease == {"fence": 1 + 2 * FENCES_AHEAD, "holder": None}
                assert await tx.fetch("select outcome from run") == [{"outcome": "lost"}]
                assert [total.runs for total in await list_run_totals(tx)] == [1]
                rows = await tx.fetch("select name from stack where queued_until is not null")
                assert rows == []
                decisions = await list_decisions(tx)
                assert [(row.who, row.what, row.detail) for row in decisions] == [
                    ("ann@desk", "restore", {"journals": 0}),
                    ("ann@desk", "restore", {"journals": 1}),
                ]
            async with open_journal(database, "web") as journal:
                assert journal.is_torn
                assert not journal.was_found
                assert journal.high_water_mark == 7
                await journal.begin_run()
            async with open_journal(database, "web") as journal:
                assert journal.was_found
            async with open_journal(database, "db") as journal:
                assert not journal.is_torn

    asyncio.run(go())


def test_whoever_had_a_lease_after_the_backup_can_write_nothing_any_more(store: Store) -> None:
    async def go() -> None:
        async with store.open() as database:
            async with database.write() as tx:
                await fill(tx)
                await tx.execute("update lease set holder = null, until = 0")
            clock = SystemClock()
            async with hold_lease(database, clock, "stack", "acme", "web", "old", 60) as old:
                assert old is not None
                journal = await StoreJournal.open(database, old, account=ACCOUNT, clock=clock)
                await accept_restored(database, "ann@desk")
                async with hold_lease(database, clock, "stack", "acme", "web", "new", 60) as new:
                    assert new is not None
                    assert new.fence > old.fence + FENCES_AHEAD - 2
                    with pytest.raises(Exception, match="nothing was sent"):
                        await journal.begin_run()

    asyncio.run(go())


def test_it_is_refused_while_a_worker_is_at_work(store: Store) -> None:
    async def go() -> None:
        async with store.open() as database:
            async with database.write() as tx:
                await beat(tx, "host-1", version="1", accounts="*")
            with pytest.raises(StoreError, match="host-1 was seen") as caught:
                await accept_restored(database, "ann@desk")
            assert "stop serve and all workers" in caught.value.hint

    asyncio.run(go())


def test_a_backup_of_sqlite_that_is_made_while_others_write_is_whole(
    sqlite_store: Store, tmp_path: Path
) -> None:
    backup = tmp_path / "backup.db"

    async def go() -> None:
        async with sqlite_store.open() as database:
            async with database.write() as tx:
                await fill(tx)
            async with database.write() as tx:
                await add_stack(tx, "unfinished")
                assert sqlite_store.path is not None
                connection = sqlite3.connect(sqlite_store.path)  # as the guide says
                connection.execute(f"vacuum into '{backup}'")
                connection.close()
        await check(Store("sqlite", path=backup))

    asyncio.run(go())


def test_a_dump_of_postgres_is_whole_with_the_tables_of_the_engine(
    postgres_store: Store, tmp_path: Path
) -> None:
    server, dump = start_postgres(), str(tmp_path / "fleet.dump")

    async def go(copy: str) -> None:
        async with postgres_store.open() as database:
            async with database.write() as tx:
                await fill(tx)
            async with database.write() as tx:
                await add_stack(tx, "unfinished")
                await tx.execute("set local idle_in_transaction_session_timeout = 0")
                await run(server.program("pg_dump"), "-Fc", "-f", dump, str(postgres_store.url))
        await run(server.program("pg_restore"), "-d", copy, dump)
        from ccloud_apply.fleet.store.engine_schema import check_engine

        store = Store("postgres", url=copy)
        await check(store)
        async with store.open() as database:
            await check_engine(database)

    with server.database() as copy:
        asyncio.run(go(copy))


async def run(*command: str) -> None:
    await asyncio.to_thread(subprocess.run, command, check=True)


async def check(store: Store) -> None:
    """The restored database is that of the moment of the backup, and goes on to number rows."""
    async with store.open() as database:
        assert await accept_restored(database, "ann@desk") == 1
        async with database.write() as tx:
            rows: Any = await tx.fetch("select name from stack order by name")
            assert [row["name"] for row in rows] == ["db", "web"]
            first = await tx.fetch("select max(id) as id from run")
            assert await add_run(tx, "web") > first[0]["id"]
