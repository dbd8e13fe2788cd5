"""Whoever changes many rows of a fleet in one transaction takes turns with the tick: two who have
each other's rows would wait for each other until PostgreSQL ends one of them."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from ccloud_apply.fleet.changes import note_stale
from ccloud_apply.fleet.decide import pause, resume
from ccloud_apply.fleet.model.config import Sink
from ccloud_apply.fleet.model.listing import StackFilter
from ccloud_apply.fleet.store import postgres
from ccloud_apply.fleet.store.database import Database
from ccloud_apply.fleet.store.statements.workers import begin_tick, take_turn
from ccloud_apply.fleet.tick import make_tick
from tests.support.fleet_rows import add_account
from tests.support.stores import Store

ROUNDS, ACCOUNTS, STACKS = 8, 10, 300


async def fill(database: Database) -> None:
    """Stacks that are due and stale, whose order in the table is not that of their names."""
    async with database.write() as tx:
        for number in range(ACCOUNTS):
            await add_account(tx, f"acme-{number}", runs=STACKS, sweep_due=9e9, sweep_every=1.0)
        await tx.execute_many(
            "insert into stack (account, name, source, path, tree, labels, rule, mode, every,"
            " state_since, due, cause, priority) values (:account, :name, 's', 'p', 't', '{}', 0,"
            " 'apply', 60, 0, 0, 'schedule', :priority)",
            [
                {
                    "account": f"acme-{number * 7 % ACCOUNTS}",
                    "name": f"web-{number * 37 % STACKS}",
                    "priority": number % 3,
                }
                for number in range(STACKS)
            ],
        )


def test_ticks_pauses_and_what_is_told_end_nobody_by_a_deadlock(
    postgres_store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Only a deadlock ends anybody, and not a lock that a slow machine is waited for.
    monkeypatch.setattr(postgres, "SETTINGS", "set statement_timeout = 0; set lock_timeout = 0")

    async def go() -> None:
        async with postgres_store.open() as database, postgres_store.open() as other:
            await fill(database)
            sinks = [Sink(name="ops", on=frozenset({"stale"}))]

            async def again(one: Database, work: Callable[[Any], Awaitable[Any]]) -> None:
                for _ in range(ROUNDS):
                    async with one.write() as tx:
                        await work(tx)

            async def tick(one: Database) -> None:
                for _ in range(ROUNDS):
                    await make_tick(one)
                    async with one.write() as tx:
                        await take_turn(tx)
                        await tx.execute("update stack set queued_until = null, stale_told = null")

            chosen = StackFilter(names=("web-*",))
            await asyncio.gather(
                tick(database),
                tick(other),
                again(database, lambda tx: pause(tx, chosen, "ann", why="a reason")),
                again(other, lambda tx: resume(tx, StackFilter(accounts=("acme-*",)), "bob")),
                again(other, lambda tx: note_stale(tx, sinks)),
            )

    asyncio.run(go())


def test_a_turn_waits_for_a_tick_and_no_tick_begins_during_it(postgres_store: Store) -> None:
    async def go() -> None:
        async with postgres_store.open() as database, postgres_store.open() as other:
            order: list[str] = []

            async def turn() -> None:
                async with other.write() as tx:
                    await take_turn(tx)
                    order.append("turn")
                    async with database.write() as second:
                        assert not await begin_tick(second, least_s=0)

            async with database.write() as tx:
                assert await begin_tick(tx, least_s=0)
                waiting = asyncio.create_task(turn())
                await asyncio.wait((waiting,), timeout=0.05)
                order.append("tick")
            await waiting
            assert order == ["tick", "turn"]

    asyncio.run(go())
