"""PostgreSQL alone: what is told if it cannot be reached, and that it may go and come back."""

import asyncio
from collections.abc import Iterator
from contextlib import AsyncExitStack

import pytest

from ccloud_apply.errors import StoreError
from ccloud_apply.fleet.store import postgres
from ccloud_apply.fleet.store.postgres import PostgresDatabase
from ccloud_apply.fleet.store.statements.workers import begin_tick
from tests.conftest import PATIENCE_S
from tests.support.loopback import closed_port
from tests.support.postgres import Postgres, start_postgres
from tests.support.stores import Store

TICK = "insert into tick (id, ticked_at) values (:id, 0)"


@pytest.fixture
def server() -> Iterator[Postgres]:
    """The server, which runs again after the test."""
    found = start_postgres()
    yield found
    found.stop()
    found.start()


def open_in_vain(url: str) -> StoreError:
    async def go() -> None:
        await (await PostgresDatabase.open(url)).close()

    with pytest.raises(StoreError) as caught:
        asyncio.run(go())
    assert "the-password" not in f"{caught.value} {caught.value.hint}"
    assert caught.value.__cause__ is None or "the-password" not in str(caught.value.__cause__)
    return caught.value


@pytest.mark.parametrize(
    "text",
    ["the-password", "mysql://u:the-password@h/d", "postgresql://u:the-password@h:x y/d?z", ""],
)
def test_what_is_not_a_url_is_refused_and_not_shown(text: str) -> None:
    error = open_in_vain(text)
    assert "is not a URL of PostgreSQL" in error.message
    assert "postgresql://USER@HOST/DATABASE" in error.hint


def test_a_port_on_which_nobody_listens_is_told_with_host_and_database() -> None:
    with closed_port() as port:
        error = open_in_vain(f"postgresql://u:the-password@127.0.0.1:{port}/shop")
    assert error.message.startswith("the database shop at 127.0.0.1 cannot be used: ")
    assert "refused" in error.message
    assert error.hint == "see whether PostgreSQL runs there and takes connections"


def test_a_database_that_does_not_exist_is_told_by_postgres_own_words() -> None:
    error = open_in_vain(start_postgres().url_of("nowhere"))
    assert 'database "nowhere" does not exist' in error.message


def test_a_database_that_goes_and_comes_back_is_used_again(
    postgres_store: Store, server: Postgres
) -> None:
    """Each idle connection has died; none of them fails anybody's transaction."""

    async def go() -> None:
        async with postgres_store.open() as database:
            for _ in range(2):

                async def look() -> None:
                    async with database.read() as tx:
                        await tx.fetch("select pg_sleep(0.01)")

                await asyncio.gather(*(look() for _ in range(5)))  # several connections
                await asyncio.to_thread(server.stop, "immediate")
                await asyncio.to_thread(server.start)
                async with database.write() as tx:
                    await tx.execute("delete from tick")
                    await tx.execute(TICK, id=1)
            async with database.read() as tx:
                assert await tx.fetch("select id from tick") == [{"id": 1}]

    asyncio.run(go())


def test_a_transaction_that_the_restart_cuts_off_raises_and_keeps_nothing(
    postgres_store: Store, server: Postgres
) -> None:
    async def go() -> None:
        async with postgres_store.open() as database:

            async def write() -> None:
                async with database.write() as tx:
                    await tx.execute(TICK, id=1)
                    await asyncio.to_thread(server.stop)
                    await asyncio.to_thread(server.start)

            with pytest.raises(StoreError, match="cannot be used"):
                await write()
            async with database.read() as tx:
                assert not await tx.fetch("select id from tick")

    asyncio.run(go())


def test_while_it_is_away_the_error_says_why_and_comes_in_time(
    postgres_store: Store, server: Postgres, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(postgres, "CONNECT_S", 0.2)

    async def go() -> None:
        async with postgres_store.open() as database:
            await asyncio.to_thread(server.stop)
            with pytest.raises(StoreError, match=r"cannot be used: .* failed: No such file"):
                async with database.read():
                    raise AssertionError

    asyncio.run(go())


def test_a_statement_has_an_end_and_the_connection_can_be_used_again(
    postgres_store: Store,
) -> None:
    async def go() -> None:
        async with postgres_store.open() as database:
            async with database.read() as tx:
                end = await tx.fetch("show statement_timeout")
            assert end == [{"statement_timeout": f"{postgres.STATEMENT_S}s"}]

            async def read_for_long() -> None:
                async with database.read() as tx:
                    await tx.execute("set local statement_timeout = '20ms'")
                    await tx.fetch("select pg_sleep(600)")

            with pytest.raises(StoreError, match="statement timeout") as caught:
                await read_for_long()
            assert "pg_stat_activity" in caught.value.hint
            async with database.write() as tx:
                await tx.execute(TICK, id=1)

    asyncio.run(go())


def test_a_cancelled_statement_ends_at_the_server_too(postgres_store: Store) -> None:
    running = "select count(*) as n from pg_stat_activity where query like 'select pg_sleep(31%'"

    async def go() -> None:
        async with postgres_store.open() as database:

            async def sleep() -> None:
                async with database.read() as tx:
                    await tx.fetch("select pg_sleep(31)")

            task = asyncio.create_task(sleep())
            async with postgres_store.open() as other:
                while True:
                    async with other.read() as tx:
                        row = await tx.fetch_one(running + " and state = 'active'")
                    if row == {"n": 1}:
                        break
                task.cancel()
                with pytest.raises(asyncio.CancelledError):
                    await task
                async with other.read() as tx:
                    assert await tx.fetch_one(running + " and state = 'active'") == {"n": 0}

    asyncio.run(go())


def test_more_transactions_than_connections_wait_for_each_other(
    postgres_store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(postgres, "CONNECT_S", PATIENCE_S)

    async def go() -> None:
        async with postgres_store.open() as database:

            async def look() -> int:
                async with database.read() as tx:
                    return len(await tx.fetch("select 1 as one"))

            found = await asyncio.gather(*(look() for _ in range(postgres.CONNECTIONS * 5)))
            assert sum(found) == postgres.CONNECTIONS * 5

    asyncio.run(go())


def test_a_process_that_is_frozen_in_its_tick_keeps_others_from_ticking_for_a_moment_only(
    postgres_store: Store,
) -> None:
    assert postgres_store.url is not None
    url = postgres_store.url

    async def tick(database: PostgresDatabase) -> bool:
        async with database.write() as tx:
            return await begin_tick(tx, least_s=0)

    async def tick_slowly(frozen: PostgresDatabase, other: PostgresDatabase) -> None:
        async with frozen.write() as tx:
            assert await begin_tick(tx, least_s=0)
            assert not await tick(other)
            idle = await tx.fetch("show idle_in_transaction_session_timeout")
            assert idle == [{"idle_in_transaction_session_timeout": "11min"}]
            await tx.execute("set local idle_in_transaction_session_timeout = '20ms'")
            while not await tick(other):
                await asyncio.sleep(0.01)

    async def test() -> None:
        frozen = await PostgresDatabase.open(url, idle_s=660.0)
        other = await PostgresDatabase.open(url)
        try:
            assert await tick(other)  # the first one makes the row, for which others wait
            async with asyncio.timeout(PATIENCE_S):
                with pytest.raises(StoreError):
                    await tick_slowly(frozen, other)
                assert await tick(frozen)
        finally:
            await frozen.close()
            await other.close()

    asyncio.run(test())


def test_a_process_whose_connections_all_hang_says_so_instead_of_waiting_for_ever(
    postgres_store: Store,
) -> None:
    async def go() -> None:
        async with postgres_store.open() as database, AsyncExitStack() as held:
            assert isinstance(database, PostgresDatabase)
            for _ in range(postgres.CONNECTIONS):
                await held.enter_async_context(database.read())
            assert database._pool.timeout == postgres.CONNECT_S
            database._pool.timeout = 0.01
            with pytest.raises(StoreError, match="has no connection left for this process"):
                async with database.read():
                    raise AssertionError

    asyncio.run(go())
