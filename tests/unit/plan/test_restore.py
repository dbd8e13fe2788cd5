"""The plan of a restore: which snapshot is meant, what goes with it, and what blocks it."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ccloud_apply.aspects.lib.power_state import STATE
from ccloud_apply.aspects.lib.snapshot_pause import read_moment
from ccloud_apply.errors import UsageError
from ccloud_apply.model.declared.source import SourceRange
from ccloud_apply.model.declared.stack import Lifecycle, Policy, ServerSpec, Stack
from ccloud_apply.model.live.account import LiveServer, Task
from ccloud_apply.model.live.catalog import Snapshot
from ccloud_apply.model.results.plan import Action
from ccloud_apply.plan.restore import (
    Restore,
    describe_age,
    find_newer,
    find_snapshot,
    plan_restore,
)

SNAPSHOTS = "list_server_snapshots"
NOW = datetime(2026, 11, 28, 12, 0, tzinfo=UTC)
SOURCE = SourceRange("web.yaml", 3, 3)
OLD = Snapshot(id="1", name="old", created_at="2026-11-01T10:00:00Z")
MIDDLE = Snapshot(id="2", name=" same ", created_at="2026-11-10T10:00:00+01:00", parent_id="1")
NEW = Snapshot(id="3", name="same", created_at="2026-11-20T10:00:00Z", parent_id="2")
SPEC = ServerSpec(key="web", base_key="web", source=SOURCE)
STACK = Stack(name="shop", path="web.yaml", source=SOURCE, servers=(SPEC,))
LIVE = LiveServer(
    id=1,
    hostname="vs1",
    tags=("stack:shop", "server:web"),
    parts={SNAPSHOTS: (OLD, MIDDLE, NEW), STATE: "Running"},
)
RESTORE = Restore(stack=STACK, key="web", live=LIVE, snapshot=MIDDLE, spec=SPEC)


@pytest.mark.parametrize(("wanted", "found"), [("old", OLD), ("1", OLD), ("2", MIDDLE)])
def test_a_snapshot_is_meant_by_its_name_or_its_id(wanted: str, found: Snapshot) -> None:
    assert find_snapshot(wanted, LIVE) == found


def test_a_name_of_several_snapshots_is_an_error_that_lists_their_ids_and_times() -> None:
    with pytest.raises(UsageError, match="2 snapshots of this name") as caught:
        find_snapshot("same", LIVE)
    assert "2 (2026-11-10 09:00 UTC), 3 (2026-11-20 10:00 UTC)" in caught.value.hint


def test_a_name_that_is_the_id_of_another_snapshot_is_ambiguous() -> None:
    live = replace(LIVE, parts={SNAPSHOTS: (OLD, replace(NEW, name="1"))})
    with pytest.raises(UsageError, match="2 snapshots of this name"):
        find_snapshot("1", live)


@pytest.mark.parametrize(
    ("wanted", "hint"), [("odl", 'did you mean "old"?'), ("zzz", "it has old")]
)
def test_a_snapshot_that_is_not_there_is_an_error_that_says_what_is(wanted: str, hint: str) -> None:
    with pytest.raises(UsageError, match="no such snapshot") as caught:
        find_snapshot(wanted, LIVE)
    assert hint in caught.value.hint


def test_the_plan_says_all_that_goes_and_sends_one_request() -> None:
    plan = plan_restore(RESTORE, NOW)
    (server,), (step,) = plan.servers, plan.steps
    assert step.path == "/ccloud/servers/vs1/snapshots/2"
    assert (server.action, server.loses_data, server.has_downtime) == (Action.UPDATE, True, True)
    said = "\n".join(server.warnings)
    assert "since 2026-11-10 09:00 UTC (18 days ago) is DESTROYED" in said
    assert "1 newer snapshot may go with it, the API does not say: same (2026-11-20" in said
    assert "vs1 is Running now" in said
    assert plan.held == ()


def test_a_snapshot_without_a_time_says_that_nobody_knows_since_when() -> None:
    undated = replace(MIDDLE, created_at=None)
    (server,) = plan_restore(replace(RESTORE, snapshot=undated), NOW).servers
    assert "the API does not say when it was taken" in server.warnings[0]


@pytest.mark.parametrize("told", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-12:00", "x"])
def test_a_time_that_cannot_be_told_in_utc_is_no_time(told: str) -> None:
    assert read_moment(told) is None


def test_a_server_on_which_others_work_is_waited_for_and_then_left_alone() -> None:
    busy = replace(RESTORE, task=Task(id=7, action="create-snapshot", status="p", hostname="vs1"))
    (server,) = plan_restore(busy, NOW).servers
    assert server.is_busy
    (left,) = plan_restore(busy, NOW, leaves_busy=True).servers
    assert left.action is Action.NOT_COMPARED
    assert "task 7 (create-snapshot)" in left.why


GUARDED = {
    "prevent-destroy": replace(
        RESTORE, spec=replace(SPEC, lifecycle=Lifecycle(prevent_destroy=True))
    ),
    "prevent-destroy ": replace(RESTORE, live=replace(LIVE, tags=(*LIVE.tags, "Prevent-Destroy"))),
    "build-failed": replace(RESTORE, live=replace(LIVE, tags=(*LIVE.tags, "incomplete"))),
    "too-many-destroyed": replace(RESTORE, stack=replace(STACK, policy=Policy(max_destroy=0))),
    "too-many-destroyed ": replace(RESTORE, allow_destroy=0),
    "owned-server": replace(RESTORE, is_given=False),
}


@pytest.mark.parametrize("code", GUARDED)
def test_what_holds_the_loss_of_data_holds_a_restore(code: str) -> None:
    (held,) = plan_restore(GUARDED[code], NOW).held
    assert held.code == code.strip()
    assert held.hint


@pytest.mark.parametrize(
    "restore",
    [
        replace(RESTORE, is_given=False, is_forced=True),
        replace(RESTORE, is_given=False, is_owned=False),
        replace(GUARDED["too-many-destroyed"], allow_destroy=1),
        replace(RESTORE, live=replace(LIVE, tags=(*LIVE.tags, "incomplete:accepted"))),
    ],
)
def test_what_somebody_has_allowed_is_not_held(restore: Restore) -> None:
    assert plan_restore(restore, NOW).held == ()


def test_force_never_lifts_a_protection() -> None:
    forced = replace(GUARDED["prevent-destroy "], is_given=False, is_forced=True)
    assert [held.code for held in plan_restore(forced, NOW).held] == ["prevent-destroy"]


MOMENTS = st.one_of(
    st.none(), st.text(max_size=5), st.datetimes().map(lambda m: m.replace(tzinfo=UTC).isoformat())
)
TAKEN = st.lists(
    st.builds(
        Snapshot,
        id=st.sampled_from("abcdef"),
        created_at=MOMENTS,
        parent_id=st.sampled_from([None, *"abcdef"]),
    ),
    min_size=1,
    max_size=6,
    unique_by=lambda one: one.id,
)


@given(TAKEN)
def test_newer_is_all_but_itself_its_parents_and_what_is_known_to_be_older(
    taken: list[Snapshot],
) -> None:
    wanted, *others = taken
    newer = find_newer(wanted, taken)
    assert wanted not in newer
    for one in others:
        if one not in newer:  # left out for a reason alone, never because nothing is known
            assert one.created_at is not None or wanted.parent_id is not None
    if wanted.parent_id is None and wanted.created_at is None:
        assert set(newer) == set(others)


@given(st.timedeltas(min_value=timedelta(seconds=-5), max_value=timedelta(days=4000)))
def test_an_age_is_told_with_its_unit(age: timedelta) -> None:
    assert describe_age(age).endswith(("minute", "minutes", "hours", "days"))
