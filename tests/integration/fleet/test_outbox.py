"""What sinks are to be told: once for each change of state, whoever notes or delivers it."""

import asyncio
import json
from datetime import UTC, datetime
from typing import Any

from ccloud_apply.fleet.changes import find_event, note_change, note_stale
from ccloud_apply.fleet.model.config import Sink
from ccloud_apply.fleet.store.database import Database, Transaction
from ccloud_apply.fleet.store.statements import outbox
from ccloud_apply.model.results.fleet_change import FleetChange
from tests.support.stores import Store

SINCE = datetime(2027, 1, 1, tzinfo=UTC)
SINKS = (
    Sink(name="ops", on=frozenset({"drift", "stale"})),
    Sink(name="pager", on=frozenset({"failed"})),
    Sink(name="log", on=frozenset({"drift", "clean"})),
)


def change(event: str = "drift", **given: Any) -> FleetChange:
    known = {"account": "shop", "stack": "web", "since": SINCE, "path": "web.yaml", "event": event}
    return FleetChange(**{**known, **given})


async def all_rows(database: Database) -> list[Any]:
    async with database.read() as tx:
        return list(await tx.fetch("select * from outbox order by sink, key"))


async def count(tx: Transaction) -> dict[str, int]:
    rows = await tx.fetch("select sink, count(*) as n from outbox group by sink")
    return {row["sink"]: row["n"] for row in rows}


def test_a_change_is_noted_once_for_each_sink_that_wants_it(store: Store) -> None:
    async def go() -> None:
        async with store.open() as database, database.write() as tx:
            assert await note_change(tx, SINKS, change()) == 2
            assert await note_change(tx, SINKS, change()) == 0
            assert await note_change(tx, SINKS, change("held")) == 0
            assert await note_change(tx, SINKS, change("failed")) == 1
            later = change(since=datetime(2027, 1, 2, tzinfo=UTC))
            assert await note_change(tx, SINKS, later) == 2
            assert await count(tx) == {"ops": 2, "log": 2, "pager": 1}

    asyncio.run(go())


def test_many_note_the_same_change_at_once_and_it_stands_there_once(store: Store) -> None:
    async def go() -> None:
        async with store.open() as database, store.open() as other:

            async def note(one: Database) -> int:
                async with one.write() as tx:
                    return await note_change(tx, SINKS, change())

            added = await asyncio.gather(*(note(one) for one in (database, other) * 5))
            assert sum(added) == 2

    asyncio.run(go())


def test_a_change_that_was_rolled_back_is_told_to_nobody(store: Store) -> None:
    async def go() -> None:
        async with store.open() as database:
            try:
                async with database.write() as tx:
                    await note_change(tx, SINKS, change())
                    raise ZeroDivisionError
            except ZeroDivisionError:
                assert await all_rows(database) == []

    asyncio.run(go())


def test_what_one_has_taken_nobody_else_takes_before_its_time_is_over(store: Store) -> None:
    async def go() -> None:
        async with store.open() as database, store.open() as other:
            async with database.write() as tx:
                await note_change(tx, SINKS, change())
                await note_change(tx, SINKS, change(stack="db"))
            async with database.read() as tx:
                assert await outbox.list_waiting_sinks(tx) == ["log", "ops"]

            async def take(one: Database) -> Any:
                async with one.write() as tx:
                    return await outbox.take_notification(tx, "ops")

            taken = await asyncio.gather(*(take(one) for one in (database, other) * 4))
            found = [row for row in taken if row is not None]
            assert len({row["key"] for row in found}) == len(found) == 2
            assert {row["attempts"] for row in found} == {1}
            async with database.write() as tx:
                assert await outbox.list_waiting_sinks(tx) == ["log"]
                await tx.execute("update outbox set next = next - 120")
                again = await outbox.take_notification(tx, "ops")
            assert again is not None
            assert again["attempts"] == 2

    asyncio.run(go())


def test_whoever_is_late_changes_nothing_of_what_another_one_has_taken(store: Store) -> None:
    async def go() -> None:
        async with store.open() as database, database.write() as tx:
            await note_change(tx, SINKS, change("failed"))
            late = await outbox.take_notification(tx, "pager")
            await tx.execute("update outbox set next = next - 120")
            now = await outbox.take_notification(tx, "pager")
            assert late is not None
            assert now is not None
            await outbox.mark_failed(
                tx,
                "pager",
                late["key"],
                attempts=late["attempts"],
                error="late",
                pause_s=0,
                rest_s=0,
            )
            assert await outbox.take_notification(tx, "pager") is None
            await outbox.mark_delivered(tx, now["key"])
            await outbox.mark_failed(
                tx, "pager", now["key"], attempts=now["attempts"], error="no", pause_s=0, rest_s=0
            )
            assert await outbox.take_notification(tx, "pager") is None

    asyncio.run(go())


def test_a_failure_lets_the_rest_of_its_sink_wait_and_no_other_sink(store: Store) -> None:
    async def go() -> None:
        async with store.open() as database, database.write() as tx:
            for stack in ("a", "b", "c"):
                await note_change(tx, SINKS, change(stack=stack))
            row = await outbox.take_notification(tx, "ops")
            assert row is not None
            await outbox.mark_failed(
                tx, "ops", row["key"], attempts=1, error="no", pause_s=6000, rest_s=3000
            )
            assert await outbox.list_waiting_sinks(tx) == ["log"]
            rows = await tx.fetch(
                "select error, {now} + 2000 < next as waits, {now} + 4000 > next as soon"
                " from outbox where sink = 'ops' order by next"
            )
            assert [(row["error"], bool(row["waits"]), bool(row["soon"])) for row in rows] == [
                (None, True, True),
                (None, True, True),
                ("no", True, False),
            ]

    asyncio.run(go())


async def add_stack(tx: Transaction, name: str, *, seen: str, declared: int = 1) -> None:
    await tx.execute(
        "insert into stack (account, name, source, path, tree, labels, rule, mode, every,"
        " state_since, seen_at, due, cause, is_declared) values ('shop', :name, 's', 'p.yaml', 't',"
        f" '{{}}', 0, 'report', 60, {{now}} - 5000, {seen}, 0, 'schedule', :declared)",
        name=name,
        declared=declared,
    )


def test_a_stack_that_nobody_looks_at_is_told_once_until_it_is_seen_again(store: Store) -> None:
    async def go() -> None:
        async with store.open() as database:
            async with database.write() as tx:
                await tx.execute(
                    "insert into account (name, endpoint, runs, creates, sweep_every, sweep_due)"
                    " values ('shop', 'x', 4, 10, 600, 0)"
                )
                await add_stack(tx, "seen", seen="{now} - 1100")
                await add_stack(tx, "old", seen="{now} - 1300")
                await add_stack(tx, "never", seen="null")
                await add_stack(tx, "gone", seen="{now} - 1300", declared=0)
                assert await note_stale(tx, SINKS) == 2
                assert await note_stale(tx, SINKS) == 0
            rows = await all_rows(database)
            assert [json.loads(row["body"])["subject"] for row in rows] == [
                "shop/never",
                "shop/old",
            ]
            assert {row["sink"] for row in rows} == {"ops"}
            async with database.write() as tx:
                await tx.execute("update stack set seen_at = {now} where name = 'old'")
                assert await note_stale(tx, SINKS) == 0
                await tx.execute("update stack set seen_at = {now} - 1201 where name = 'old'")
                assert await note_stale(tx, SINKS) == 1
            assert len(await all_rows(database)) == 3

    asyncio.run(go())


def test_every_state_that_can_be_told_has_its_word() -> None:
    assert find_event("failing") == "failed"
    assert find_event("drift") == "drift"
    assert find_event("unknown") is None
