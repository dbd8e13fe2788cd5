"""Which steps wait for a window, by plans that are made from stacks and accounts."""

from datetime import UTC, date, datetime

import pytest

from ccloud_apply.model.declared.source import SourceRange
from ccloud_apply.model.declared.stack import Lifecycle, Policy
from ccloud_apply.model.declared.windows import Freeze, Window
from ccloud_apply.model.results.plan import Plan
from ccloud_apply.plan.build import PlanOptions, build_plan
from ccloud_apply.plan.windows.closed import describe_closed
from ccloud_apply.plan.windows.gated import find_gated, hold_late
from tests.support.builders import COMPLETE, account, live, spec, stack

NIGHT = datetime(2027, 1, 2, 3, 0, tzinfo=UTC)
"""A Saturday."""
NOON = datetime(2027, 1, 2, 12, 0, tzinfo=UTC)
PLACE = SourceRange("ccloud-apply.yaml", 7, 5)


def window(*classes: str, zone: str = "UTC") -> Window:
    """From two to six at night."""
    return Window(classes=frozenset(classes), opens=2 * 60, closes=6 * 60, zone=zone, source=PLACE)


def policy(*classes: str) -> Policy:
    return Policy(windows=((window(*classes),),))


def planned(desired: object, actual: object, **options: object) -> Plan:
    plan, found = build_plan([desired], actual, PlanOptions(allow_destroy=9, **options))  # type: ignore[arg-type, list-item]
    assert plan is not None, found
    return plan


def waiting(desired: object, plan: Plan, moment: datetime, begun: tuple[str, ...] = ()) -> set[str]:
    gated = find_gated([desired], plan)  # type: ignore[list-item]
    return {id for (_, id), step in gated.items() if step.find_closed(moment, begun)}


def resized(*classes: str) -> tuple[object, Plan]:
    offline = Lifecycle(resize="offline")
    wanted = spec("web", lifecycle=offline, memory=8, notes="new", power="running")
    desired = stack(wanted, policy=policy(*classes))
    return desired, planned(desired, account(live(key="web")))


def test_only_what_begins_the_downtime_waits() -> None:
    desired, plan = resized("downtime")
    assert waiting(desired, plan, NOON) == {"web/shutdown"}
    assert waiting(desired, plan, NIGHT) == set()


def test_a_window_for_updates_holds_each_change_until_what_it_follows_on_has_begun() -> None:
    desired, plan = resized("update")
    assert waiting(desired, plan, NOON) == {"web/notes", "web/shutdown", "web/memory"}
    assert waiting(desired, plan, NOON, ("web/shutdown",)) == {"web/notes", "web/shutdown"}


def test_a_start_after_a_shutdown_never_waits() -> None:
    desired, plan = resized()
    assert "web/start" in {step.id for step in plan.stacks[0].steps}
    assert "web/start" not in {id for _, id in find_gated([desired], plan)}  # type: ignore[list-item]


def test_a_replaced_server_is_one_thing() -> None:
    desired = stack(spec("web", **COMPLETE, notes="n"), policy=policy("replace"))
    plan = planned(desired, account(live(key="web")), replace=("web",))
    ids = {step.id for step in plan.stacks[0].steps}
    assert {"web/destroy", "web/create"} <= ids
    assert waiting(desired, plan, NOON) == ids
    assert waiting(desired, plan, NOON, ("web/destroy",)) == {"web/destroy"}


def test_a_deleted_disk_waits_for_destroy_and_its_other_changes_do_not() -> None:
    desired = stack(spec("web", disks=[50], notes="new"), policy=policy("destroy"))
    plan = planned(desired, account(live(key="web", disks=(50, 20))))
    assert waiting(desired, plan, NOON) == {"web/disks.sc0s1"}


def test_to_retire_a_server_waits_for_destroy() -> None:
    desired = stack(spec("db"), policy=Policy(retire=7, windows=((window("destroy"),),)))
    actual = account(live(key="db"), live(10002, key="web"))
    plan = planned(desired, actual)
    steps = waiting(desired, plan, NOON)
    assert steps == {step.id for step in plan.stacks[0].steps}
    assert len(steps) == 2
    first = plan.stacks[0].steps[0].id
    assert waiting(desired, plan, NOON, (first,)) == {first}


def test_without_windows_nothing_waits() -> None:
    desired = stack(spec("web", memory=8))
    assert find_gated([desired], planned(desired, account(live(key="web")))) == {}


@pytest.mark.parametrize(("moment", "is_held"), [(NOON, True), (NIGHT, False)])
def test_a_plan_is_held_where_its_window_has_closed_since(moment: datetime, is_held: bool) -> None:
    desired, plan = resized("downtime")
    held = hold_late([desired], plan, moment)  # type: ignore[list-item]
    assert [(d.code, d.where) for d in held] == [("outside-window", "servers.web")] * is_held


def test_it_says_which_rule_and_when_it_may_be_done() -> None:
    berlin = Policy(windows=((window("downtime", zone="Europe/Berlin"),),))
    assert describe_closed(berlin, ("downtime", "update"), NOON) == (
        "the window for downtime (ccloud-apply.yaml:7) is closed; it may be done from"
        " Sun 2027-01-03 02:00 Europe/Berlin (2027-01-03 01:00 UTC) on"
    )


def test_a_window_is_named_by_its_own_classes_beside_a_freeze_for_all() -> None:
    later = Freeze(first=date(2027, 6, 1), source=PLACE)
    policy = Policy(windows=((window("downtime"),),), freezes=(later,))
    told = describe_closed(policy, ("downtime", "update"), NOON)
    assert told.startswith("the window for downtime (ccloud-apply.yaml:7) is closed; ")


def test_it_says_the_reason_of_a_freeze_and_that_its_end_is_not_known() -> None:
    frozen = Policy(freezes=(Freeze(first=date(2027, 1, 1), reason="audit", source=PLACE),))
    assert describe_closed(frozen, ("update",), NOON) == (
        "a freeze (ccloud-apply.yaml:7) holds it: audit; it may not be done within 400 days"
    )
