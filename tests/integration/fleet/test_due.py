"""What a tick finds due, and what it does about dead workers: on both databases."""

from typing import Any

from ccloud_apply.fleet.engine.port import Job
from ccloud_apply.fleet.store.database import Database, Transaction
from ccloud_apply.fleet.store.statements.clock import read_now
from ccloud_apply.fleet.tick import make_tick
from tests.support.fleet_rows import add_account, add_run, add_stack, insert
from tests.support.stores import Store, run


async def now(tx: Transaction) -> float:
    return await read_now(tx)


async def tick(database: Database) -> list[str]:
    return [job.lock for job in await make_tick(database, chance=lambda: 0.5)]


async def add_holder(
    tx: Transaction, name: str, *, until: float, account: str = "acme", kind: str = "stack"
) -> None:
    row = {"kind": kind, "account": account, "name": name, "fence": 3}
    await insert(tx, "lease", {**row, "holder": "dead-1", "until": until})


def test_only_what_is_due_becomes_a_job_and_none_twice(store: Store) -> None:
    async def test(database: Database) -> None:
        async with database.write() as tx:
            at = await now(tx)
            await add_account(tx, sweep_due=at + 1000)
            await add_stack(tx, "late", due=at + 500)
            await add_stack(tx, "due", due=at - 5)
            await insert(tx, "source", {"name": "git", "poll_every": 300.0, "due": at - 1})
            await insert(tx, "source", {"name": "idle", "poll_every": 300.0, "due": at + 100})
        assert await tick(database) == ["poll::git", "run:acme:due"]
        assert await tick(database) == []
        async with database.write() as tx:
            await tx.execute("update stack set queued_until = {now} - 1")
        assert await tick(database) == ["run:acme:due"]

    run(store, test)


def test_paused_broken_vanished_and_unconfigured_stacks_do_not_run(store: Store) -> None:
    async def test(database: Database) -> None:
        async with database.write() as tx:
            at = await now(tx)
            await add_account(tx, sweep_due=at + 1000)
            await add_account(tx, "gone", sweep_due=at - 10, is_configured=0)
            stacks: dict[str, dict[str, Any]] = {
                "paused": {"paused_by": "ann", "paused_until": at + 50},
                "for-ever": {"paused_by": "ann"},
                "over": {"paused_by": "ann", "paused_until": at - 50},
                "broken": {"problem": "no"},
                "vanished": {"is_declared": 0},
            }
            for name, columns in stacks.items():
                await add_stack(tx, name, due=at - 5, **columns)
            await add_stack(tx, "elsewhere", "gone", due=at - 5)
        assert await tick(database) == ["run:acme:over"]

    run(store, test)


def test_an_account_has_no_more_runs_than_its_limit_whoever_makes_them(store: Store) -> None:
    async def test(database: Database) -> None:
        async with database.write() as tx:
            at = await now(tx)
            await add_account(tx, sweep_due=at + 1000, runs=3)
            for number in range(6):
                await add_stack(tx, f"s{number}", due=at - 100 + number)
            await add_stack(tx, "urgent", due=at - 1, priority=3)
            await add_holder(tx, "s0", until=at + 60)
        assert await tick(database) == ["run:acme:urgent", "run:acme:s1"]
        assert await tick(database) == []
        async with database.write() as tx:  # a lease that has ended is no run
            await tx.execute("update lease set holder = null, until = {now}")
            await tx.execute("update stack set queued_until = null")
        assert await tick(database) == ["run:acme:urgent", "run:acme:s0", "run:acme:s1"]

    run(store, test)


def test_a_sweep_is_made_where_there_is_something_to_look_at(store: Store) -> None:
    async def test(database: Database) -> None:
        async with database.write() as tx:
            at = await now(tx)
            await add_account(tx, sweep_due=at - 1)
            await add_account(tx, "empty", sweep_due=at - 1)
            await add_stack(tx, "one", due=at + 100)
        assert await tick(database) == ["sweep:acme:"]
        async with database.write() as tx:
            await tx.execute("update account set queued_until = null")
            await add_holder(tx, "", until=at + 60, kind="account")
        assert await tick(database) == []

    run(store, test)


def test_the_run_of_a_dead_worker_is_ended_and_its_stack_taken_over_at_once(store: Store) -> None:
    async def test(database: Database) -> None:
        async with database.write() as tx:
            at = await now(tx)
            await add_account(tx, sweep_due=at + 1000)
            await add_stack(tx, "web", due=at + 900)
            number = await add_run(tx, "web", ended=None, outcome=None, fence=3)
            await add_holder(tx, "web", until=at - 1)
        assert await tick(database) == ["run:acme:web"]
        async with database.read() as tx:
            ended = await tx.fetch_one("select * from run where id = :id", id=number)
            stack = await tx.fetch_one("select * from stack")
        assert ended is not None
        assert stack is not None
        assert (ended["outcome"], ended["error"]) == ("lost", "dead-1 did not end it")
        assert (stack["cause"], stack["failures"]) == ("take-over", 1)

    run(store, test)


def test_what_kills_its_workers_again_and_again_waits_longer_each_time(store: Store) -> None:
    async def test(database: Database) -> None:
        async with database.write() as tx:
            at = await now(tx)
            await add_account(tx, sweep_due=at + 1000)
            await add_stack(tx, "web", due=at + 900, failures=2)
            await add_run(tx, "web", ended=None, outcome=None, fence=3)
            await add_holder(tx, "web", until=at - 1)
        assert await tick(database) == []
        assert await tick(database) == []  # the dead lease is still there: it counts once
        async with database.read() as tx:
            stack = await tx.fetch_one("select due, failures from stack")
        assert stack is not None
        assert stack["failures"] == 3
        assert 60 <= stack["due"] - at < 110

    run(store, test)


def test_what_is_half_done_waits_a_minute_at_most_however_often_it_has_died(
    store: Store,
) -> None:
    async def test(database: Database) -> None:
        async with database.write() as tx:
            at = await now(tx)
            await add_account(tx, sweep_due=at + 1000)
            await add_stack(tx, "web", due=at + 900, failures=12, every=86400.0)
            await add_run(tx, "web", ended=None, outcome=None, fence=3)
            await add_holder(tx, "web", until=at - 1)
        assert await tick(database) == []
        async with database.read() as tx:
            stack = await tx.fetch_one("select due from stack")
        assert stack is not None
        assert 50 <= stack["due"] - at < 110

    run(store, test)


def test_a_dead_poll_is_made_again_at_once(store: Store) -> None:
    async def test(database: Database) -> None:
        async with database.write() as tx:
            at = await now(tx)
            await insert(tx, "source", {"name": "git", "poll_every": 300.0, "due": at + 200})
            await add_holder(tx, "git", until=at - 1, account="", kind="source")
        assert await tick(database) == ["poll::git"]

    run(store, test)


def test_a_clock_that_was_set_back_keeps_nothing_waiting_for_the_later_moment(store: Store) -> None:
    async def test(database: Database) -> None:
        async with database.write() as tx:
            at = await now(tx)
            later = at + 9e6
            ahead: dict[str, Any] = {
                "due": later,
                "seen_at": later,
                "queued_until": later,
                "state_since": later,
            }
            await add_account(tx, sweep_due=later, tat=later, closed_until=later)
            await add_stack(tx, "web", **ahead)
            await add_stack(tx, "soon", due=at + 50)
            await add_run(tx, "web", started=later, ended=later)
            await insert(tx, "source", {"name": "git", "poll_every": 300.0, "due": later})
            await add_holder(tx, "web", until=later)
            await insert(tx, "tick", {"id": 1, "ticked_at": later})
        assert await tick(database) == []
        async with database.read() as tx:
            (ticked,) = await tx.fetch("select ticked_at - {now} as age from tick")
            (web,) = await tx.fetch("select * from stack where name = 'web'")
            (soon,) = await tx.fetch("select due from stack where name = 'soon'")
            (account,) = await tx.fetch("select * from account")
            (lease,) = await tx.fetch("select until from lease")
            (source,) = await tx.fetch("select due from source")
            (run_row,) = await tx.fetch("select ended from run")
        assert -60 < ticked["age"] <= 0
        assert at + web["every"] <= web["due"] < at + web["every"] + 60
        assert at <= web["seen_at"] < at + 60
        assert at <= run_row["ended"] < at + 60
        assert soon["due"] == at + 50
        assert account["sweep_due"] < at + account["sweep_every"] + 60
        assert account["tat"] < at + 60
        assert account["closed_until"] < at + 60
        assert lease["until"] < at + 3660
        assert source["due"] < at + 360

    run(store, test)


def test_jobs_are_known_by_what_they_are_about() -> None:
    assert Job(kind="sweep", account="a", name="").lock == "sweep:a:"
