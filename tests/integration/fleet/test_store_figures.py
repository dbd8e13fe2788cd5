"""The figures that monitoring reads, from both databases; and the metrics made of them."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from prometheus_client.parser import text_string_to_metric_families

from ccloud_apply.errors import StoreError
from ccloud_apply.fleet.health import check_ready
from ccloud_apply.fleet.metrics import render_metrics
from ccloud_apply.fleet.model.figures import FleetFigures
from ccloud_apply.fleet.store.database import POSTGRES, Database, Transaction
from ccloud_apply.fleet.store.statements.clock import read_now
from ccloud_apply.fleet.store.statements.due import Dead, mark_lost
from ccloud_apply.fleet.store.statements.figures import read_figures
from ccloud_apply.fleet.store.statements.run_totals import list_run_totals
from ccloud_apply.fleet.store.statements.runs import begin_run, end_run
from ccloud_apply.fleet.store.statements.workers import beat, begin_tick
from tests.support.fleet_rows import add_account, add_lease, add_stack, insert
from tests.support.stores import Store, run


async def read(database: Database) -> FleetFigures:
    async with database.read() as tx:
        return await read_figures(tx)


def samples(figures: FleetFigures) -> dict[tuple[str, frozenset[tuple[str, str]]], float]:
    """What Prometheus' own parser reads."""
    text = render_metrics(figures).decode()
    return {
        (sample.name, frozenset(sample.labels.items())): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def test_an_empty_fleet_has_figures_and_no_tick(store: Store) -> None:
    figures = run(store, read)

    assert figures == FleetFigures(
        stacks={},
        stale={},
        totals=(),
        queue_age_s=0.0,
        outbox_age_s=0.0,
        tick_age_s=None,
        workers=0,
    )
    assert ("ccloud_fleet_workers", frozenset()) in samples(figures)


def test_stacks_are_counted_by_account_and_state_and_stale_ones_beside(store: Store) -> None:
    async def test(database: Database) -> FleetFigures:
        async with database.write() as tx:
            now = await read_now(tx)
            for account in ("a", "b"):
                await add_account(tx, account, sweep_every=100.0, sweep_due=now, swept_at=now)
            ages = {"fresh": 150.0, "old": 250.0}
            for name, age in ages.items():
                await add_stack(tx, name, "a", seen_at=now - age, due=now + 100)
            await add_stack(tx, "new", "a", state="unknown", seen_at=None, state_since=now, due=now)
            await add_stack(
                tx, "gone", "a", state="unknown", seen_at=now - 999, is_declared=0, due=now - 999
            )
        return await read(database)

    figures = run(store, test)

    assert figures.stacks == {("a", "clean"): 2, ("a", "unknown"): 2}
    assert figures.stale == {"a": 1, "b": 0}


@pytest.mark.parametrize(
    ("changes", "waits"),
    [
        ({}, True),
        ({"paused_by": "ops", "paused_until": 9e9}, False),
        ({"paused_by": "ops"}, False),  # for as long as nobody resumes it
        ({"paused_by": "ops", "paused_until": 1.0}, True),
        ({"problem": "cannot be loaded"}, False),
        ({"is_declared": 0}, False),
    ],
)
def test_the_queue_is_as_old_as_the_stack_that_waits_longest(
    sqlite_store: Store, changes: dict[str, Any], waits: bool
) -> None:
    async def test(database: Database) -> FleetFigures:
        async with database.write() as tx:
            now = await read_now(tx)
            await add_account(tx, "a")
            await add_stack(tx, "next", "a", due=now + 50)
            await add_stack(tx, "late", "a", due=now - 500, **changes)
        return await read(database)

    age_s = run(sqlite_store, test).queue_age_s

    assert (500 <= age_s < 600) if waits else age_s == 0


def test_a_stack_that_somebody_works_on_does_not_wait(store: Store) -> None:
    async def test(database: Database) -> tuple[float, float]:
        async with database.write() as tx:
            now = await read_now(tx)
            await add_account(tx, "a")
            await add_stack(tx, "web", "a", due=now - 500)
            await add_lease(tx, "web", "a", until=now + 60)
        held = await read(database)
        async with database.write() as tx:
            await tx.execute("update lease set until = {now} - 1")
        return held.queue_age_s, (await read(database)).queue_age_s

    held_s, free_s = run(store, test)

    assert held_s == 0
    assert 500 <= free_s < 600


def test_a_notification_that_nobody_has_taken_ages(store: Store) -> None:
    async def test(database: Database) -> FleetFigures:
        async with database.write() as tx:
            now = await read_now(tx)
            for key, delivered in (("1", now), ("2", None)):
                row = {"sink": "ops", "body": "{}", "next": now, "delivered_at": delivered}
                await insert(tx, "outbox", {"key": key, "made_at": now - 90, **row})
        return await read(database)

    assert 90 <= run(store, test).outbox_age_s < 200


async def _add_run(
    database: Database, *, outcome: str, seconds: float, account: str = "a", requests: int = 5
) -> None:
    async with database.write() as tx:
        number = await begin_run(
            tx,
            account=account,
            stack="web",
            kind="apply",
            cause="schedule",
            person=None,
            commit=None,
            fence=1,
            worker="w",
        )
        await tx.execute(
            "update run set started = {now} - cast(:s as double precision) where id = :id",
            s=seconds,
            id=number,
        )
        if outcome == "lost":
            dead = Dead(kind="stack", account=account, name="web", fence=1, holder="w")
            assert await mark_lost(tx, dead)
            assert not await mark_lost(tx, dead)
        else:
            outcomes: Any = outcome
            assert await end_run(tx, number, outcome=outcomes, requests=requests)
            assert not await end_run(tx, number, outcome="failed", requests=requests)


def test_a_run_is_counted_once_when_it_ends_and_stays_counted(store: Store) -> None:
    async def test(database: Database) -> FleetFigures:
        await _add_run(database, outcome="applied", seconds=5)
        await _add_run(database, outcome="applied", seconds=500)
        await _add_run(database, outcome="applied", seconds=50_000, account="b")
        await _add_run(database, outcome="lost", seconds=30)
        async with database.write() as tx:
            await tx.execute("delete from run")
        return await read(database)

    seen = samples(run(store, test))

    def of(name: str, **labels: str) -> float:
        return seen[name, frozenset(labels.items())]

    assert of("ccloud_fleet_runs_total", account="a", outcome="applied") == 2
    assert of("ccloud_fleet_runs_total", account="b", outcome="applied") == 1
    assert of("ccloud_fleet_runs_total", account="a", outcome="lost") == 1
    assert of("ccloud_fleet_requests_total", account="a") == 10
    assert of("ccloud_fleet_lease_lost_total") == 1
    assert of("ccloud_fleet_run_seconds_count", kind="apply") == 4
    assert of("ccloud_fleet_run_seconds_bucket", kind="apply", le="1.0") == 0
    assert of("ccloud_fleet_run_seconds_bucket", kind="apply", le="10.0") == 1
    assert of("ccloud_fleet_run_seconds_bucket", kind="apply", le="60.0") == 2
    assert of("ccloud_fleet_run_seconds_bucket", kind="apply", le="1800.0") == 3
    assert of("ccloud_fleet_run_seconds_bucket", kind="apply", le="+Inf") == 4


def test_a_run_that_has_not_ended_is_not_counted(store: Store) -> None:
    async def test(database: Database) -> Any:
        async with database.write() as tx:
            await insert(
                tx,
                "run",
                {
                    "account": "a",
                    "kind": "sweep",
                    "cause": "schedule",
                    "worker": "w",
                    "started": 1.0,
                },
            )
        async with database.read() as tx:
            return await list_run_totals(tx)

    assert run(store, test) == ()


def test_a_fleet_is_ready_while_somebody_ticks(store: Store) -> None:
    async def test(database: Database) -> list[str]:
        found = [(await check_ready(database)).why]
        async with database.write() as tx:
            assert await begin_tick(tx, least_s=0)
            await beat(tx, "w", version="1", accounts="*")
        ready = await check_ready(database)
        assert ready.is_ready
        assert (await read(database)).workers == 1
        async with database.write() as tx:
            await tx.execute("update tick set ticked_at = {now} - 100")
        return [*found, (await check_ready(database)).why]

    before, after = run(store, test)

    assert before == "there was no tick yet"
    assert after.startswith("the last tick was 10")


class _Away:
    """A database that refuses, or never answers."""

    dialect = POSTGRES
    name = "fleet at 10.0.0.1"

    def __init__(self, *, answers: bool) -> None:
        self._answers = answers

    @asynccontextmanager
    async def read(self) -> AsyncIterator[Transaction]:
        if not self._answers:
            await asyncio.Event().wait()
        raise StoreError("the database fleet at 10.0.0.1 cannot be reached")
        yield

    write = read

    async def close(self) -> None: ...


@pytest.mark.parametrize(
    ("answers", "why"),
    [(True, "the database cannot be used"), (False, "the database has not answered for 0.01 s")],
)
def test_a_fleet_whose_database_is_away_is_not_ready(answers: bool, why: str) -> None:
    ready = asyncio.run(check_ready(_Away(answers=answers), answer_s=0.01))

    assert not ready.is_ready
    assert ready.why == why


def test_hostile_names_stay_within_their_label(store: Store) -> None:
    name = 'a"} 1\nccloud_fleet_workers 99\n# \\'

    async def test(database: Database) -> FleetFigures:
        async with database.write() as tx:
            await add_account(tx, name)
            await add_stack(tx, "web", name)
        return await read(database)

    seen = samples(run(store, test))

    labels = frozenset({"account": name, "state": "clean"}.items())
    assert seen["ccloud_fleet_stacks", labels] == 1
    assert seen["ccloud_fleet_workers", frozenset()] == 0
