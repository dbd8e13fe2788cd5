"""The snapshot before a change: where it stands, what waits for it, which older ones go."""

from collections.abc import Iterable
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ccloud_apply.aspects.lib.snapshot_pause import is_safety_name
from ccloud_apply.model.declared.stack import Lifecycle
from ccloud_apply.model.limits import DEFAULT_LIMITS
from ccloud_apply.model.live.account import LiveServer
from ccloud_apply.model.live.catalog import Snapshot
from ccloud_apply.model.results.plan import Step
from ccloud_apply.plan.fingerprint import build_fingerprint
from tests.support.builders import COMPLETE, account, errors, live, only_server, plan, spec, stack
from tests.support.reads import parts

READ = "list_server_snapshots"
EVERYTHING = frozenset({"resize", "disks", "redeploy", "replace", "destroy"})


def taken(*names: str | None) -> tuple[Snapshot, ...]:
    return tuple(Snapshot(id=f"id-{number}", name=name) for number, name in enumerate(names))


def own(number: int) -> str:
    return f"ccloud-apply-{number}-before-resize"


def with_snapshots(server: LiveServer, snapshots: Iterable[Snapshot] = ()) -> LiveServer:
    return replace(server, parts={**server.parts, READ: tuple(snapshots)})


def lifecycle(*kinds: str, keep: int | None = None, **rules: str) -> Lifecycle:
    return Lifecycle(snapshot_before=frozenset(kinds), keep=keep, **rules)  # type: ignore[arg-type]


def names(steps: tuple[Step, ...]) -> list[str]:
    return [step.id.split("/")[1] for step in steps]


def needs(steps: tuple[Step, ...], name: str) -> list[str]:
    (step,) = (s for s in steps if s.id == f"web/{name}")
    return [need.split("/")[1] for need in step.needs]


def test_one_snapshot_before_all_that_it_is_for_and_nothing_else_waits() -> None:
    desired = stack(
        spec(cores=4, disks=[50, 20], notes="n", tags=["a"], lifecycle=lifecycle("resize", "disks"))
    )
    built, _ = plan(desired, account(with_snapshots(live(key="web"))))
    assert names(built.steps) == ["tags", "snapshot", "cores", "disks.2", "notes"]
    assert needs(built.steps, "cores") == needs(built.steps, "disks.2") == ["snapshot"]
    assert needs(built.steps, "notes") == needs(built.steps, "snapshot") == []
    (step,) = (s for s in built.steps if s.id == "web/snapshot")
    assert step.body == {"name": "ccloud-apply-1-before-resize-disks"}
    assert step.path == "/ccloud/servers/vs10001/snapshots"


def test_it_is_taken_while_the_server_still_runs() -> None:
    desired = stack(spec(cores=4, lifecycle=lifecycle("resize", resize="offline")))
    built, _ = plan(desired, account(with_snapshots(live(key="web"))))
    assert names(built.steps) == ["snapshot", "shutdown", "cores", "start"]
    assert needs(built.steps, "shutdown") == ["snapshot"]
    assert needs(built.steps, "cores") == ["shutdown", "snapshot"]


def test_a_change_of_another_kind_takes_and_reads_none() -> None:
    desired = stack(spec(cores=4, lifecycle=lifecycle("disks")))
    there = account(live(key="web"))
    assert parts(desired, there) == {}
    built, _ = plan(desired, there)
    assert names(built.steps) == ["cores"]


def test_what_has_to_be_read_is_known_once_it_is_known_what_changes() -> None:
    desired = stack(spec(cores=4, lifecycle=lifecycle("resize")))
    there = account(live(key="web"))
    assert parts(desired, there) == {"vs10001": {READ}}
    same = account(live(key="web", cores=4))
    assert parts(desired, same) == {}


def test_a_server_that_is_created_has_nothing_to_go_back_to() -> None:
    built, _ = plan(stack(spec(lifecycle=lifecycle(*EVERYTHING), **COMPLETE)), account())
    assert names(built.steps) == ["create"]


def test_an_adopted_server_is_the_stacks_own_first() -> None:
    desired = stack(spec(hostname="vs10001", cores=4, lifecycle=lifecycle("resize")))
    built, _ = plan(desired, account(with_snapshots(live())))
    assert names(built.steps) == ["tags", "snapshot", "cores"]
    assert needs(built.steps, "snapshot") == ["tags"]


@pytest.mark.parametrize("is_destroy", [True, False])
def test_before_the_end_of_a_server_it_is_taken_and_told_to_be_of_little_use(
    is_destroy: bool,
) -> None:
    changed = COMPLETE if is_destroy else {**COMPLETE, "image": "rocky9_uefi"}
    rules = lifecycle("replace", "destroy", keep=1, on_create_only_change="replace")
    desired = stack(spec(lifecycle=rules, **changed))
    there = account(with_snapshots(live(key="web"), taken(own(1))))
    built, _ = plan(desired, there, is_destroy=is_destroy)
    rest = [] if is_destroy else ["create"]
    assert names(built.steps) == ["snapshot", "destroy", *rest]
    assert needs(built.steps, "destroy") == ["snapshot"]
    assert "is of no use after that" in " ".join(built.servers[0].warnings)


def test_keep_lets_the_oldest_own_ones_go_once_the_change_is_made() -> None:
    desired = stack(spec(cores=4, lifecycle=lifecycle("resize", keep=2)))
    snapshots = taken(own(7), "before-upgrade", own(9), own(8))
    there = account(with_snapshots(live(key="web"), snapshots))
    built, _ = plan(desired, there)
    assert names(built.steps) == [
        "snapshot",
        "cores",
        "snapshot.delete-1",
        "snapshot.delete-2",
    ]
    assert needs(built.steps, "snapshot.delete-1") == ["snapshot", "cores"]
    assert [step.path[-4:] for step in built.steps[2:]] == ["id-0", "id-3"]
    assert built.steps[0].body == {"name": own(10)}
    told = " ".join(
        only_server(desired, account(with_snapshots(live(key="web"), snapshots))).warnings
    )
    assert f"deleted, to keep 2: {own(7)}, {own(8)}" in told


def test_where_there_is_no_room_the_oldest_own_one_goes_first() -> None:
    desired = stack(spec(cores=4, lifecycle=lifecycle("resize", keep=1)))
    full = taken(own(1), *[f"by hand {n}" for n in range(DEFAULT_LIMITS.snapshots - 1)])
    built, _ = plan(desired, account(with_snapshots(live(key="web"), full)))
    assert names(built.steps) == ["snapshot.delete-1", "snapshot", "cores"]
    assert needs(built.steps, "snapshot") == ["snapshot.delete-1"]


@pytest.mark.parametrize("keep", [None, 3])
def test_a_server_that_can_have_no_more_is_an_error_and_none_of_others_is_deleted(
    keep: int | None,
) -> None:
    desired = stack(spec(cores=4, lifecycle=lifecycle("resize", keep=keep)))
    full = taken(*[f"by hand {n}" for n in range(DEFAULT_LIMITS.snapshots)])
    (error,) = errors(desired, account(with_snapshots(live(key="web"), full)))
    assert error.code == "CCA190"
    assert error.where == "servers.web.lifecycle.snapshot_before"
    assert "web/snapshot would be snapshot 11 of vs10001" in error.what


def test_before_a_destroy_no_check_is_made_and_a_full_server_is_an_error_all_the_same() -> None:
    desired = stack(spec(lifecycle=lifecycle("destroy")))
    full = taken(*[f"by hand {n}" for n in range(DEFAULT_LIMITS.snapshots)])
    there = account(with_snapshots(live(key="web"), full))
    (error,) = errors(desired, there, is_destroy=True)
    assert error.code == "snapshots-full"
    assert "vs10001 has 10 snapshots" in error.what
    assert "CCLOUD_LIMIT_SNAPSHOTS" in error.hint


snapshot_names = st.one_of(
    st.none(),
    st.integers(0, 12).map(own),
    st.sampled_from(
        ["", "before-upgrade", "ccloud-apply", "ccloud-apply-1-before-", own(1) + "x "]
    ),
)


@given(
    listed=st.lists(snapshot_names, max_size=DEFAULT_LIMITS.snapshots),
    keep=st.one_of(st.none(), st.integers(1, DEFAULT_LIMITS.snapshots - 1)),
)
def test_no_snapshot_of_others_is_deleted_and_no_more_than_are_allowed_are_there(
    listed: list[str | None], keep: int | None
) -> None:
    snapshots = taken(*listed)
    desired = stack(spec(cores=4, lifecycle=lifecycle("resize", keep=keep)))
    there = account(with_snapshots(live(key="web"), snapshots))
    deletable = [s for s in snapshots if is_safety_name(s.name)]
    if len(snapshots) == DEFAULT_LIMITS.snapshots and (keep is None or len(deletable) < keep):
        assert [e.code for e in errors(desired, there)] == ["CCA190"]
        return
    here = {snapshot.id: snapshot.name for snapshot in snapshots}
    for step in plan(desired, there)[0].steps:
        if step.operation_id == "delete_server_snapshot":
            assert is_safety_name(here.pop(step.path.rsplit("/", 1)[1]))
        elif step.operation_id == "create_server_snapshot":
            assert step.body["name"] not in here.values()
            here["new"] = step.body["name"]
            assert len(here) <= DEFAULT_LIMITS.snapshots
    if keep is not None:
        assert sum(map(is_safety_name, here.values())) <= keep
    assert is_safety_name(here["new"])


def test_a_snapshot_that_a_schedule_takes_meanwhile_makes_no_saved_plan_stale() -> None:
    before = with_snapshots(live(key="web"), taken("auto 1"))
    after = with_snapshots(live(key="web"), taken("auto 1", "auto 2"))
    assert build_fingerprint(before) == build_fingerprint(after)
