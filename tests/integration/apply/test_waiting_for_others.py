"""Planning again, before an apply until servers are free, after it until they can be compared."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, cast

import pytest

from ccloud_apply.api.client import Client
from ccloud_apply.apply.result import ApplyOptions
from ccloud_apply.apply.tasks.waiting import look_until_compared, wait_until_free
from ccloud_apply.model.live.account import Account
from ccloud_apply.model.results.plan import Action, Plan, ServerPlan, StackPlan
from tests.support.virtual_time import VirtualClock, run_virtually

OPTIONS = ApplyOptions(task_timeout_s=60, grace_s=20)
NOBODY = cast(Client, None)
"""No task is running, so nobody is asked about one."""

WEB = ("shop", "web")


def planned(action: Action, *, is_busy: bool = False, key: str = "web") -> Plan:
    why = "vs1 is not told" if action is Action.NOT_COMPARED else ""
    server = ServerPlan(key=key, hostname="vs1", action=action, why=why, is_busy=is_busy)
    return Plan(stacks=(StackPlan(stack="shop", path="shop.yaml", servers=(server,)),))


BUSY = planned(Action.NOT_COMPARED, is_busy=True)
UNKNOWN = planned(Action.NOT_COMPARED)
SAME = planned(Action.UNCHANGED)


def play(work: Callable[[VirtualClock], Awaitable[Any]]) -> tuple[Any, float]:
    """What comes of it, and how many seconds it took."""

    async def main() -> tuple[Any, float]:
        found = await work(VirtualClock())
        return found, asyncio.get_running_loop().time()

    return run_virtually(main())


def look(plans: Sequence[Plan], **rest: Any) -> tuple[tuple[Plan, Account], float]:
    """Plan and account after an apply, where reads give these plans; the last one from then on."""
    left = list(plans)

    async def read_and_plan() -> tuple[Plan, Account]:
        return (left.pop(0) if len(left) > 1 else left[0]), Account()

    return play(
        lambda clock: look_until_compared(
            read_and_plan,
            client=NOBODY,
            clock=clock,
            options=OPTIONS,
            listen=lambda event: None,
            **{"changed": (WEB,), **rest},
        )
    )


def test_a_server_is_looked_at_again_until_it_can_be_compared() -> None:
    (found, _), seconds = look([UNKNOWN, UNKNOWN, SAME])
    assert found == SAME
    assert seconds == 4


@pytest.mark.parametrize(("left", "rest"), [(UNKNOWN, {}), (BUSY, {}), (BUSY, {"changed": ()})])
def test_it_is_looked_at_as_long_as_reads_may_take_to_agree(left: Plan, rest: Any) -> None:
    (found, _), seconds = look([left], **rest)
    assert found == left
    assert seconds == OPTIONS.consistency_timeout_s


@pytest.mark.parametrize(
    ("left", "rest"),
    [
        (UNKNOWN, {"changed": ()}),
        (BUSY, {"changed": (), "given_up": (WEB,)}),
        (BUSY, {"concerns": lambda plan: SAME}),
    ],
)
def test_what_was_unknown_before_is_not_waited_for_again(left: Plan, rest: Any) -> None:
    assert look([left], **rest)[1] == 0


def wait(plans: Sequence[Plan], **rest: Any) -> tuple[Plan, list[bool], float]:
    """The plan before an apply, whether busy servers were left each time, and the seconds."""
    left = list(plans)
    asked: list[bool] = []

    async def read_and_plan(leaves_busy: bool) -> tuple[Plan, Account]:
        asked.append(leaves_busy)
        return (left.pop(0) if len(left) > 1 else left[0]), Account()

    (plan, _), seconds = play(
        lambda clock: wait_until_free(
            read_and_plan,
            client=NOBODY,
            clock=clock,
            options=OPTIONS,
            listen=lambda event: None,
            **rest,
        )
    )
    return plan, asked, seconds


def test_an_apply_waits_for_what_passes_and_for_nothing_else() -> None:
    assert wait([BUSY, BUSY, SAME]) == (SAME, [False] * 3, 4)
    assert wait([UNKNOWN]) == (UNKNOWN, [False], 0)
    assert wait([BUSY], concerns=lambda plan: SAME) == (BUSY, [False], 0)


def test_after_the_time_of_a_task_an_apply_goes_on_without_the_busy_server() -> None:
    plan, asked, seconds = wait([BUSY])
    assert plan == BUSY
    assert asked[-2:] == [False, True]
    assert seconds == OPTIONS.task_timeout_s
