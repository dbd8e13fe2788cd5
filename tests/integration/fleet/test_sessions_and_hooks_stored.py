"""Sessions of the page and what hooks do, on both databases."""

from ccloud_apply.fleet.store.database import Database
from ccloud_apply.fleet.store.statements.configured import find_source, set_polled
from ccloud_apply.fleet.store.statements.hook import PAUSE_S, wake_source
from ccloud_apply.fleet.store.statements.session import (
    Session,
    add_session,
    end_session,
    find_session,
)
from tests.support.stores import Store, run

ANNA = Session(name="anna'; drop table session; --", groups=("ops", "ä\"'\\"), way="oidc")
BERT = Session(name="bert", groups=(), way="token:ci:0123")


def test_a_session_is_found_by_its_id_until_it_ends(store: Store) -> None:
    async def test(database: Database) -> None:
        async with database.write() as tx:
            await add_session(tx, "a", ANNA, life_s=100)
            await add_session(tx, "b", BERT, life_s=100)
        async with database.read() as tx:
            assert await find_session(tx, "a") == ANNA
            assert await find_session(tx, "b") == BERT
            assert await find_session(tx, "A") is None
        async with database.write() as tx:
            await end_session(tx, "a")
            assert await find_session(tx, "a") is None
            assert await find_session(tx, "b") == BERT

    run(store, test)


def test_a_session_that_is_over_is_not_found_and_goes_with_the_next_sign_in(store: Store) -> None:
    async def test(database: Database) -> None:
        async with database.write() as tx:
            await add_session(tx, "a", ANNA, life_s=-1)
            assert await find_session(tx, "a") is None
            row = await tx.fetch_one("select count(*) as n from session")
            assert row is not None
            assert row["n"] == 1
            await add_session(tx, "b", BERT, life_s=100)
            rows = await tx.fetch("select id from session")
            assert [row["id"] for row in rows] == ["b"]

    run(store, test)


def test_a_hook_makes_its_source_due_at_once_but_not_again_and_again(store: Store) -> None:
    async def test(database: Database) -> None:
        async with database.write() as tx:
            for name, polled, due, configured in (
                ("new", None, 300.0, 1),
                ("just polled", 0.0, 300.0, 1),
                ("due", -500.0, -10.0, 1),
                ("gone", None, 300.0, 0),
                ("other", None, 300.0, 1),
            ):
                await tx.execute(
                    "insert into source (name, poll_every, due, polled_at, queued_until,"
                    " is_configured) values (:name, 300, {now} + cast(:due as double precision),"
                    " {now} + cast(:polled as double precision), {now} + 60, :configured)",
                    name=name,
                    due=due,
                    polled=polled,
                    configured=configured,
                )
            names = ("new", "just polled", "due", "gone", "nobody")
            woken = [name for name in names if await wake_source(tx, name)]
            assert woken == ["new", "just polled"]
            assert [name for name in names if await wake_source(tx, name)] == []
            rows = await tx.fetch("select name, due - {now} as left_s, queued_until from source")
        left = {row["name"]: row["left_s"] for row in rows}
        assert -60 < left["new"] <= 0
        assert left["new"] < left["just polled"] <= PAUSE_S
        assert left["due"] < -9
        assert left["gone"] > 200
        assert left["other"] > 200
        free = {row["name"] for row in rows if row["queued_until"] is None}
        assert free == {"new", "just polled"}

    run(store, test)


def test_a_hook_that_comes_while_its_source_is_polled_is_not_lost(store: Store) -> None:
    async def test(database: Database) -> None:
        async with database.write() as tx:
            await tx.execute(
                "insert into source (name, poll_every, due) values ('a', 300, {now} - 1)"
            )
            row = await find_source(tx, "a")
            assert row is not None

        async def end_poll(since: float) -> float:
            async with database.write() as tx:
                await set_polled(tx, "a", commit=None, config="", due_in=300, since=since)
                found = await tx.fetch_one("select due - {now} as left_s from source")
            assert found is not None
            return float(found["left_s"])

        assert await end_poll(row.read_at) > 200
        async with database.write() as tx:
            row = await find_source(tx, "a")
            assert row is not None
        async with database.write() as tx:
            await wake_source(tx, "a")
        assert await end_poll(row.read_at) <= 0
        async with database.write() as tx:
            row = await find_source(tx, "a")
            assert row is not None
        assert await end_poll(row.read_at) > 200

    run(store, test)
