"""What the account has is looked at right before it is changed: a fee may be charged each time."""

from dataclasses import replace

import pytest

from ccloud_apply.apply.once.precondition import Precondition
from ccloud_apply.model.declared.stack import AccountSpec, Declared
from tests.support.builders import HERE, account, plan, stack
from tests.support.scripted_api import ScriptedApi
from tests.unit.apply.once.scenes import Tried, carry_out


def try_count(wanted: int, *, planned_from: dict[str, int], now: dict[str, int]) -> Tried:
    spec = AccountSpec(addons={"report": Declared(wanted, HERE)})
    desired = replace(stack(), account=spec)
    planned, _ = plan(desired, replace(account(), customer_addons=planned_from))
    api = ScriptedApi()
    api.customer_addons = now
    (step,) = planned.steps
    return carry_out(planned, step, api, Precondition(api, {}))


@pytest.mark.parametrize(
    ("wanted", "before", "operation"),
    [(1, {}, "set_customer_addon"), (0, {"report": 1}, "delete_customer_addon")],
)
def test_what_is_as_it_was_planned_is_changed(
    wanted: int, before: dict[str, int], operation: str
) -> None:
    assert try_count(wanted, planned_from=before, now=before).sent == (operation,)


@pytest.mark.parametrize(
    ("wanted", "before", "now", "reason"),
    [
        (2, {}, {"report": 1}, "the account has 1 of addon report"),
        (2, {"report": 1}, {}, "the account has 0 of addon report"),
        (0, {"report": 1}, {"report": 3}, "the account has 3 of addon report"),
    ],
)
def test_what_somebody_else_has_booked_is_not_changed(
    wanted: int, before: dict[str, int], now: dict[str, int], reason: str
) -> None:
    tried = try_count(wanted, planned_from=before, now=now)
    assert tried.sent == tried.intents == ()
    assert tried.outcome.error == f"changed since the plan: {reason}; plan again"


@pytest.mark.parametrize(
    ("wanted", "before", "now"),
    [(1, {}, {"report": 1}), (0, {"report": 1}, {})],
)
def test_what_is_so_already_is_not_booked_again(
    wanted: int, before: dict[str, int], now: dict[str, int]
) -> None:
    tried = try_count(wanted, planned_from=before, now=now)
    assert tried.sent == tried.intents == ()
    assert tried.outcome.is_done
