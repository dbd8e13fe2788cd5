"""What windows and freezes hold of a plan, and what --defer leaves out of it."""

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

from ccloud_apply.model.declared.stack import Lifecycle, Policy, Stack
from ccloud_apply.model.declared.windows import Freeze, Window
from ccloud_apply.model.live.account import Account
from ccloud_apply.model.results.plan import Plan, StackPlan
from ccloud_apply.plan.build import PlanOptions, build_plan
from ccloud_apply.plan.windows.again import judge_again
from tests.support.builders import COMPLETE, account, live, spec, stack

NIGHT = datetime(2027, 1, 2, 3, 0, tzinfo=UTC)
NOON = datetime(2027, 1, 2, 12, 0, tzinfo=UTC)
NEXT = datetime(2027, 1, 3, 2, 0, tzinfo=UTC)


def at_night(*classes: str) -> Policy:
    return Policy(windows=((Window(classes=frozenset(classes), opens=120, closes=360),),))


def planned(desired: Stack, actual: Account, moment: datetime = NOON, **options: Any) -> Plan:
    plan, found = build_plan([desired], actual, PlanOptions(moment=moment, **options))
    assert plan is not None, found
    return plan


def one(plan: Plan) -> StackPlan:
    (found,) = plan.stacks
    return found


OFFLINE = Lifecycle(resize="offline")
RESIZED = spec("web", lifecycle=OFFLINE, memory=8)


def two(policy: Policy, **fields: Any) -> tuple[Stack, Account]:
    """A web server that is resized, and an app server that needs it."""
    app = spec("app", depends_on=("web",), **fields)
    other = spec("db", notes="new")
    actual = account(live(key="web"), live(10002, key="app"), live(10003, key="db"))
    return stack(RESIZED, app, other, policy=policy), actual


def test_a_plan_outside_its_window_is_held_and_says_when_it_may_be_done() -> None:
    desired = stack(RESIZED, policy=at_night("downtime"))
    (held,) = one(planned(desired, account(live(key="web")))).held
    assert held.code == "outside-window"
    assert held.what == (
        "web (vs10001) may not change now: the window for downtime is closed;"
        " it may be done from Sun 2027-01-03 02:00 UTC on"
    )
    assert one(planned(desired, account(live(key="web")), NIGHT)).held == ()


def test_a_closed_window_names_the_classes_that_it_is_for_and_no_others() -> None:
    later = Freeze(first=date(2027, 12, 24))
    desired = stack(RESIZED, policy=replace(at_night("downtime"), freezes=(later,)))
    (held,) = one(planned(desired, account(live(key="web")))).held
    assert "the window for downtime is closed" in held.what


def test_whoever_gives_a_reason_is_not_held_and_the_plan_tells_it() -> None:
    desired = stack(RESIZED, policy=at_night("downtime"))
    plan = planned(desired, account(live(key="web")), override_window="disk full")
    assert (plan.held, plan.override_window) == ((), "disk full")


def test_a_class_that_no_window_names_is_free() -> None:
    desired = stack(spec("web", notes="new"), policy=at_night("downtime"))
    assert planned(desired, account(live(key="web"))).held == ()


def test_a_freeze_holds_a_create_and_its_reason_is_told() -> None:
    frozen = Policy(freezes=(Freeze(first=date(2027, 1, 1), reason="Christmas"),))
    (held,) = planned(stack(spec("web", **COMPLETE), policy=frozen), account()).held
    assert held.code == "in-freeze"
    assert "Christmas" in held.what


def test_what_is_deferred_is_left_out_with_what_needs_it_and_the_rest_is_planned() -> None:
    plan = one(planned(*two(at_night("downtime"), notes="new"), is_deferring=True))
    assert [(d.key, d.action.value, d.opens_at) for d in plan.deferred] == [
        ("web", "update", NEXT),
        ("app", "update", NEXT),
    ]
    assert plan.deferred[1].why == "it waits for web, which is deferred"
    assert [step.server for step in plan.steps] == ["db"]
    assert [server.key for server in plan.servers] == ["db"]
    assert plan.summary["update"] == 1
    assert plan.held == ()


def test_what_changes_nothing_is_not_deferred() -> None:
    plan = one(planned(*two(at_night("downtime")), is_deferring=True))
    assert [d.key for d in plan.deferred] == ["web"]
    assert "app" in {server.key for server in plan.servers}


def test_a_guard_does_not_count_what_is_deferred() -> None:
    desired = stack(spec("db"), policy=replace(at_night("destroy"), max_destroy=0))
    actual = account(live(key="db"), live(10002, key="web"))
    plan = one(planned(desired, actual, is_deferring=True))
    assert [d.key for d in plan.deferred] == ["web"]
    assert plan.held == ()


def test_a_destroyed_server_waits_with_the_one_that_needs_it() -> None:
    desired = stack(policy=at_night("destroy"))
    actual = account(live(key="db"), live(10002, key="web"))
    plan = one(planned(desired, actual, is_destroy=True, is_deferring=True))
    assert {d.key for d in plan.deferred} == {"db", "web"}
    assert plan.steps == ()


def test_what_never_may_happen_has_no_time() -> None:
    frozen = Policy(freezes=(Freeze(first=date(2027, 1, 1)),))
    (deferred,) = one(
        planned(stack(RESIZED, policy=frozen), account(live(key="web")), is_deferring=True)
    ).deferred
    assert deferred.opens_at is None


def test_a_part_of_a_plan_is_held_for_what_is_in_it_alone() -> None:
    desired, actual = two(at_night("downtime"))
    whole = planned(desired, actual)
    assert len(whole.held) == 1
    (only,) = whole.stacks
    steps = tuple(step for step in only.steps if step.server == "db")
    servers = tuple(server for server in only.servers if server.key == "db")
    part = replace(whole, stacks=(replace(only, servers=servers, steps=steps),))
    assert judge_again([desired], part, NOON).held == ()
