"""The look at the account after an apply: how long it waits for a list that is behind."""

from collections.abc import Mapping, Sequence

import pytest

from ccloud_apply.apply.once.untaken import Name
from ccloud_apply.apply.verification import Verification, Verified
from ccloud_apply.model.live.account import Account
from ccloud_apply.model.results.plan import Action, Plan, ServerPlan, StackPlan
from tests.support.virtual_time import VirtualClock, run_virtually

WEB = ("shop", "web")
CREATED = frozenset({"pool", "image"})
TIMEOUT_S = 60.0


def a_plan(action: Action) -> Plan:
    server = ServerPlan(key="web", hostname=None, action=action)
    return Plan(stacks=(StackPlan(stack="shop", path="shop.yaml", servers=(server,)),))


def verify(
    left: Sequence[Action],
    done: Mapping[Name, frozenset[str]],
    unseen: Mapping[Name, frozenset[str]] | None = None,
) -> tuple[Verified, int, float]:
    """What comes of plans that say this one after the other, how many were made, in how long."""
    clock, made = VirtualClock(), 0

    async def read_and_plan() -> tuple[Plan, Account]:
        nonlocal made
        made += 1
        return a_plan(left[min(made, len(left)) - 1]), Account()

    async def main() -> tuple[Verified, float]:
        verified = await Verification(
            read_and_plan=read_and_plan,
            stacks=(),
            plan=a_plan(left[0]),
            done=done,
            unseen=unseen or {},
            clock=clock,
            timeout_s=TIMEOUT_S,
        ).verify()
        return verified, clock.monotonic()

    verified, took_s = run_virtually(main())
    return verified, made, took_s


@pytest.mark.parametrize("behind", [Action.CREATE, Action.DESTROY])
def test_a_list_that_is_behind_what_another_one_has_confirmed_is_read_again(
    behind: Action,
) -> None:
    verified, made, _ = verify([behind, behind, Action.UNCHANGED], {WEB: CREATED})
    assert verified.left == a_plan(Action.UNCHANGED)
    assert made == 3


def test_what_never_shows_is_told_once_the_time_is_over() -> None:
    verified, _, took_s = verify([Action.CREATE], {WEB: CREATED})
    assert verified.left == a_plan(Action.CREATE)
    assert took_s == pytest.approx(TIMEOUT_S, abs=5)


@pytest.mark.parametrize(
    ("done", "unseen"),
    [({}, {}), ({("shop", "db"): CREATED}, {}), ({WEB: CREATED}, {WEB: CREATED})],
    ids=["not done", "another", "waited for before"],
)
def test_what_was_not_done_or_was_waited_for_before_is_not_waited_for(
    done: Mapping[Name, frozenset[str]], unseen: Mapping[Name, frozenset[str]]
) -> None:
    verified, made, _ = verify([Action.CREATE, Action.UNCHANGED], done, unseen)
    assert verified.left == a_plan(Action.CREATE)
    assert made == 1
