"""Workers of a fleet that stand still or die at any await: no server is made twice, none is lost.

`python -m benchmarks.soak --workers` tries every step; here it is some of them, and the worst ones.
"""

import asyncio
import random
from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack, asynccontextmanager, contextmanager
from functools import cache
from typing import Any
from unittest.mock import patch

import pytest

from ccloud_apply.fleet.lease import journal
from ccloud_apply.fleet.lease.lease import Lease
from ccloud_apply.fleet.store.statements.journal import append_journal, cut_journal
from ccloud_apply.model.results.plan import Plan
from tests.simulator import workers
from tests.simulator.behaviours import ORDER
from tests.simulator.frozen import Freeze
from tests.simulator.schedule import PASSWORD, Run, Schedule
from tests.simulator.sweep import build_reference
from tests.simulator.workers import GRACE_S, LEASE_S, Outcome, Stopped, simulate_workers
from tests.simulator.world import STACK
from tests.support.builders import spec, stack

TAKEN_OVER_S = LEASE_S + 30
"""Long enough for another worker to take the stack over, and to look for what is open meanwhile."""

FORGOTTEN_S = LEASE_S + GRACE_S + 60
"""Long enough for it to have looked through all of its grace, and to have created the server."""


def one_server() -> Schedule:
    fields = {**ORDER, "password": {"env": PASSWORD}}
    only = stack(spec("new", **fields), name=STACK)
    return Schedule(seed=1, stack=only, orders=(), rules=(), runs=(Run(),), sandbox={})


@cache
def when_it_leaves() -> int:
    """The step at which the create leaves if nothing goes wrong."""
    (left_at, _) = simulate_workers(one_server(), (Stopped(), Stopped())).left_at
    return left_at[0]


def stop_at(*steps: int, seconds: float | None, schedule: Schedule | None = None) -> Outcome:
    """Stop the first of two workers."""
    freezes = tuple(Freeze(step=step, seconds=seconds) for step in steps)
    stops = (Stopped(freezes=freezes), Stopped())
    return simulate_workers(schedule or one_server(), stops)


def test_two_workers_and_nothing_that_goes_wrong() -> None:
    outcome = simulate_workers(build_reference(), (Stopped(), Stopped()))
    assert outcome.violations == outcome.errors == []
    assert outcome.fences == 2
    assert outcome.changes_by == [8, 0]
    assert set(outcome.servers.values()) == {1}


@pytest.mark.parametrize("before", range(0, 10, 2))
@pytest.mark.parametrize("seconds", [TAKEN_OVER_S, FORGOTTEN_S, None])
def test_a_worker_that_is_stopped_around_its_create_makes_no_second_server(
    before: int, seconds: float | None
) -> None:
    """Before and after the intent, the commit, the check: the last await before the socket is 0."""
    outcome = stop_at(when_it_leaves() - before, seconds=seconds)
    assert outcome.violations == []
    assert outcome.servers == {"new": 1}
    assert outcome.fences >= 2


@pytest.mark.parametrize("step", range(5, 750, 211))
@pytest.mark.parametrize("seconds", [20.0, FORGOTTEN_S, None])
def test_a_worker_that_is_stopped_at_any_step_of_a_larger_apply_loses_nothing(
    step: int, seconds: float | None
) -> None:
    outcome = stop_at(step, seconds=seconds, schedule=build_reference())
    assert outcome.violations == []
    assert set(outcome.servers.values()) == {1}


@pytest.mark.parametrize("seed", range(3))
def test_three_workers_that_are_stopped_again_and_again_converge(seed: int) -> None:
    chance = random.Random(seed)
    stops = [
        Stopped(
            freezes=tuple(
                Freeze(
                    step=chance.randint(1, 500), seconds=chance.choice((5.0, 70.0, 130.0, 400.0))
                )
                for _ in range(3)
            )
        )
        for _ in range(3)
    ]
    outcome = simulate_workers(build_reference(), stops, seed=seed)
    assert outcome.violations == []
    assert set(outcome.servers.values()) == {1}


def test_frozen_between_the_check_and_the_socket_for_less_than_the_grace_is_found() -> None:
    """The other worker takes it over, looks for what is open, and finds what has come late."""
    stops = (Stopped(at_socket=(1, TAKEN_OVER_S)), Stopped())
    outcome = simulate_workers(one_server(), stops)
    assert outcome.violations == []
    assert outcome.servers == {"new": 1}
    assert outcome.changes_by == [1, 0]


def test_frozen_between_the_check_and_the_socket_for_longer_is_the_one_case_that_is_named() -> None:
    """Nobody could do better: the platform has no compare-and-set."""
    stops = (Stopped(at_socket=(1, FORGOTTEN_S)), Stopped())
    outcome = simulate_workers(one_server(), stops)
    assert outcome.servers == {"new": 2}
    assert any("vs10001" in error and "vs10002" in error for error in outcome.errors), (
        outcome.errors
    )


@pytest.mark.parametrize("before", range(0, 10, 3))
@pytest.mark.parametrize("jump_s", [LEASE_S * 2, -LEASE_S * 2])
def test_a_clock_of_the_database_that_jumps_makes_no_second_server(
    before: int, jump_s: float
) -> None:
    """The holder believes that it still has the lease, and another one has taken it: what the first
    one has noted before that, the second one looks for; what it would note later is refused."""
    stops = (Stopped(jump=(when_it_leaves() - before, jump_s)), Stopped())
    outcome = simulate_workers(one_server(), stops)
    assert outcome.servers == {"new": 1}
    assert [text for text in outcome.violations if "without the lease" not in text] == []


async def send_anything(_lease: Lease) -> None:
    """As if nobody looked at the lease's end before a change leaves."""


async def write_anything(lease: Lease, _tx: Any) -> None:
    """As if the journal did not know the fence: written by whoever believes to hold the lease."""


async def append_over(tx: Any, account: str, stack: str, *, after: int, **what: Any) -> None:
    """As if the records of another one were in nobody's way."""
    await cut_journal(tx, account, stack, after=after)
    await append_journal(tx, account, stack, after=after, **what)


@asynccontextmanager
async def never_stop(_plan: Plan, _lease: Lease) -> AsyncIterator[asyncio.Event]:
    """As if a run did not end once its lease is lost."""
    yield asyncio.Event()


@contextmanager
def without(*names: str) -> Iterator[None]:
    with ExitStack() as patches:
        if "check" in names:
            patches.enter_context(patch.object(Lease, "may_send", send_anything))
        if "fence" in names:
            patches.enter_context(patch.object(Lease, "_require", write_anything))
        if "number" in names:
            patches.enter_context(patch.object(journal, "append_journal", append_over))
        if "stop" in names:
            patches.enter_context(patch.object(workers, "_stop_when_lost", never_stop))
        yield


@pytest.mark.parametrize(
    ("missing", "before", "servers"),
    [
        (("check", "stop"), 0, 2),  # frozen after the intent
        (("check", "fence", "number", "stop"), 4, 2),  # frozen before it
        (("fence", "stop"), 0, 1),
    ],
)
def test_without_what_keeps_them_the_simulator_sees_changes_that_leave_without_a_lease(
    missing: tuple[str, ...], before: int, servers: int
) -> None:
    with without(*missing):
        outcome = stop_at(when_it_leaves() - before, seconds=FORGOTTEN_S)
    assert any("left without the lease" in text for text in outcome.violations)
    assert outcome.servers == {"new": servers}


@pytest.mark.parametrize(
    ("missing", "before"),
    [
        (("check", "stop"), 4),  # before the intent, which is refused then
        (("check", "fence", "stop"), 4),  # another one has written the record of this number
        (("stop",), 0),  # after it, and its own clock tells
    ],
)
def test_the_fence_and_the_check_each_keep_what_is_theirs(
    missing: tuple[str, ...], before: int
) -> None:
    with without(*missing):
        outcome = stop_at(when_it_leaves() - before, seconds=FORGOTTEN_S)
    assert outcome.violations == []
    assert outcome.servers == {"new": 1}
    assert outcome.changes_by == [0, 1]
