"""Who has decided what, who works, and whose turn the tick is."""

import asyncio

from ccloud_apply.fleet.model.listing import StackFilter
from ccloud_apply.fleet.store.database import Database
from ccloud_apply.fleet.store.statements import audit, workers
from ccloud_apply.fleet.store.statements.overview import list_decisions
from tests.conftest import PATIENCE_S
from tests.support.stores import Store

WORKERS = "select name, started, version from worker order by name"


def test_decisions_are_listed_newest_first_by_account_and_by_page(store: Store) -> None:
    async def go() -> None:
        async with store.open() as database, database.write() as tx:
            for number in range(5):
                await audit.write_audit(
                    tx, "ann", "pause", account="shop", subject="web", detail={"n": number}
                )
            await audit.write_audit(tx, "bob", "configure", subject="fleet.yaml")
            found = await list_decisions(tx, limit=2)
            assert [(row.who, row.what, row.account, row.subject) for row in found] == [
                ("bob", "configure", None, "fleet.yaml"),
                ("ann", "pause", "shop", "web"),
            ]
            rest = await list_decisions(tx, before=found[-1].id)
            assert [row.detail["n"] for row in rest] == [3, 2, 1, 0]
            assert not await list_decisions(tx, chosen=StackFilter(visible=("other-*",)))
            assert len(await list_decisions(tx, chosen=StackFilter(visible=("shop",)))) == 5

    asyncio.run(go())


def test_a_worker_lives_as_long_as_it_was_seen_lately(store: Store) -> None:
    async def go() -> None:
        async with store.open() as database, database.write() as tx:
            await workers.beat(tx, "one", version="1.0", accounts="*")
            await workers.beat(tx, "two", version="1.0", accounts="shop-*")
            await tx.execute("update worker set seen_at = seen_at - 31 where name = 'two'")
            assert await workers.list_alive(tx) == {"one"}
            rows = await tx.fetch(WORKERS)
            assert [row["name"] for row in rows] == ["one", "two"]
            await workers.beat(tx, "two", version="1.1", accounts="shop-*")
            assert await workers.list_alive(tx) == {"one", "two"}
            started = (await tx.fetch(WORKERS))[1]
            assert started["started"] == rows[1]["started"]
            assert started["version"] == "1.1"
            await workers.forget_worker(tx, "one")
            assert await workers.list_alive(tx) == {"two"}

    asyncio.run(go())


def test_a_tick_is_that_of_one_process_and_comes_again_after_its_time(store: Store) -> None:
    async def go() -> None:
        async with store.open() as database, store.open() as other:

            async def tick(one: Database) -> bool:
                async with one.write() as tx:
                    return await workers.begin_tick(tx, least_s=600)

            async with database.read() as tx:
                assert await workers.read_tick_age(tx) is None
            assert sum(await asyncio.gather(*(tick(one) for one in (database, other) * 3))) == 1
            async with database.write() as tx:
                assert 0 <= (await workers.read_tick_age(tx) or 0) < 600
                await tx.execute("update tick set ticked_at = ticked_at - 1200")
            assert sum(await asyncio.gather(*(tick(one) for one in (database, other) * 3))) == 1

    asyncio.run(go())


def test_whoever_comes_during_a_tick_does_not_wait_for_it(postgres_store: Store) -> None:
    async def go() -> None:
        async with postgres_store.open() as database, postgres_store.open() as other:
            async with database.write() as tx:
                assert await workers.begin_tick(tx, least_s=0)
            async with database.write() as tx:
                assert await workers.begin_tick(tx, least_s=0)
                async with asyncio.timeout(PATIENCE_S), other.write() as second:
                    assert not await workers.begin_tick(second, least_s=0)

    asyncio.run(go())
