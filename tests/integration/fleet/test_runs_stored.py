"""Runs, states, plans and reports as the tables keep them: on both databases."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from ccloud_apply.fleet.store.database import Database, Transaction
from ccloud_apply.fleet.store.statements.clock import read_now
from ccloud_apply.fleet.store.statements.declared_stacks import GONE_S, forget_stack
from ccloud_apply.fleet.store.statements.plans import add_plan, close_plans, find_plan
from ccloud_apply.fleet.store.statements.reports import (
    add_report,
    read_newest_report,
    read_newest_reports,
)
from ccloud_apply.fleet.store.statements.run_totals import list_run_totals
from ccloud_apply.fleet.store.statements.runs import (
    begin_run,
    claim_stack,
    end_run,
    find_ended_run,
    find_run_since,
    find_stack,
    list_stacks_of,
    read_last_run,
)
from ccloud_apply.fleet.store.statements.states import (
    Standing,
    claim_sweep,
    make_due,
    read_since,
    read_sweep,
    set_standing,
    set_sweep,
    set_swept,
)
from tests.support.fleet_rows import add_account, add_run, add_stack, insert
from tests.support.stores import Store


@pytest.fixture
def run(store: Store) -> Callable[[Callable[[Transaction], Awaitable[Any]]], Any]:
    """Does something in one transaction of an account `acme` with a stack `web`."""

    def do(test: Callable[[Transaction], Awaitable[Any]]) -> Any:
        async def go() -> Any:
            async with store.open() as database:
                return await _prepared(database, test)

        return asyncio.run(go())

    return do


async def _prepared(database: Database, test: Callable[[Transaction], Awaitable[Any]]) -> Any:
    async with database.write() as tx:
        at = await read_now(tx)
        await add_account(tx, sweep_due=at - 1)
        await add_stack(tx, "web", due=at - 10, cause="commit", priority=2, state_since=at - 500)
        return await test(tx)


Run = Callable[[Callable[[Transaction], Awaitable[Any]]], Any]


async def begin(tx: Transaction, fence: int = 1, stack: str | None = "web") -> int:
    return await begin_run(
        tx,
        account="acme",
        stack=stack,
        kind="apply" if stack else "sweep",
        cause="commit",
        person=None,
        commit="c0ffee",
        fence=fence,
        worker="w1",
    )


async def read(tx: Transaction) -> Any:
    return await tx.fetch_one("select * from stack where name = 'web'")


def test_what_is_claimed_is_due_an_interval_later_and_asked_for_by_nobody(run: Run) -> None:
    async def test(tx: Transaction) -> None:
        await tx.execute("update stack set asked_by = 'ann'")
        row = await find_stack(tx, "acme", "web")
        assert row is not None
        assert (row.is_due, row.cause, row.asked_by, row.sweep_every) == (
            True,
            "commit",
            "ann",
            1800.0,
        )
        await claim_stack(tx, row)
        again = await find_stack(tx, "acme", "web")
        assert again is not None
        assert (again.is_due, again.cause, again.asked_by) == (False, "schedule", None)

    run(test)


def test_a_commit_that_comes_during_a_run_is_still_due_when_it_ends(run: Run) -> None:
    async def test(tx: Transaction) -> None:
        row = await find_stack(tx, "acme", "web")
        assert row is not None
        await claim_stack(tx, row)
        await make_due(tx, "acme", "web", "commit")
        at = await read_now(tx)
        await set_standing(tx, "acme", "web", Standing(state="clean", due=at + 1800))
        row = await find_stack(tx, "acme", "web")
        assert row is not None
        assert (row.is_due, row.cause, row.state) == (True, "commit", "clean")

    run(test)


def test_a_state_lasts_since_it_began_and_anew_with_news(run: Run) -> None:
    async def test(tx: Transaction) -> None:
        at = await read_now(tx)
        before = await read_since(tx, "acme", "web")
        await set_standing(tx, "acme", "web", Standing(state="clean", due=at))
        assert await read_since(tx, "acme", "web") == before
        await set_standing(tx, "acme", "web", Standing(state="clean", due=at, is_news=True))
        later = await read_since(tx, "acme", "web")
        assert later > before
        failing = Standing(state="failing", due=at, is_seen=False, failures=2, why="no")
        await set_standing(tx, "acme", "web", failing)
        row = await read(tx)
        assert (row["state"], row["failures"], row["why"]) == ("failing", 2, "no")

    run(test)


def test_more_urgent_causes_are_not_replaced_by_less_urgent_ones(run: Run) -> None:
    async def test(tx: Transaction) -> None:
        await make_due(tx, "acme", "web", "person")
        await make_due(tx, "acme", "web", "schedule")
        assert (await read(tx))["cause"] == "person"

    run(test)


async def sweep_sees(tx: Transaction, since: float, state: Any = "drift") -> bool:
    return await set_swept(
        tx,
        "acme",
        "web",
        state=state,
        why=None,
        is_seen=True,
        due=None,
        read_since=since,
    )


def test_a_sweep_notes_what_nobody_has_worked_on_since(run: Run) -> None:
    async def test(tx: Transaction) -> None:
        at = await read_now(tx)
        await add_run(tx, "web", started=at - 300, ended=at - 200)
        assert await sweep_sees(tx, at)
        assert (await read(tx))["state"] == "drift"

    run(test)


def test_a_sweep_says_nothing_of_a_stack_that_is_worked_on_or_was_meanwhile(run: Run) -> None:
    async def test(tx: Transaction) -> None:
        at = await read_now(tx)
        number = await add_run(tx, "web", started=at - 300, ended=None, outcome=None)
        assert not await sweep_sees(tx, at)
        await tx.execute("update run set ended = :at + 1 where id = :id", at=at, id=number)
        assert not await sweep_sees(tx, at)
        await tx.execute("delete from run")
        lease = {"kind": "stack", "account": "acme", "name": "web", "fence": 1, "until": at + 9}
        await insert(tx, "lease", {**lease, "holder": "w2"})
        assert not await sweep_sees(tx, at)
        assert (await read(tx))["state"] == "clean"

    run(test)


def test_a_dead_worker_keeps_a_stack_neither_from_sweeps_nor_from_being_forgotten(run: Run) -> None:
    """As while it is paused, or once its file is gone: nobody takes it over then."""

    async def test(tx: Transaction) -> None:
        at = await read_now(tx)
        lease = {"kind": "stack", "account": "acme", "name": "web", "fence": 1, "until": at - 1}
        await insert(tx, "lease", {**lease, "holder": "dead-1"})
        assert await sweep_sees(tx, at)
        await tx.execute("update stack set is_declared = 0")
        assert not await forget_stack(tx, "acme", "web")  # what it has sent may show late
        await tx.execute("update lease set until = :long_ago", long_ago=at - GONE_S - 1)
        assert await forget_stack(tx, "acme", "web")

    run(test)


def test_a_run_ends_once_and_a_later_one_ends_what_nobody_has_ended(run: Run) -> None:
    async def test(tx: Transaction) -> None:
        first = await begin(tx, fence=1)
        other = await begin(tx, fence=1, stack=None)
        second = await begin(tx, fence=2)
        assert await find_ended_run(tx, first) == {
            "outcome": "lost",
            "error": "w1 did not end it",
        }
        assert await find_ended_run(tx, other) is None
        assert [(one.outcome, one.runs) for one in await list_run_totals(tx)] == [("lost", 1)]
        assert not await end_run(tx, first, outcome="applied")
        assert await end_run(tx, second, outcome="failed", error="no", requests=3, counts="{}")
        assert not await end_run(tx, second, outcome="applied")
        assert await find_ended_run(tx, second) == {"outcome": "failed", "error": "no"}
        assert await read_last_run(tx) == second
        assert await find_run_since(tx, "acme", "web", first) == second
        assert await find_run_since(tx, "acme", "web", second) is None

    run(test)


def test_a_sweep_is_claimed_by_one_and_its_failures_count(run: Run) -> None:
    async def test(tx: Transaction) -> None:
        assert await claim_sweep(tx, "acme")
        assert not await claim_sweep(tx, "acme")
        await set_sweep(tx, "acme", due=5.0, error="no", failures=2)
        assert await read_sweep(tx, "acme") == (1800.0, 2)
        assert await read_sweep(tx, "nobody") == (1800.0, 0)

    run(test)


async def propose(tx: Transaction, digest: str) -> int:
    return await add_plan(
        tx,
        run=1,
        account="acme",
        stack="web",
        digest=digest,
        document="{}",
        summary="{}",
        cost=None,
        commit=None,
    )


def test_a_stack_has_one_open_plan_and_the_newest_counts(run: Run) -> None:
    async def test(tx: Transaction) -> None:
        assert await find_plan(tx, "acme", "web") is None
        await propose(tx, "one")
        await propose(tx, "two")
        newest = await find_plan(tx, "acme", "web")
        assert newest is not None
        assert (newest.digest, newest.decision, newest.has_begun) == ("two", "proposed", False)
        rows = await tx.fetch("select digest, decision from plan order by id")
        assert [tuple(row.values()) for row in rows] == [
            ("one", "superseded"),
            ("two", "proposed"),
        ]
        await close_plans(tx, "acme", "web", "applied")
        newest = await find_plan(tx, "acme", "web")
        assert newest is not None
        assert newest.decision == "applied"

    run(test)


def test_an_approval_ends_and_knows_whether_a_run_of_it_was_cut_off(run: Run) -> None:
    async def test(tx: Transaction) -> None:
        at = await read_now(tx)
        number = await propose(tx, "one")
        await tx.execute(
            "update plan set decision = 'approved', decided_at = :at, approved_until = :until",
            at=at - 50,
            until=at + 50,
        )
        await add_run(tx, "web", started=at - 40, ended=at - 30, outcome="lost")
        plan = await find_plan(tx, "acme", "web")
        assert plan is not None
        assert (plan.id, plan.decision, plan.has_begun) == (number, "approved", True)
        await tx.execute("update plan set approved_until = :at", at=at - 1)
        plan = await find_plan(tx, "acme", "web")
        assert plan is not None
        assert plan.decision == "proposed"

    run(test)


def test_the_newest_report_of_each_stack_is_known(run: Run) -> None:
    async def test(tx: Transaction) -> None:
        for stack, document in (("web", "1"), ("db", "2"), ("web", "3")):
            await add_report(tx, run=1, account="acme", stack=stack, document=document)
        assert await read_newest_reports(tx, "acme") == {"web": "3", "db": "2"}
        assert await read_newest_report(tx, "acme", "web") == "3"
        assert await read_newest_report(tx, "acme", "nothing") is None

    run(test)


def test_the_stacks_of_a_sweep_are_those_whose_files_can_be_loaded(run: Run) -> None:
    async def test(tx: Transaction) -> None:
        await add_stack(tx, "broken", problem="no")
        await add_stack(tx, "gone", is_declared=0)
        await add_stack(tx, "paused", paused_by="ann")
        rows = await list_stacks_of(tx, "acme")
        assert [(row.name, row.is_paused) for row in rows] == [("paused", True), ("web", False)]

    run(test)
