"""Stacks and runs as the database lists them: filters, order, pages, counts."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from ccloud_apply.fleet.model.listing import SORTS, Page, RunFilter, Sort, StackFilter
from ccloud_apply.fleet.store.database import Transaction
from ccloud_apply.fleet.store.statements.clock import read_now
from ccloud_apply.fleet.store.statements.conditions import like_pattern
from ccloud_apply.fleet.store.statements.history import find_run, list_runs
from ccloud_apply.fleet.store.statements.listing import count_stacks, find_stack, list_stacks
from ccloud_apply.fleet.store.statements.overview import (
    list_accounts,
    list_decisions,
    list_problems,
    list_sources,
)
from ccloud_apply.model.results.fleet import FleetStack
from tests.support.fleet_rows import (
    NOW,
    add_account,
    add_lease,
    add_plan,
    add_run,
    add_stack,
    insert,
)
from tests.support.stores import Store

Ask = Callable[[Callable[[Transaction], Awaitable[Any]]], Any]


@pytest.fixture
def ask(store: Store) -> Ask:
    """Asks a fleet of six stacks in two accounts, on each database."""

    def answer(question: Callable[[Transaction], Awaitable[Any]]) -> Any:
        async def whole() -> Any:
            async with store.open(now=lambda: NOW) as database, database.write() as tx:
                if await tx.fetch_one("select 1 as one from stack") is None:
                    await _fill(tx)
                return await question(tx)

        return asyncio.run(whole())

    return answer


async def _fill(tx: Transaction) -> None:
    await add_account(tx)
    await add_account(tx, "beta", sweep_every=600.0, error="cannot sign in", failures=3)
    await add_stack(tx, "web", labels={"tier": "production", "team": "shop"})
    await add_stack(tx, "db", state="drift", labels={"tier": "production"})
    await add_stack(tx, "mail", state="failing", why="web-1: refused", failures=2)
    await add_stack(tx, "web", "beta", state="proposed", seen_at=NOW - 1300)
    await add_stack(
        tx, "old_1", "beta", paused_by="ann", paused_why="100% busy", paused_until=NOW + 60
    )
    await add_stack(tx, "oldx1", "beta", paused_by="bob", paused_why="done", paused_until=NOW - 1)


def names(stacks: tuple[FleetStack, ...]) -> list[str]:
    return [f"{stack.account}/{stack.name}" for stack in stacks]


@pytest.mark.parametrize(
    ("chosen", "wanted"),
    [
        (StackFilter(names=("web",)), {"acme/web", "beta/web"}),
        (StackFilter(names=("WEB",)), set()),
        (StackFilter(names=("W*", "d?")), {"acme/web", "beta/web", "acme/db"}),
        (StackFilter(names=("old_*",)), {"beta/old_1"}),
        (StackFilter(accounts=("ac*",)), {"acme/web", "acme/db", "acme/mail"}),
        (StackFilter(states=frozenset({"drift", "failing"})), {"acme/db", "acme/mail"}),
        (StackFilter(labels={"tier": "production"}), {"acme/web", "acme/db"}),
        (StackFilter(labels={"tier": "p*", "team": "shop"}), {"acme/web"}),
        (StackFilter(labels={"tier": "staging"}), set()),
        (StackFilter(names=("acme/web", "beta/old_1")), {"acme/web", "beta/old_1"}),
        (StackFilter(names=("*/web", "acme/d*")), {"acme/web", "beta/web", "acme/db"}),
        (StackFilter(names=("acme/old_1",)), set()),
        (StackFilter(text="SHOP"), {"acme/web"}),
        (StackFilter(text="refused"), {"acme/mail"}),
        (StackFilter(text="tier=prod"), {"acme/web", "acme/db"}),
        (StackFilter(text="d_1"), {"beta/old_1"}),
        (StackFilter(text="*"), set()),
        (StackFilter(text=" acme   tier=prod WEB "), {"acme/web"}),
        (StackFilter(text="acme nowhere"), set()),
        (StackFilter(text="e a c m e a c m / e"), set()),
        (StackFilter(is_stale=True), {"beta/web"}),
        (StackFilter(is_paused=True), {"beta/old_1"}),
        (StackFilter(accounts=("beta",), is_paused=False), {"beta/web", "beta/oldx1"}),
        (StackFilter(names=("web",), visible=("acme",)), {"acme/web"}),
        (StackFilter(visible=()), set()),
        (StackFilter(names=("'; drop table stack; --",)), set()),
    ],
)
def test_a_filter_takes_the_stacks_for_which_all_of_it_holds(
    ask: Ask, chosen: StackFilter, wanted: set[str]
) -> None:
    assert set(names(ask(lambda tx: list_stacks(tx, chosen, Page(), NOW)))) == wanted


def test_what_needs_a_person_comes_first(ask: Ask) -> None:
    listed = names(ask(lambda tx: list_stacks(tx, StackFilter(), Page(), NOW)))
    assert listed == [
        *("acme/mail", "beta/web", "acme/db"),
        *("acme/web", "beta/old_1", "beta/oldx1"),
    ]


@pytest.mark.parametrize("sort", SORTS)
def test_pages_in_any_order_hold_each_stack_once(ask: Ask, sort: Sort) -> None:
    async def pages(tx: Transaction) -> list[tuple[FleetStack, ...]]:
        return [
            await list_stacks(
                tx, StackFilter(), Page(sort=sort, is_descending=True, limit=4, offset=offset), NOW
            )
            for offset in (0, 4, 8)
        ]

    first, second, none = ask(pages)
    assert (len(first), len(second), none) == (4, 2, ())
    assert len({*names(first), *names(second)}) == 6


def test_a_page_without_a_limit_has_all(ask: Ask) -> None:
    assert len(ask(lambda tx: list_stacks(tx, StackFilter(), Page(limit=None), NOW))) == 6


def test_counts_are_those_of_all_that_match(ask: Ask) -> None:
    counts = ask(lambda tx: count_stacks(tx, StackFilter(), NOW))
    assert counts.states == {
        "clean": 3,
        "drift": 1,
        "proposed": 1,
        "held": 0,
        "failing": 1,
        "unknown": 0,
    }
    assert (counts.total, counts.stale, counts.paused, counts.running) == (6, 1, 1, 0)
    nothing = ask(lambda tx: count_stacks(tx, StackFilter(names=("none",)), NOW))
    assert (nothing.total, nothing.stale) == (0, 0)


def test_a_stack_has_its_holder_its_last_run_and_the_plan_that_waits(
    ask: Ask,
) -> None:
    async def write(tx: Transaction) -> FleetStack:
        await add_lease(tx, "web")
        await add_lease(tx, "db", until=NOW - 1)
        await add_run(tx, "web", outcome="failed", started=NOW - 500)
        newest = await add_run(tx, "web", outcome=None, ended=None, counts=None)
        await add_run(tx, None)
        await add_plan(tx, "web", decision="superseded", digest="d0", made_at=NOW)
        await add_plan(tx, "web", run_id=newest)
        stack = await find_stack(tx, "acme", "web", NOW)
        other = await find_stack(tx, "acme", "db", NOW)
        assert stack is not None
        assert stack.last_run is not None
        assert stack.last_run.id == newest
        assert other is not None
        assert (other.holder, other.last_run, other.plan) == (None, None, None)
        assert await find_stack(tx, "acme", "none", NOW) is None
        return stack

    stack = ask(write)
    assert stack.holder == "host-1"
    assert stack.last_run is not None
    assert (stack.last_run.outcome, stack.last_run.counts) == (None, {})
    assert stack.plan is not None
    assert (stack.plan.digest, stack.plan.summary) == ("d1", {"create": 1})
    assert stack.plan.cost == {"monthly_change": "39.00"}


def test_a_pause_that_has_ended_is_none(ask: Ask) -> None:
    (paused,) = ask(lambda tx: list_stacks(tx, StackFilter(is_paused=True), Page(), NOW))
    assert paused.pause is not None
    assert (paused.pause.by, paused.pause.why) == ("ann", "100% busy")
    (ended,) = ask(lambda tx: list_stacks(tx, StackFilter(names=("oldx1",)), Page(), NOW))
    assert ended.pause is None


def test_a_stack_that_was_never_seen_gets_stale_too_and_a_vanished_one_does_not(
    ask: Ask,
) -> None:
    async def write(tx: Transaction) -> set[str]:
        await add_stack(tx, "never", seen_at=None, state="unknown", state_since=NOW - 3601)
        await add_stack(tx, "new", seen_at=None, state="unknown", state_since=NOW - 3599)
        await add_stack(tx, "gone", seen_at=NOW - 9999, state="unknown", is_declared=0)
        chosen = StackFilter(accounts=("acme",), is_stale=True)
        return set(names(await list_stacks(tx, chosen, Page(), NOW)))

    assert ask(write) == {"acme/never"}


def test_runs_are_listed_newest_first_and_page_by_their_ids(ask: Ask) -> None:
    async def write(tx: Transaction) -> None:
        ids = [await add_run(tx, "web") for _ in range(3)]
        sweep = await add_run(tx, None)
        gone = await add_run(tx, "removed", "beta", outcome="failed")

        async def found(**filters: Any) -> list[int]:
            return [run.id for run in await list_runs(tx, RunFilter(**filters), NOW)]

        assert await found() == [gone, *reversed(ids)]
        assert await found(has_sweeps=True) == [gone, sweep, *reversed(ids)]
        assert await found(limit=2) == [gone, ids[2]]
        assert await found(before=ids[2]) == [ids[1], ids[0]]
        assert await found(outcomes=frozenset({"failed"})) == [gone]
        assert await found(stacks=StackFilter(names=("rem*",))) == [gone]
        assert await found(stacks=StackFilter(accounts=("acme",)), limit=1) == [ids[2]]
        assert await found(stacks=StackFilter(labels={"team": "shop"})) == [*reversed(ids)]
        assert await found(stacks=StackFilter(visible=("beta",)), has_sweeps=True) == [gone]
        run = await find_run(tx, sweep)
        assert run is not None
        assert (run.stack, run.kind) == (None, "sweep")
        assert await find_run(tx, 999) is None

    ask(write)


def test_accounts_sources_problems_and_decisions_are_told(ask: Ask) -> None:
    async def write(tx: Transaction) -> None:
        await add_lease(tx, "web", "beta")
        await insert(tx, "problem", {"source": "s", "path": "a.yaml", "line": 3, "what": "bad"})
        await insert(tx, "source", {"name": "s", "poll_every": 60.0, "due": NOW, "error": "gone"})
        row = {"time": NOW, "who": "ann", "what": "pause", "account": "acme", "detail": "{}"}
        await insert(tx, "audit", row)
        await insert(tx, "audit", {**row, "account": "beta", "detail": '{"reason": "x"}'})
        acme, beta = await list_accounts(tx, NOW)
        assert (acme.stacks, acme.runs, acme.error) == (3, 0, None)
        assert (beta.stacks, beta.runs, beta.error) == (3, 1, "cannot sign in")
        (source,) = await list_sources(tx)
        assert (source.error, source.polled_at) == ("gone", None)
        (problem,) = await list_problems(tx)
        assert (problem.path, problem.line) == ("a.yaml", 3)
        newest, oldest = await list_decisions(tx)
        assert newest.detail == {"reason": "x"}
        assert await list_decisions(tx, before=newest.id) == (oldest,)
        assert await list_decisions(tx, chosen=StackFilter(visible=("acme",))) == (oldest,)

    ask(write)


def test_the_moment_is_the_databases_own(sqlite_store: Store) -> None:
    async def ask_now() -> float:
        async with sqlite_store.open(now=lambda: NOW) as database, database.read() as tx:
            return await read_now(tx)

    assert asyncio.run(ask_now()) == NOW


def test_a_glob_matches_what_it_says_and_nothing_else() -> None:
    assert like_pattern("A*b?c%d_e!f") == "a%b_c!%d!_e!!f"
