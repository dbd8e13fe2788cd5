"""Laws that hold for any declared and live pair."""

from datetime import datetime, timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from ccloud_apply.model.declared.ignored import ignoring
from ccloud_apply.model.declared.stack import Lifecycle, ServerSpec, Stack
from ccloud_apply.model.live.account import Account, LiveServer, Schedule
from ccloud_apply.model.results.plan import Action, StackPlan
from ccloud_apply.plan.build import PlanOptions, build_plan
from ccloud_apply.plan.kinds import kind_of
from tests.support.builders import READ_AT, account, live, spec, stack
from tests.support.simulation import apply_plan

KEYS = ("a", "b", "c", "d")
TAGS = ("red", "green", "blue")
DELETES_DATA = ("delete_server_disk", "redeploy_server")
GONE = (Action.DESTROY, Action.REPLACE)

texts = st.sampled_from([None, "", "one", " two ", "three\r\nlines"])
disk_sizes = st.lists(st.sampled_from([10, 20, 30]), min_size=1, max_size=4)
frequencies = st.sampled_from([1, 3, 6, 12, 24])
times = st.integers(0, 5000).map(
    lambda minutes: READ_AT.replace(tzinfo=None) + timedelta(minutes=minutes)
)


def _written(run: datetime) -> str:
    return run.strftime("%Y-%m-%d %H:%M")


schedules = st.one_of(
    st.none(),
    st.fixed_dictionaries({"frequency": frequencies}, optional={"next_run": times.map(_written)}),
)
needed: dict[str, st.SearchStrategy[Any]] = {
    "pool": st.sampled_from(["pool_iw_ssd", "pool_aw_ssd"]),
    "type": st.sampled_from(["managed", "unmanaged"]),
    "image": st.sampled_from(["debian12_uefi", "rocky9_uefi"]),
    "cores": st.integers(1, 4),
    "memory": st.integers(1, 4),
    "disks": disk_sizes,
}
optional: dict[str, st.SearchStrategy[Any]] = {
    "custom_name": texts,
    "description": texts,
    "tags": st.lists(st.sampled_from(TAGS)),
    "addons": st.dictionaries(st.sampled_from(["x", "y/z"]), st.integers(1, 2)),
    "scheduled_snapshots": schedules,
    "notes": texts,
    "power": st.sampled_from(["running", "off"]),
}
lifecycles = st.builds(
    Lifecycle,
    prevent_destroy=st.booleans(),
    on_create_only_change=st.sampled_from(["error", "replace", "ignore"]),
    resize=st.sampled_from(["online", "offline"]),
    ignore_changes=st.sampled_from([(), *map(ignoring, ["notes", "tags", "memory"])]),
)


@st.composite
def specs(draw: st.DrawFn, key: str, earlier: tuple[str, ...]) -> ServerSpec:
    fields = draw(st.fixed_dictionaries(needed, optional=optional))
    needs = draw(st.lists(st.sampled_from(earlier), unique=True)) if earlier else []
    return spec(key, depends_on=tuple(needs), lifecycle=draw(lifecycles), **fields)


@st.composite
def stacks(draw: st.DrawFn) -> Stack:
    keys = draw(st.lists(st.sampled_from(KEYS), unique=True))
    return stack(*(draw(specs(key, tuple(keys[:i]))) for i, key in enumerate(keys)))


@st.composite
def live_servers(draw: st.DrawFn, number: int, key: str | None, owner: str) -> LiveServer:
    return live(
        number,
        key=key,
        stack=owner,
        tags=tuple(draw(st.lists(st.sampled_from(TAGS), unique=True))),
        is_protected=draw(st.booleans()) and key is not None,
        disks=draw(disk_sizes),
        state=draw(st.sampled_from(["Running", "Off"])),
        schedule=draw(
            st.none() | st.builds(Schedule, frequency=frequencies, next_run=st.none() | times)
        ),
        custom_name=draw(st.sampled_from([None, "someone's", "one"])) if key else None,
        cores=draw(st.integers(1, 4)),
        memory_gb=draw(st.integers(1, 4)),
        notes=draw(texts),
        description=draw(texts),
        addons=draw(st.dictionaries(st.sampled_from(["x", "y/z"]), st.integers(0, 2))),
    )


@st.composite
def accounts(draw: st.DrawFn) -> Account:
    ours = draw(st.lists(st.sampled_from(KEYS), unique=True))
    servers = [draw(live_servers(100 + i, key, "shop")) for i, key in enumerate(ours)]
    servers.append(draw(live_servers(200, "a", "other")))
    servers.append(draw(live_servers(201, None, "shop")))
    return account(*servers)


def built(desired: Stack, lives: Account) -> StackPlan | None:
    """The plan without guards, or None where it is an error."""
    options = PlanOptions(allow_destroy=len(KEYS))
    found, diagnostics = build_plan([desired], lives, options)
    assert found is not None or any(d.is_error for d in diagnostics)
    return None if found is None else found.stacks[0]


@given(stacks(), accounts())
def test_applying_a_plan_makes_the_next_plan_empty(desired: Stack, lives: Account) -> None:
    plan = built(desired, lives)
    if plan is None or plan.held:
        return
    after = apply_plan(plan, lives)
    again = built(desired, after)
    assert again is not None
    assert [change for server in again.servers for change in server.changes] == []
    assert again.steps == ()


@given(stacks(), accounts())
def test_nothing_that_the_stack_does_not_own_is_touched(desired: Stack, lives: Account) -> None:
    plan = built(desired, lives)
    if plan is None or plan.held:
        return
    after = {server.hostname: server for server in apply_plan(plan, lives).servers}
    for server in lives.servers:
        if "stack:shop" not in server.tags:
            assert after[server.hostname] == server


@given(stacks(), accounts())
def test_a_step_that_destroys_data_has_a_change_that_says_so(
    desired: Stack, lives: Account
) -> None:
    plan = built(desired, lives)
    if plan is None:
        return
    losing = {step.server for step in plan.steps if step.operation_id in DELETES_DATA}
    assert losing == {server.key for server in plan.servers if server.loses_data}
    protected = {server.hostname for server in lives.servers if "prevent-destroy" in server.tags}
    hit = {s.hostname for s in plan.servers if s.loses_data or s.action in GONE}
    assert plan.held or not hit & protected


@given(stacks(), accounts(), st.booleans())
def test_every_change_has_the_kind_of_its_field(
    desired: Stack, lives: Account, is_destroy: bool
) -> None:
    plan, _ = build_plan([desired], lives, PlanOptions(is_destroy=is_destroy))
    changes = [c for s in (plan.stacks if plan else ()) for e in s.entries for c in e.changes]
    assert [change.kind for change in changes] == [kind_of(change.field) for change in changes]


@given(stacks(), accounts())
def test_a_plan_is_the_same_every_time_whatever_the_order_of_the_server_list(
    desired: Stack, lives: Account
) -> None:
    backwards = account(*reversed(lives.servers))
    first, second = built(desired, lives), built(desired, backwards)
    assert (first is None) == (second is None)
    if first is not None and second is not None:
        assert sorted(first.steps, key=lambda s: s.id) == sorted(second.steps, key=lambda s: s.id)
        assert first.summary == second.summary


@given(stacks(), accounts())
def test_steps_form_an_order_and_every_id_is_unique(desired: Stack, lives: Account) -> None:
    plan = built(desired, lives)
    if plan is None:
        return
    ids = [step.id for step in plan.steps]
    assert len(ids) == len(set(ids))
    own: dict[str, list[str]] = {}
    for step in plan.steps:
        assert set(step.needs) <= set(ids)
        assert step.closes is None or step.closes in own[step.server]
        earlier = [need for need in step.needs if need.startswith(f"{step.server}/")]
        assert set(earlier) <= set(own.setdefault(step.server, []))
        own[step.server].append(step.id)
    assert [step_id for server in plan.servers for step_id in server.steps] == ids


@given(stacks(), accounts())
def test_what_is_destroyed_is_said_by_its_action(desired: Stack, lives: Account) -> None:
    plan = built(desired, lives)
    if plan is None:
        return
    doomed = {s.server for s in plan.steps if s.operation_id == "delete_server"}
    said = {s.key for s in plan.servers if s.action in (Action.DESTROY, Action.REPLACE)}
    assert doomed == said


def test_unchanged_fields_are_told_where_they_are_asked_for_and_were_compared() -> None:
    desired = stack(spec("web", memory=8, cores=1, disks=[50], rollouts=["app_apache"], tags=["a"]))
    web = live(1, key="web", cores=1, memory_gb=4, disks=[50], tags=("a",))
    plans = [
        build_plan([desired], account(web), PlanOptions(has_unchanged=is_asked))[0]
        for is_asked in (True, False)
    ]
    found = [plan.stacks[0].servers[0] for plan in plans if plan is not None]
    assert dict(found[0].unchanged) == {"cores": 1, "disks.1": 50, "tags": ["a"]}
    assert found[0].changes == found[1].changes
    assert dict(found[1].unchanged) == {}
