"""What counts as drift: the same comparison as a plan's, and no refusals."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any, Literal

import pytest

from ccloud_apply.aspects.base import Difference, Problem
from ccloud_apply.aspects.registry import ASPECTS
from ccloud_apply.model.declared.ignored import ignoring
from ccloud_apply.model.declared.stack import AccountSpec, Declared, Lifecycle, Stack
from ccloud_apply.model.diagnostic import Diagnostic, Severity
from ccloud_apply.model.live.account import Account, LiveServer, Schedule, Subscription, Task
from ccloud_apply.model.results.drift import DriftReport, StackDrift
from ccloud_apply.model.results.plan import Action
from ccloud_apply.plan.build import PlanOptions, build_plan
from ccloud_apply.plan.views.drift import (
    as_compared,
    drifted_hostnames,
    with_last_tasks,
)
from ccloud_apply.render.registry import formats_of, render
from tests.support.builders import COMPLETE, HERE, READ_AT, account, drift_of, live, spec, stack


def report(*stacks: Stack, lives: Account, **options: Any) -> DriftReport:
    """The report, which must come out."""
    compared = [as_compared(one) for one in stacks]
    found, errors = drift_of(compared, lives, **options)
    assert found is not None, errors
    return found


def drift(desired: Stack, lives: Account, **options: Any) -> StackDrift:
    """The drift of the one stack."""
    (found,) = report(desired, lives=lives, **options).stacks
    return found


def refusals(desired: Stack, lives: Account) -> list[str]:
    """The codes of a report that must not come out."""
    found, errors = drift_of([as_compared(desired)], lives)
    assert found is None
    return [error.code for error in errors]


def changes_of(found: StackDrift) -> list[tuple[str, object, object]]:
    (server,) = found.drifted
    return [(change.field, change.before, change.after) for change in server.changes]


def test_a_server_that_is_as_declared_is_in_sync() -> None:
    found = drift(stack(spec(**COMPLETE)), account(live(key="web")))
    assert found.in_sync == ("web",)
    assert not found.has_drift


def test_a_changed_field_is_told_with_what_is_live_before_what_is_declared() -> None:
    found = drift(stack(spec(memory=4)), account(live(key="web", memory_gb=8)))
    assert changes_of(found) == [("memory", 8, 4)]
    assert found.drifted[0].hostname == "vs10001"
    assert found.has_drift


def test_a_declared_server_without_a_live_one_is_missing_even_if_it_could_not_be_created() -> None:
    found = drift(stack(spec(memory=4)), account())
    assert (found.missing, found.drifted, found.warnings) == (("web",), (), ())
    assert found.has_drift


def test_a_live_server_of_the_stack_that_is_not_declared_is_extra() -> None:
    found = drift(stack(spec(cores=2)), account(live(key="web"), live(10002, key="old")))
    assert [(extra.hostname, extra.key) for extra in found.extra] == [("vs10002", "old")]
    assert (found.in_sync, found.has_drift) == (("web",), True)


def test_an_emptied_stack_is_held_by_no_guard_and_all_its_servers_are_extra() -> None:
    lives = account(*(live(10001 + i, key=f"web-{i}") for i in range(4)))
    assert len(drift(stack(), lives).extra) == 4


@pytest.mark.parametrize("wish", ["error", "replace", "redeploy"])
def test_a_create_only_field_that_differs_is_drift_and_no_error(
    wish: Literal["error", "replace", "redeploy"],
) -> None:
    lifecycle = Lifecycle(on_create_only_change=wish)
    desired = stack(spec(**COMPLETE, password={"env": "CCLOUD_SECRET_X"}, lifecycle=lifecycle))
    lives = account(live(key="web", pool="pool_old", os_name="Rocky Linux 9"))
    assert changes_of(drift(desired, lives)) == [
        ("pool", "pool_old", "pool_iw_ssd"),
        ("image", "rocky9_uefi", "debian12_uefi"),
    ]


def test_what_is_ignored_is_no_drift() -> None:
    lenient = Lifecycle(on_create_only_change="ignore", ignore_changes=ignoring("memory"))
    desired = stack(spec(pool="pool_iw_ssd", memory=8, lifecycle=lenient))
    assert not drift(desired, account(live(key="web", pool="pool_old"))).has_drift


@pytest.mark.parametrize(
    ("declared", "disks", "word"),
    [
        ([50, 80], (50, 100), "cannot shrink"),
        ([50, 100], (50, 100, 100), "cannot be told apart"),
        ([50, {"id": "sc0s7", "size": 80}], (50, 80), "no disk sc0s7"),
        ([{"id": "sc0s1", "size": 80}, 50], (50, 80), "system disk"),
    ],
)
def test_disks_that_a_plan_refuses_to_touch_are_drift_with_the_reason(
    declared: list[object], disks: tuple[int, ...], word: str
) -> None:
    found = drift(stack(spec(disks=declared)), account(live(key="web", disks=disks)))
    (change,) = found.drifted[0].changes
    assert (change.field, change.before) == ("disks", list(disks))
    assert word in change.note


def test_a_surplus_disk_is_named_and_nothing_is_said_about_deleting_it() -> None:
    found = drift(stack(spec(disks=[50])), account(live(key="web", disks=(50, 100))))
    (change,) = found.drifted[0].changes
    assert (change.field, change.before, change.after) == ("disks.2", 100, None)
    assert not change.is_destructive
    assert change.note == "disk sc0s1"
    assert found.warnings == ()


def test_what_a_field_warns_of_is_told_beside_drift_and_in_sync(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    aspect = ASPECTS["notes"]
    problem = Problem(code="not-compared", what="one hour off", severity=Severity.WARNING)
    monkeypatch.setattr(aspect, "compare", lambda _: Difference(problems=(problem,)))
    desired = stack(spec("a", notes="x"), spec("b", notes="x", memory=8), spec("c", notes="x"))
    found = drift(desired, account(live(key="a"), live(10002, key="b")))
    assert (found.in_sync, found.missing, found.has_drift) == (("a",), ("c",), True)
    assert [server.key for server in found.drifted] == ["b"]
    assert [(w.where, w.what) for w in found.warnings] == [
        ("servers.a.notes", "one hour off"),
        ("servers.b.notes", "one hour off"),
    ]


def test_one_hour_after_a_change_of_clocks_is_a_warning_in_every_format_and_no_drift() -> None:
    phase = {"frequency": 24, "next_run": "2027-01-01 03:00 Europe/Berlin"}
    desired = stack(spec(scheduled_snapshots=phase), spec("db", cores=4, scheduled_snapshots=phase))
    summer = Schedule(frequency=24, next_run=datetime(2027, 7, 2, 4, 0, tzinfo=UTC))
    lives = account(live(key="web", schedule=summer), live(10002, key="db", schedule=summer))
    told = report(desired, lives=lives)
    (found,) = told.stacks
    assert found.in_sync == ("web",)
    assert [field for field, _, _ in changes_of(found)] == ["cores"]
    assert len(found.warnings) == 2
    assert all("change of clocks" in warning.what for warning in found.warnings)
    for format_name in formats_of("drift"):
        text = render("drift", format_name, told)
        assert ("change of clocks" in text) == (format_name != "prometheus")


def test_a_schedule_that_is_off_by_more_is_drift() -> None:
    phase = {"frequency": 24, "next_run": "2027-01-01 03:00 Europe/Berlin"}
    summer = Schedule(frequency=24, next_run=datetime(2027, 7, 2, 6, 30, tzinfo=UTC))
    lives = account(live(key="web", schedule=summer))
    found = drift(stack(spec(scheduled_snapshots=phase)), lives)
    assert [field for field, _, _ in changes_of(found)] == ["scheduled_snapshots"]


def test_a_bound_server_that_is_not_adopted_has_drifted_by_its_tags() -> None:
    found = report(stack(spec(hostname="vs10001", memory=4)), lives=account(live(tags=("old",))))
    assert changes_of(found.stacks[0]) == [("tags", ["old"], ["old", "server:web", "stack:shop"])]
    assert found.unmanaged == ()


def test_a_bound_server_with_another_pool_has_drifted_too() -> None:
    desired = stack(spec(hostname="vs10001", pool="pool_iw_ssd"))
    found = drift(desired, account(live(pool="pool_old")))
    assert [field for field, _, _ in changes_of(found)] == ["pool", "tags"]


def test_a_lost_ownership_tag_of_another_kind_is_drift() -> None:
    lifecycle = Lifecycle(prevent_destroy=True)
    found = drift(stack(spec(cores=2, lifecycle=lifecycle)), account(live(key="web")))
    assert [field for field, _, _ in changes_of(found)] == ["tags"]


def test_moves_and_releases_that_were_not_applied_are_drift_of_tags() -> None:
    desired = stack(spec("db", cores=2), moved={"database": "db"}, released=["old"])
    lives = account(live(key="database"), live(10002, key="old"))
    found = drift(desired, lives)
    assert [(server.key, server.changes[0].field) for server in found.drifted] == [
        ("db", "tags"),
        ("old", "tags"),
    ]
    assert (found.missing, found.extra) == ((), ())


def test_a_server_that_is_being_built_is_not_compared_and_not_in_sync() -> None:
    found = drift(stack(spec(memory=8)), account(live(key="web", is_building=True)))
    (server,) = found.not_compared
    assert (server.key, server.hostname) == ("web", "vs10001")
    assert "is being built" in server.why
    assert (found.in_sync, found.has_drift, found.matches) == ((), False, False)


UNCLEAR = {
    "being built": (spec(memory=8), live(key="web", is_building=True)),
    "paused": (spec(power="running"), live(key="web", state="Paused")),
    "saved": (spec(power="off", memory=8), live(key="web", state="Saved")),
    "critical": (spec(power="running"), live(key="web", state="Critical")),
    "a field that is not told": (spec(memory=8), live(key="web", memory_gb=None)),
}


@pytest.mark.parametrize("name", UNCLEAR)
def test_drift_and_plan_give_the_same_reason_for_what_is_not_compared(name: str) -> None:
    declared, server = UNCLEAR[name]
    desired, lives = stack(declared), account(server)
    (found,) = drift(desired, lives).not_compared
    plan, errors = build_plan([desired], lives, PlanOptions())
    assert plan is not None, errors
    (planned,) = plan.stacks[0].servers
    assert planned.action is Action.NOT_COMPARED
    assert planned.why == found.why != ""


def test_an_account_of_which_something_is_not_told_is_not_compared() -> None:
    declared = {"backup": Declared("mine", HERE)}
    desired = replace(stack(spec(cores=2)), account=AccountSpec(subscriptions=declared))
    untold = (Subscription(id=1, name="backup", is_told=False),)
    found = drift(desired, replace(account(live(key="web")), subscriptions=untold))
    assert [(one.key, one.hostname) for one in found.not_compared] == [("@account", None)]
    assert found.not_compared[0].why
    assert (found.in_sync, found.has_drift, found.matches) == (("web",), False, False)


def test_an_unknown_create_only_field_is_told_beside_drift_and_in_sync() -> None:
    desired = stack(spec("a", **COMPLETE), spec("b", **{**COMPLETE, "memory": 8}))
    lives = account(live(key="a", os_name="Debian 99"), live(10002, key="b", os_name="Debian 99"))
    found = drift(desired, lives)
    assert (found.in_sync, [server.key for server in found.drifted]) == (("a",), ["b"])
    assert [(one.key, one.fields) for one in found.unknown] == [
        ("a", ("image",)),
        ("b", ("image",)),
    ]
    assert [(w.code, w.where) for w in found.warnings] == [
        ("not-compared", "servers.a.image"),
        ("not-compared", "servers.b.image"),
    ]


def test_a_difference_that_is_tolerated_is_a_warning_beside_drift_and_in_sync() -> None:
    desired = stack(spec("a", tags=["Web"]), spec("b", tags=["Web"], memory=8))
    lives = account(live(key="a", tags=("web",)), live(10002, key="b", tags=("web",)))
    found = drift(desired, lives)
    assert (found.in_sync, [server.key for server in found.drifted]) == (("a",), ["b"])
    assert [(w.code, w.where) for w in found.warnings] == [
        ("tolerated", "servers.a.tags"),
        ("tolerated", "servers.b.tags"),
    ]


def test_an_offline_resize_is_compared_without_asking_for_the_power() -> None:
    lifecycle = Lifecycle(resize="offline")
    lives = account(live(key="web", state="Paused", memory_gb=8))
    found = drift(stack(spec(memory=4, lifecycle=lifecycle)), lives)
    assert changes_of(found) == [("memory", 8, 4)]


@pytest.mark.parametrize(
    ("lives", "code"),
    [
        (account(live(key="web"), live(10002, key="web")), "identity-duplicate"),
        (account(live(key="web", tags=("server:db",))), "ownership-broken"),
        (account(live(custom_name="shop-web")), "custom-name-taken"),
        (account(replace(live(key="web"), hostname=None)), "no-hostname"),
    ],
)
def test_an_unclear_identity_is_an_error_and_no_drift(lives: Account, code: str) -> None:
    assert refusals(stack(spec(**COMPLETE)), lives) == [code]


def test_errors_do_not_bring_drift_along_as_errors() -> None:
    desired = stack(spec(**COMPLETE), spec("db", **COMPLETE))
    lives = account(
        live(key="web", pool="pool_old", disks=(80,)), live(10002, key="db"), live(10003, key="db")
    )
    assert refusals(desired, lives) == ["identity-duplicate"]


def test_a_target_that_names_nothing_is_an_error() -> None:
    found, errors = drift_of([stack(spec(cores=2))], account(live(key="web")), target=("wbe",))
    assert found is None
    assert [error.code for error in errors] == ["no-such-server"]


def test_targets_and_exclusions_leave_servers_out_of_every_list() -> None:
    desired = stack(spec("a", memory=8), spec("b", memory=8), spec("c"))
    lives = account(live(key="a"), live(10002, key="b"), live(10003, key="x"))
    found = drift(desired, lives, target=("a",))
    assert ([s.key for s in found.drifted], found.missing, found.extra) == (["a"], (), ())
    found = drift(desired, lives, exclude=("a", "x"))
    assert ([s.key for s in found.drifted], found.missing, found.extra) == (["b"], ("c",), ())


def test_unmanaged_are_the_servers_without_any_stacks_tag_and_no_drift() -> None:
    lives = account(
        live(key="web"),
        live(10002, key="x", stack="blog"),
        live(10003, custom_name="legacy", tags=("b", "a")),
        live(10004, is_deleting=True),
    )
    found = report(stack(spec(cores=2)), lives=lives)
    assert [(s.hostname, s.custom_name, s.tags) for s in found.unmanaged] == [
        ("vs10003", "legacy", ("a", "b"))
    ]
    assert not found.has_drift


def test_a_bound_server_is_not_unmanaged_although_it_is_not_targeted() -> None:
    desired = stack(spec(hostname="vs10001"), spec("db", cores=2))
    found = report(desired, lives=account(live(), live(10002, key="db")), target=("db",))
    assert (found.unmanaged, found.has_drift) == ((), False)


def test_last_tasks_come_to_drifted_servers_alone_and_a_failed_read_is_a_warning() -> None:
    desired = stack(spec("a", memory=8), spec("b", memory=8), spec("c", memory=4))
    lives = account(live(key="a"), live(10002, key="b"), live(10003, key="c"))
    found = report(desired, lives=lives)
    assert drifted_hostnames(found) == ("vs10001", "vs10002")
    task = Task(id=7, action="update_memory", status="done", username="jane")
    told = with_last_tasks(found, {"vs10001": (task,)}, {"vs10002": "no answer"}).stacks[0]
    assert [server.last_tasks for server in told.drifted] == [(task,), ()]
    warnings: tuple[Diagnostic, ...] = told.warnings
    assert [(w.code, w.where, w.is_error) for w in warnings] == [
        ("tasks-unread", "servers.b", False)
    ]
    assert "vs10002" in warnings[0].what
    assert "no answer" in warnings[0].what


def retired(number: int = 10002, *, key: str = "old", day: str, **facts: Any) -> LiveServer:
    """A server of the stack with the mark of this day."""
    found = live(number, key=key, **facts)
    return replace(found, tags=(*found.tags, f"retire:{day}"))


DAY = READ_AT.date()
LATER = (DAY + timedelta(days=1)).isoformat()


def test_a_retired_server_that_is_off_and_waits_is_no_drift_and_is_listed() -> None:
    lives = account(live(key="web"), retired(day=LATER, state="Off"))
    found = drift(stack(spec(cores=2)), lives)
    assert [(one.key, one.hostname, one.retires.isoformat()) for one in found.retired] == [
        ("old", "vs10002", LATER)
    ]
    assert (found.extra, found.missing, found.matches) == ((), (), True)


@pytest.mark.parametrize("day", [DAY, DAY - timedelta(days=400)])
def test_a_retired_server_whose_day_has_come_is_extra_from_the_beginning_of_that_day(
    day: date,
) -> None:
    found = drift(stack(spec(cores=2)), account(live(key="web"), retired(day=day.isoformat())))
    (extra,) = found.extra
    assert (extra.retires, found.retired) == (day, ())
    assert "the next apply destroys it" in extra.why


def test_a_retired_server_that_runs_before_its_day_is_extra() -> None:
    lives = account(live(key="web"), retired(day=LATER, state="Running"))
    (extra,) = drift(stack(spec(cores=2)), lives).extra
    assert "switches it off" in extra.why


def test_a_server_that_is_yet_to_be_retired_is_extra_without_a_day() -> None:
    leaving = live(10002, key="old")
    leaving = replace(leaving, tags=(*leaving.tags, "retire-after:7d"))
    (extra,) = drift(stack(spec(cores=2)), account(live(key="web"), leaving)).extra
    assert (extra.retires, extra.why) == (None, "")


@pytest.mark.parametrize(
    "server",
    [
        retired(day="soon"),
        retired(day=LATER, state="Paused"),
        live(10002, key="old", tags=("retire-after:2w",)),
    ],
)
def test_a_retired_server_of_which_day_or_state_are_unclear_is_not_compared(
    server: LiveServer,
) -> None:
    found = drift(stack(spec(cores=2)), account(live(key="web"), server))
    assert [one.key for one in found.not_compared] == ["old"]
    assert (found.extra, found.retired, found.matches) == ((), (), False)


@pytest.mark.parametrize(("day", "told"), [(LATER, True), ("2020-01-01", True), ("soon", False)])
def test_a_retired_server_that_is_declared_again_has_drifted_until_it_is_restored(
    day: str, told: bool
) -> None:
    found = drift(stack(spec(cores=2)), account(retired(10001, key="web", day=day, state="Off")))
    (server,) = found.drifted
    assert server.is_retired
    assert server.retires == (date.fromisoformat(day) if told else None)
    assert [change.field for change in server.changes] == ["tags"]
    assert (found.missing, found.retired, found.extra) == ((), (), ())


def test_a_lower_count_leaves_no_server_missing_or_extra_once_it_is_retired() -> None:
    kept = replace(spec("web-1", cores=2), base_key="web")
    lives = account(live(key="web-1"), retired(key="web-2", day=LATER, state="Off"))
    found = drift(stack(kept), lives)
    assert ([one.key for one in found.retired], found.matches) == (["web-2"], True)
