"""How long a server is down and an apply takes, by what earlier tasks took."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ccloud_apply.model.declared.stack import Policy, Stack
from ccloud_apply.model.declared.windows import Freeze, Window
from ccloud_apply.model.results.plan import Action, Plan, PlanAccount, ServerPlan, StackPlan, Step
from ccloud_apply.plan.timing.downtime import add_downtime, find_downtime
from ccloud_apply.plan.timing.fit import add_fit, has_windows
from ccloud_apply.plan.timing.history import Durations
from ccloud_apply.plan.timing.length import find_length, lay_out
from tests.support.builders import stack
from tests.support.render.plans import plan_of, step

KNOWN = Durations(
    samples={
        "stop-server": (8.0, 9.0, 12.0),
        "resize-server": (20.0,),
        "start-server": (5.0,),
        "create-server": (40.0,),
    }
)


def offline(key: str = "db", **rest: Any) -> tuple[Step, ...]:
    """A shutdown, two resizes and a start."""
    state = f"/ccloud/servers/{key}/state"
    needs = (f"{key}/shutdown",)
    return (
        step(
            f"{key}/shutdown",
            "shut down",
            "POST",
            f"{state}/shutdown",
            operation_id="change_server_state",
            causes_downtime=True,
            **rest,
        ),
        step(f"{key}/cores", "cores", "PUT", "", operation_id="resize_server_cores", needs=needs),
        step(f"{key}/memory", "mem", "PUT", "", operation_id="resize_server_memory", needs=needs),
        step(
            f"{key}/start",
            "start",
            "POST",
            f"{state}/start",
            operation_id="change_server_state",
            needs=(f"{key}/cores", f"{key}/memory"),
            closes=f"{key}/shutdown",
        ),
    )


def stopped(key: str = "db") -> ServerPlan:
    return ServerPlan(key=key, hostname=key, action=Action.UPDATE, has_downtime=True)


def test_a_server_is_down_from_its_shutdown_until_it_is_started() -> None:
    assert find_downtime(offline(), KNOWN) == 9 + 20 + 20


@pytest.mark.parametrize("lacking", ["stop-server", "resize-server"])
def test_a_downtime_of_which_a_part_is_not_known_is_unknown(lacking: str) -> None:
    samples = {name: told for name, told in KNOWN.samples.items() if name != lacking}
    assert find_downtime(offline(), Durations(samples=samples)) is None


def test_a_server_that_stays_off_has_no_length_of_downtime() -> None:
    shutdown, *_ = offline()
    assert find_downtime((shutdown,), KNOWN) is None


def test_a_change_that_no_action_names_is_unknown() -> None:
    growth = step("db/disks", "grow", "PUT", "", operation_id="resize_server_disk")
    shutdown, cores, memory, start = offline()
    start = replace(start, needs=(*start.needs, "db/disks"))
    assert find_downtime((shutdown, cores, memory, growth, start), KNOWN) is None


def test_what_does_not_wait_for_the_shutdown_is_no_downtime() -> None:
    disk = step("db/disks", "add disk", "POST", "", operation_id="add_server_disk")
    assert find_downtime((*offline(), disk), KNOWN) == 49


def test_only_servers_that_are_down_get_a_length() -> None:
    plan = plan_of(stopped(), ServerPlan(key="x", hostname="x", action=Action.UPDATE))
    plan = replace(plan, stacks=(replace(plan.stacks[0], steps=offline()),))
    (timed,) = add_downtime(plan, KNOWN).stacks
    assert [server.downtime_s for server in timed.servers] == [49, None]


def test_an_apply_does_servers_side_by_side_and_each_servers_steps_in_turn() -> None:
    plan = plan_of(stopped("a"), stopped("b"), steps=(*offline("a"), *offline("b")))
    assert find_length(plan, KNOWN).seconds == 9 + 20 + 20 + 5
    assert find_length(plan, KNOWN, parallelism=1).seconds == 2 * (9 + 20 + 20 + 5)


def test_a_server_that_is_down_is_done_before_the_next_one_goes_down() -> None:
    plan = plan_of(stopped("a"), stopped("b"), steps=(*offline("a"), *offline("b")))
    ends = lay_out(plan, KNOWN, parallelism=1).ends
    assert sorted(ends.values()) == [54, 2 * 54]


def test_what_nobody_can_time_is_named_and_takes_no_time() -> None:
    unknown = step("x/redeploy", "redeploy", "POST", "", operation_id="redeploy_server")
    length = find_length(plan_of(stopped(), steps=(*offline(), unknown)), KNOWN)
    assert (length.seconds, length.unknown) == (54, ("redeploy",))
    assert length.tasks == 5
    nothing = find_length(plan_of(stopped(), steps=offline()), Durations())
    assert (nothing.seconds, nothing.tasks) == (None, 0)


@pytest.mark.parametrize(
    ("endpoint", "source"),
    [("https://example.org/api/v1", "account"), ("sandbox /tmp/sandbox.db", "sandbox")],
)
def test_a_length_says_whose_tasks_tell_it(endpoint: str, source: str) -> None:
    plan = plan_of(stopped(), steps=offline())
    plan = replace(plan, account=PlanAccount(endpoint=endpoint))
    assert find_length(plan, KNOWN).source == source


@given(data=st.data(), parallelism=st.integers(1, 12))
def test_a_layout_is_at_least_the_longest_chain_and_at_most_one_after_the_other(
    data: st.DataObject, parallelism: int
) -> None:
    count = data.draw(st.integers(1, 12))
    steps = []
    for number in range(count):
        earlier = [f"s{each}/create" for each in range(number)]
        needs = data.draw(st.lists(st.sampled_from(earlier), unique=True)) if earlier else []
        steps.append(
            step(
                f"s{number}/create",
                "create",
                "POST",
                "",
                operation_id="create_server",
                needs=tuple(needs),
            )
        )
    depth: dict[str, int] = {}
    for one in steps:
        depth[one.id] = 1 + max((depth[need] for need in one.needs), default=0)
    layout = lay_out(plan_of(steps=tuple(steps)), KNOWN, parallelism=parallelism)
    rounds = max(max(depth.values()), -(-count // parallelism))
    assert 40 * rounds <= layout.seconds <= 40 * count
    if parallelism == 1:
        assert layout.seconds == 40 * count
    assert len(layout.ends) == count


# Windows.

MOMENT = datetime(2027, 1, 2, 3, 59, tzinfo=UTC)
NIGHT = Window(classes=frozenset({"downtime"}), opens=120, closes=240)


def windowed(*windows: Window, **rest: Any) -> tuple[list[Stack], Plan]:
    policy = Policy(windows=(windows,) if windows else (), **rest)
    declared = stack(name="web-prod", policy=policy)
    plan = plan_of(stopped(), steps=offline())
    servers = (replace(stopped(), steps=tuple(one.id for one in offline())),)
    one: StackPlan = replace(plan.stacks[0], servers=servers)
    return [declared], replace(plan, stacks=(one,), read_at=MOMENT)


def test_what_is_done_in_time_is_no_warning() -> None:
    stacks, plan = windowed(NIGHT)
    assert has_windows(stacks, plan)
    assert add_fit(stacks, plan, KNOWN, parallelism=10, moment=plan.at) == plan


def test_what_would_not_be_done_before_the_window_closes_is_a_warning() -> None:
    stacks, plan = windowed(NIGHT)
    late = replace(plan, at=MOMENT.replace(second=30))
    (warning,) = add_fit(stacks, late, KNOWN, parallelism=10, moment=late.at).stacks[0].warnings
    assert (warning.code, warning.where) == ("window-short", "db")
    assert warning.what == (
        "the window closes at Sat 2027-01-02 04:00 UTC, in 30 s;"
        " it is expected to be done about 54 s after the apply begins"
    )


def test_a_freeze_that_begins_ends_the_time_too() -> None:
    freeze = Freeze(first=datetime(2027, 1, 3, tzinfo=UTC).date())
    stacks, plan = windowed(freezes=(freeze,))
    late = replace(plan, at=datetime(2027, 1, 2, 23, 59, 30, tzinfo=UTC))
    (warning,) = add_fit(stacks, late, KNOWN, parallelism=10, moment=late.at).stacks[0].warnings
    assert "Sun 2027-01-03 00:00 UTC" in warning.what


@pytest.mark.parametrize("changed", [{"override_window": "fire"}, {"at": MOMENT.replace(hour=5)}])
def test_what_overrides_windows_or_is_held_by_them_is_not_told_of_their_end(
    changed: dict[str, Any],
) -> None:
    stacks, plan = windowed(NIGHT)
    plan = replace(plan, **{"at": MOMENT.replace(second=30), **changed})
    assert add_fit(stacks, plan, KNOWN, parallelism=10, moment=plan.at) == plan


def test_windows_for_other_classes_need_no_history() -> None:
    stacks, plan = windowed(replace(NIGHT, classes=frozenset({"destroy"})))
    assert not has_windows(stacks, plan)
