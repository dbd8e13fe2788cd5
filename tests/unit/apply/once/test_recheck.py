"""Every operation, and everything that may have changed since its plan: nothing leaves then."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import pytest

from ccloud_apply.aspects.registry import EFFECTS_BY_OPERATION
from ccloud_apply.model.declared.stack import Lifecycle
from ccloud_apply.model.live.account import BootDevice, LiveDisk, LiveDrive, LiveServer
from ccloud_apply.model.live.account import Schedule as LiveSchedule
from ccloud_apply.model.live.catalog import Snapshot
from ccloud_apply.model.ownership import PREVENT_DESTROY, build_ownership_tags
from ccloud_apply.model.results.plan import Step
from tests.support.builders import spec, stack
from tests.unit.apply.once.scenes import (
    OURS,
    SCENES,
    Scene,
    carry_out_in,
    plan_of,
    steps_of,
    try_step,
)

Change = Callable[[LiveServer], LiveServer]
STEPS = [pytest.param(name, s, id=f"{name}: {s.id}") for name in SCENES for s in steps_of(name)]
EVERY = pytest.mark.parametrize(("scene", "step"), STEPS)
DISKS, DRIVES, DEVICES = "list_server_disks", "list_server_dvds", "get_server_boot_order"
SNAPSHOTS, ADAPTERS, STATE = (
    "list_server_snapshots",
    "list_server_network_adapters",
    "get_server_state",
)
SCHEDULE = "list_snapshot_schedules"


def facts(**changed: Any) -> Change:
    return lambda server: replace(server, **changed)


def part(operation_id: str, value: Any) -> Change:
    return lambda server: replace(server, parts={**server.parts, operation_id: value})


def own(key: str, *more: str) -> tuple[str, ...]:
    return (*build_ownership_tags("shop", key, is_protected=False), *more)


def of(scene: str, step_id: str) -> Step:
    return next(step for step in steps_of(scene) if step.id == step_id)


def assert_refused(scene: str, step: Step, now: LiveServer, reason: str) -> None:
    tried = try_step(scene, step, now)
    assert tried.sent == ()
    assert tried.intents == ()
    assert tried.outcome.status == "failed"
    assert not tried.outcome.is_unknown
    assert reason in (tried.outcome.error or "")


def test_every_operation_that_changes_a_server_is_tried_here() -> None:
    tried = {step.operation_id for name in SCENES for step in steps_of(name)}
    on_servers = {name for name, e in EFFECTS_BY_OPERATION.items() if not e.is_of_account}
    assert tried == on_servers


@EVERY
def test_a_server_that_is_as_it_was_planned_is_changed(scene: str, step: Step) -> None:
    tried = try_step(scene, step, SCENES[scene].before)
    assert tried.sent[0] == step.operation_id
    assert tried.intents[0] == step.id


@EVERY
@pytest.mark.parametrize(
    "changed",
    [{"id": 2}, {"created_at": "2027-01-02"}, {"generation": 3}, {"generation": None}],
    ids=str,
)
def test_nothing_is_sent_to_another_server_with_the_hostname(
    scene: str, step: Step, changed: Mapping[str, Any]
) -> None:
    now = replace(SCENES[scene].before, **changed)
    assert_refused(scene, step, now, "changed since the plan: vs1 is another server now")


@EVERY
@pytest.mark.parametrize(
    ("tags", "owner"),
    [
        ((), "no stack"),
        (("server:web",), "no stack"),
        (("stack:shop",), "stack shop as no key"),
        (("stack:other", "server:web"), "stack other as web"),
        (own("db"), "stack shop as db"),
        (own("web", "stack:other"), "stack other, shop as web"),
        (own("web", "server:db"), "stack shop as db, web"),
        (("Stack:shop", "server:web"), "no stack"),
    ],
    ids=str,
)
def test_nothing_is_sent_to_a_server_of_somebody_else(
    scene: str, step: Step, tags: tuple[str, ...], owner: str
) -> None:
    now = replace(SCENES[scene].before, tags=tags)
    assert_refused(scene, step, now, f"changed since the plan: vs1 belongs to {owner}")


@EVERY
def test_nothing_is_sent_to_a_server_that_goes(scene: str, step: Step) -> None:
    now = replace(SCENES[scene].before, is_deleting=True)
    assert_refused(scene, step, now, "changed since the plan: vs1 is being deleted")


@EVERY
def test_nothing_is_sent_to_a_server_that_is_gone(scene: str, step: Step) -> None:
    tried = try_step(scene, step)
    assert tried.sent == tried.intents == ()
    is_wanted = step.operation_id == "delete_server"
    assert tried.outcome.is_done is is_wanted
    assert is_wanted or "changed since the plan: vs1 is gone" in (tried.outcome.error or "")


@EVERY
@pytest.mark.parametrize(
    "now",
    [(), (replace(OURS, id=2),), (replace(OURS, tags=own("db")),)],
    ids=["gone", "another one", "another key"],
)
def test_nothing_is_sent_again_to_what_is_not_ours_any_more(
    scene: str, step: Step, now: tuple[LiveServer, ...]
) -> None:
    """The client repeats by itself; right before that, the server alone is read once more."""
    tried = try_step(scene, step, SCENES[scene].before, then=now)
    is_wanted = step.operation_id == "delete_server" and not now
    assert len(tried.sent) == 2 if is_wanted else tried.sent == (step.operation_id,)
    assert is_wanted or "changed since the plan: vs1" in (tried.outcome.error or "")


@EVERY
def test_a_protection_that_was_set_since_stops_what_destroys_and_nothing_else(
    scene: str, step: Step
) -> None:
    before = SCENES[scene].before
    now = replace(before, tags=(*before.tags, PREVENT_DESTROY))
    destroys = {"delete_server", "redeploy_server", "delete_server_disk", "restore_server_snapshot"}
    if step.operation_id in destroys:
        assert_refused(scene, step, now, "vs1 is protected by prevent-destroy")
    else:
        assert try_step(scene, step, now).sent[0] == step.operation_id


def disks(**sizes_gb: int) -> Change:
    found = tuple(LiveDisk(id=name, size_gb=size) for name, size in sizes_gb.items())
    return part(DISKS, found)


def drives(**paths: str | None) -> Change:
    return part(DRIVES, tuple(LiveDrive(id=name, path=path) for name, path in paths.items()))


@pytest.mark.parametrize(
    ("scene", "step_id", "change", "reason"),
    [
        ("values", "web/custom_name", facts(custom_name="theirs"), "custom_name of vs1 is theirs"),
        ("values", "web/notes", facts(notes="theirs"), "notes of vs1 is theirs, not old"),
        ("nothing", "web/notes", facts(notes="theirs"), "notes of vs1 is theirs, not old"),
        ("values", "web/notes", facts(tags=own("web", "incomplete")), "the build of vs1 failed"),
        ("values", "web/cores", facts(cores=8), "cores of vs1 is 8, not 2"),
        ("offline", "web/memory", facts(memory_gb=16), "memory of vs1 is 16, not 4"),
        ("values", "web/addons.backup", facts(addons={"backup": 3}), "addons.backup of vs1 is 3"),
        (
            "values",
            "web/addons.monitoring",
            facts(addons={"monitoring": 5}),
            "addons.monitoring of vs1 is 5",
        ),
        ("another system", "web/redeploy", facts(os_name="Debian 13"), "image"),
        ("values", "web/power", part(STATE, "Paused"), "vs1 is Paused"),
        ("values", "web/boot_order.sc0s1", part(DEVICES, ()), "no device sc0s1"),
        (
            "values",
            "web/boot_order.sc0s1",
            part(DEVICES, (BootDevice(id=1, type="Drive", device="sc0s0"),)),
            "no device sc0s1",
        ),
        ("values", "web/ips.1.ipv4.2", part(ADAPTERS, ()), "no network adapter 1"),
        (
            "values",
            "web/snapshots.7",
            part(SNAPSHOTS, (Snapshot(id="7", name="theirs"),)),
            "snapshot 7 is called theirs",
        ),
        (
            "values",
            "web/scheduled_snapshots",
            part(SCHEDULE, LiveSchedule(frequency=3, next_run=None)),
            "changed since the plan",
        ),
        (
            "nothing",
            "web/scheduled_snapshots",
            part(SCHEDULE, LiveSchedule(frequency=3, next_run=None)),
            "changed since the plan",
        ),
        ("nothing", "web/dvds.sc0s6", drives(sc0s6="c.iso"), "drive sc0s6 of the server holds"),
        ("images", "web/dvds.c.iso", drives(sc0s5="a.iso"), "drive sc0s6 of the server is gone"),
        ("images", "web/dvds.c.iso", drives(sc0s6="x.iso"), "drive sc0s6 of the server holds"),
        ("fewer disks", "web/disks.sc0s1", disks(sc0s0=20, sc0s1=99, sc0s2=50), "has 99 GB"),
        ("disks", "web/disks.2", disks(sc0s0=20, sc0s1=35, sc0s2=50), "has 35 GB"),
        ("disks", "web/disks.2", disks(sc0s0=20, sc0s7=30, sc0s2=50), "disk sc0s1 of vs1 is gone"),
        ("disks", "web/disks.2", disks(sc0s0=20, sc0s2=30, sc0s1=50), "has 50 GB"),
    ],
)
def test_nothing_is_sent_over_what_somebody_else_has_set(
    scene: str, step_id: str, change: Change, reason: str
) -> None:
    assert_refused(scene, of(scene, step_id), change(OURS), reason)


@pytest.mark.parametrize(
    ("scene", "step_id", "change"),
    [
        ("values", "web/notes", facts(notes="new")),
        ("nothing", "web/notes", facts(notes=None)),
        ("values", "web/cores", facts(cores=4)),
        ("values", "web/addons.backup", facts(addons={"backup": 2})),
        ("values", "web/addons.monitoring", facts(addons={"backup": 1})),
        ("another system", "web/redeploy", facts(os_name="Rocky Linux 9")),
        ("values", "web/power", part(STATE, "Off")),
        ("values", "web/snapshots.7", part(SNAPSHOTS, ())),
        ("nothing", "web/dvds.sc0s6", drives(sc0s5="a.iso")),
        ("nothing", "web/scheduled_snapshots", part(SCHEDULE, None)),
        ("images", "web/dvds.d.iso", drives(sc0s5="a.iso", sc0s6="b.iso", sc0s7="d.iso")),
        ("fewer disks", "web/disks.sc0s1", disks(sc0s0=20, sc0s2=50)),
        ("disks", "web/disks.2", disks(sc0s0=20, sc0s1=40, sc0s2=50)),
        ("disks", "web/disks.4", disks(sc0s0=20, sc0s1=30, sc0s2=50, sc0s3=70)),
    ],
)
def test_what_is_so_already_is_not_sent_again(scene: str, step_id: str, change: Change) -> None:
    tried = try_step(scene, of(scene, step_id), change(OURS))
    assert tried.sent == tried.intents == ()
    assert tried.outcome.is_done


def test_another_field_that_differs_by_now_does_not_matter_whatever_it_would_need() -> None:
    """The power state is read only where an offline resize is planned, and here none is."""
    declared: dict[str, Any] = {"cores": OURS.cores, "notes": "new"}
    parts = {name: value for name, value in OURS.parts.items() if name != STATE}
    scene = Scene(
        desired=stack(spec("web", lifecycle=Lifecycle(resize="offline"), **declared)),
        before=replace(OURS, parts=parts),
    )
    (step,) = plan_of(scene).steps
    assert carry_out_in(scene, step, replace(scene.before, cores=9)).sent == ("set_server_notes",)
