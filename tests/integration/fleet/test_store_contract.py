"""What both databases promise alike: transactions, values, order, the words in braces."""

import asyncio
import sqlite3
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from ccloud_apply.errors import StoreError
from ccloud_apply.fleet.store import sqlite
from ccloud_apply.fleet.store.database import Database
from tests.support.stores import Store, run

Test = Callable[[Database], Awaitable[Any]]
TICK = "insert into tick (id, ticked_at) values (:id, :at)"


async def count_ticks(database: Database) -> int:
    async with database.read() as tx:
        row = await tx.fetch_one("select count(*) as n from tick")
    assert row is not None
    return int(row["n"])


def test_what_a_block_has_done_is_there_when_it_has_ended_for_others_too(store: Store) -> None:
    async def test(database: Database) -> None:
        async with database.write() as tx:
            assert await tx.execute(TICK, id=1, at=2.5) == 1
            assert await tx.execute("update tick set ticked_at = 3 where id = 2") == 0
        async with store.open() as other:
            assert await count_ticks(other) == 1

    run(store, test)


def test_nothing_is_kept_of_a_block_that_raises(store: Store) -> None:
    async def test(database: Database) -> None:
        async def fail() -> None:
            async with database.write() as tx:
                await tx.execute(TICK, id=1, at=1)
                raise ZeroDivisionError

        with pytest.raises(ZeroDivisionError):
            await fail()
        assert await count_ticks(database) == 0

    run(store, test)


def test_nothing_is_kept_where_the_error_of_a_statement_was_swallowed(store: Store) -> None:
    async def test(database: Database) -> None:
        async def swallow() -> None:
            async with database.write() as tx:
                await tx.execute(TICK, id=1, at=1)
                with pytest.raises(StoreError, match="cannot be used"):
                    await tx.execute(TICK, id=1, at=1)

        with pytest.raises(StoreError, match="nothing of it is kept"):
            await swallow()
        assert await count_ticks(database) == 0
        async with database.write() as tx:
            await tx.execute(TICK, id=1, at=1)
        assert await count_ticks(database) == 1

    run(store, test)


@pytest.mark.parametrize("yields", range(1, 9))
def test_a_cancelled_block_keeps_nothing_and_leaves_the_connection_usable(
    store: Store, yields: int
) -> None:
    """Cancelled at each place where it waits: while it begins, in a statement, at the end."""

    async def test(database: Database) -> None:
        async def write() -> None:
            async with database.write() as tx:
                await tx.execute(TICK, id=1, at=1)
                await tx.execute(TICK, id=2, at=1)

        await count_ticks(database)  # connected
        task = asyncio.create_task(write())
        for _ in range(yields):
            await asyncio.sleep(0)
        task.cancel()
        outcome = (await asyncio.gather(task, return_exceptions=True))[0]
        kept = await count_ticks(database)
        assert kept in (0, 2)
        if outcome is None:
            assert kept == 2
        async with database.write() as tx:
            await tx.execute("delete from tick")
            await tx.execute(TICK, id=1, at=1)
        assert await count_ticks(database) == 1

    run(store, test)


def test_a_reader_sees_one_state_while_somebody_writes(store: Store) -> None:
    async def test(database: Database) -> None:
        async with database.read() as reader:
            before = await reader.fetch("select count(*) as n from tick")
            async with database.write() as tx:
                await tx.execute(TICK, id=1, at=1)
            assert await reader.fetch("select count(*) as n from tick") == before
        assert await count_ticks(database) == 1

    run(store, test)


def test_writers_of_one_row_take_turns_and_lose_no_update(store: Store) -> None:
    async def test(database: Database) -> None:
        async with database.write() as tx:
            await tx.execute(TICK, id=1, at=0)

        async def add() -> None:
            async with database.write() as tx:
                row = await tx.fetch_one("select ticked_at from tick where id = 1 {for_update}")
                assert row is not None
                await asyncio.sleep(0)
                await tx.execute("update tick set ticked_at = :at", at=row["ticked_at"] + 1)

        await asyncio.gather(*(add() for _ in range(20)))
        async with database.read() as tx:
            assert await tx.fetch_one("select ticked_at from tick") == {"ticked_at": 20.0}

    run(store, test)


def test_values_come_back_as_they_went(store: Store) -> None:
    values = {
        "whole": 2**62,
        "real": 1795957136.705814,
        "flag": True,
        "text": "it's 100 % \\ :now {now} ünï €",
        "none": None,
    }

    async def test(database: Database) -> None:
        async with database.write() as tx:
            row = await tx.fetch_one(
                "select cast(:whole as bigint) as whole, cast(:real as double precision) as real,"
                " cast(:flag as integer) as flag, cast(:text as text) as text,"
                " cast(:none as text) as none, '12:30 :now %' as quoted",
                **values,
            )
        assert row == {**values, "flag": 1, "quoted": "12:30 :now %"}

    run(store, test)


def test_what_no_database_keeps_is_replaced_and_fails_nothing(store: Store) -> None:
    async def test(database: Database) -> None:
        async with database.write() as tx:
            row = await tx.fetch_one("select cast(:t as text) as t", t="a\0b\udc80c\ud800")
        assert row == {"t": "a\ufffdb?c?"}

    run(store, test)


def test_sums_are_numbers_and_not_decimals(store: Store) -> None:
    async def test(database: Database) -> None:
        async with database.read() as tx:
            row = await tx.fetch_one(
                "select sum(cast(n as bigint)) as s, avg(n) as a from"
                " (select 1 as n union all select 2) as numbers"
            )
        assert row == {"s": 3, "a": 1.5}
        assert row is not None
        assert type(row["s"]) is int

    run(store, test)


def test_texts_are_in_the_order_of_their_bytes_and_like_knows_upper_case(store: Store) -> None:
    names = ["web-2", "Web", "web_1", "web-10", "äpfel", "zoo", "a b", "ab"]

    async def test(database: Database) -> None:
        async with database.write() as tx:
            for name in names:
                await tx.execute(
                    "insert into worker (name, version, started, seen_at, accounts)"
                    " values (:name, '', 0, 0, '')",
                    name=name,
                )
            rows = await tx.fetch("select name from worker order by name")
            assert [row["name"] for row in rows] == sorted(names, key=str.encode)
            rows = await tx.fetch(
                "select name from worker where name like :p escape '!' order by name", p="web!_%"
            )
            assert [row["name"] for row in rows] == ["web_1"]
            rows = await tx.fetch("select name from worker where name like 'W%'")
            assert [row["name"] for row in rows] == ["Web"]

    run(store, test)


def test_greatest_and_least_leave_nulls_out(store: Store) -> None:
    async def test(database: Database) -> None:
        async with database.read() as tx:
            row = await tx.fetch_one(
                "select greatest(1, null, 3) as g, least(2, null, 3) as l,"
                " greatest(cast(null as integer), null) as n"
            )
        assert row == {"g": 3, "l": 2, "n": None}

    run(store, test)


def test_many_rows_are_written_at_once_or_not_at_all(store: Store) -> None:
    async def test(database: Database) -> None:
        async with database.write() as tx:
            await tx.execute_many(TICK, [{"id": n, "at": n} for n in range(1000)])
            await tx.execute_many(TICK, [])
        assert await count_ticks(database) == 1000
        with pytest.raises(StoreError):
            async with database.write() as tx:
                await tx.execute_many(TICK, [{"id": 2000, "at": 1}, {"id": 1, "at": 1}])
        assert await count_ticks(database) == 1000

    run(store, test)


def test_the_clock_is_that_of_the_database_and_goes_on_within_a_transaction(store: Store) -> None:
    async def test(database: Database) -> None:
        async with database.read() as tx:
            first = await tx.fetch_one("select {now} as now")
            await asyncio.sleep(0.002)
            second = await tx.fetch_one("select {now} as now")
        assert first is not None
        assert second is not None
        assert isinstance(first["now"], float)
        assert 1.7e9 < first["now"] < second["now"]

    run(store, test)


def test_the_error_names_the_database_and_no_value(store: Store) -> None:
    async def test(database: Database) -> None:
        with pytest.raises(StoreError) as caught:
            async with database.write() as tx:
                await tx.execute("insert into worker (name) values (:name)", name="the-secret")
        assert str(caught.value).startswith("the database ")
        assert "the-secret" not in str(caught.value)
        assert "\n" not in str(caught.value)

    run(store, test)


def test_a_file_that_is_not_a_database_is_an_error_that_names_it(sqlite_store: Store) -> None:
    assert sqlite_store.path is not None
    sqlite_store.path.write_text("not a database, but long enough to be one of some kind" * 20)
    with pytest.raises(StoreError, match=r"fleet\.db cannot be used: file is not a database"):
        run(sqlite_store, count_ticks)


def test_the_file_and_what_stands_beside_it_are_for_their_owner_alone(sqlite_store: Store) -> None:
    async def test(database: Database) -> list[str]:
        await count_ticks(database)
        assert sqlite_store.path is not None
        return [oct(file.stat().st_mode & 0o777) for file in sqlite_store.path.parent.glob("fl*")]

    assert set(run(sqlite_store, test)) == {"0o600"}


def test_a_block_that_is_cancelled_while_it_waits_to_begin_holds_nothing(
    sqlite_store: Store,
) -> None:
    """A thread that waits for the file cannot be cancelled; what it gets has to be given back."""

    async def test(database: Database) -> None:
        await count_ticks(database)
        assert sqlite_store.path is not None
        other = sqlite3.connect(sqlite_store.path, isolation_level=None)
        other.execute("begin immediate")

        async def write() -> None:
            async with database.write() as tx:
                await tx.execute(TICK, id=1, at=1)

        task = asyncio.create_task(write())
        await asyncio.sleep(0.01)
        task.cancel()
        await asyncio.sleep(0.01)
        assert not task.done()
        other.execute("rollback")
        other.close()
        with pytest.raises(asyncio.CancelledError):
            await task
        await write()
        assert await count_ticks(database) == 1

    run(sqlite_store, test)


def test_a_file_that_another_process_does_not_let_go_is_an_error_that_says_so(
    sqlite_store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sqlite, "BUSY_S", 0.01)

    async def test(database: Database) -> None:
        await count_ticks(database)
        assert sqlite_store.path is not None
        other = sqlite3.connect(sqlite_store.path, isolation_level=None)
        other.execute("begin immediate")
        with pytest.raises(StoreError, match="database is locked") as caught:
            async with database.write():
                raise AssertionError
        other.close()
        assert caught.value.hint.startswith("another process writes to it")

    run(sqlite_store, test)


def test_several_make_a_new_file_at_once_and_all_of_them_can_use_it(sqlite_store: Store) -> None:
    async def go() -> None:
        async def add(number: int) -> None:
            async with sqlite_store.open() as database, database.write() as tx:
                await tx.execute(TICK, id=number, at=1)

        await asyncio.gather(*(add(number) for number in range(6)))
        async with sqlite_store.open() as database:
            assert await count_ticks(database) == 6

    asyncio.run(go())


def test_two_processes_share_the_file(sqlite_store: Store) -> None:
    async def test(database: Database) -> None:
        await count_ticks(database)
        assert sqlite_store.path is not None
        other = sqlite3.connect(sqlite_store.path)
        with other:
            other.execute("insert into tick (id, ticked_at) values (7, 1)")
        other.close()
        assert await count_ticks(database) == 1

    run(sqlite_store, test)
