"""When a saved plan still fits, and what it says when it does not."""

from dataclasses import replace
from datetime import datetime

from ccloud_apply.model.account import Account, Schedule
from ccloud_apply.model.plan import Plan
from ccloud_apply.model.stack import Stack
from ccloud_apply.plan.build import PlanOptions, build_plan
from ccloud_apply.plan.fingerprint import StaleServer, compare_plans, restrict_plan
from tests.builders import COMPLETE, account, live, spec, stack

DESIRED = stack(spec("web", memory=8), spec("db", cores=2))
WEB, DB = live(1, key="web"), live(2, key="db")


def built(desired: Stack, lives: Account) -> Plan:
    found, diagnostics = build_plan([desired], lives, PlanOptions(has_fingerprints=True))
    assert found is not None, diagnostics
    return found


SAVED = built(DESIRED, account(WEB, DB))


def test_the_same_account_and_stack_fit() -> None:
    assert compare_plans(SAVED, built(DESIRED, account(WEB, DB))) == ()


def test_a_changed_fact_of_a_touched_server_is_named() -> None:
    changed = replace(WEB, notes="somebody wrote this")
    assert compare_plans(SAVED, built(DESIRED, account(changed, DB))) == (
        StaleServer("shop/web (vs1): notes changed since the plan", "vs1"),
    )


def test_a_change_elsewhere_in_the_account_is_no_matter() -> None:
    other = replace(DB, notes="x")
    fresh = built(DESIRED, account(WEB, other, live(3, notes="new")))
    assert compare_plans(SAVED, fresh) == ()


def test_drift_of_a_server_that_the_plan_does_not_touch_is_left_out_of_it() -> None:
    fresh = built(DESIRED, account(WEB, replace(DB, cores=9)))
    assert compare_plans(SAVED, fresh) == ()
    (restricted,) = restrict_plan(fresh, SAVED).stacks
    assert [step.id for step in restricted.steps] == ["web/memory"]


def test_a_changed_stack_file_makes_it_stale() -> None:
    fresh = built(stack(spec("web", memory=9), spec("db", cores=2)), account(WEB, DB))
    assert compare_plans(SAVED, fresh) == (
        StaleServer("shop/web (vs1): the plan for it has changed: memory", "vs1"),
    )


def test_a_server_that_is_there_already_makes_its_create_stale() -> None:
    desired = stack(spec("web", **COMPLETE))
    create = built(desired, account())
    assert compare_plans(create, built(desired, account(WEB))) == (
        StaleServer("shop/web: the plan says create, now it is unchanged", "vs1"),
    )


def test_a_snapshot_schedule_that_ran_in_the_meantime_is_no_matter() -> None:
    def scheduled(hour: int) -> Account:
        run = Schedule(frequency=1, next_run=datetime(2027, 3, 1, hour))  # noqa: DTZ001
        return account(live(1, key="web", schedule=run), DB)

    saved = built(DESIRED, scheduled(11))
    assert compare_plans(saved, built(DESIRED, scheduled(12))) == ()
