"""Sequences on one server, and what waits for what between servers."""

from typing import Literal

import pytest

from ccloud_apply.model.declared.stack import Lifecycle
from ccloud_apply.model.live.account import Task
from ccloud_apply.model.results.plan import Action, Step
from tests.support.builders import (
    COMPLETE,
    account,
    live,
    only_server,
    plan,
    spec,
    stack,
    why_not_compared,
)

OFFLINE = Lifecycle(resize="offline")


def order(steps: tuple[Step, ...]) -> list[str]:
    return [step.id.split("/")[1] for step in steps]


def by_name(steps: tuple[Step, ...]) -> dict[str, Step]:
    return {step.id.split("/")[1]: step for step in steps}


def test_cores_and_memory_share_one_shutdown() -> None:
    desired = stack(spec(cores=4, memory=8, notes="n", lifecycle=OFFLINE))
    built, _ = plan(desired, account(live(key="web")))
    assert order(built.steps) == ["shutdown", "cores", "memory", "start", "notes"]
    steps = by_name(built.steps)
    assert steps["cores"].needs == steps["memory"].needs == ("web/shutdown",)
    assert steps["start"].closes == "web/shutdown"
    assert steps["start"].needs == ("web/cores", "web/memory")
    assert steps["notes"].needs == ()
    assert built.servers[0].has_downtime


def test_a_server_that_is_off_stays_off() -> None:
    desired = stack(spec(memory=8, lifecycle=OFFLINE))
    built, _ = plan(desired, account(live(key="web", state="Off")))
    assert order(built.steps) == ["memory"]


def test_a_server_that_is_to_be_off_is_shut_down_once_and_not_started() -> None:
    desired = stack(spec(memory=8, power="off", lifecycle=OFFLINE))
    built, _ = plan(desired, account(live(key="web")))
    assert order(built.steps) == ["power", "memory"]
    assert by_name(built.steps)["memory"].needs == ("web/power",)


def test_an_off_server_that_is_to_run_is_resized_before_it_starts() -> None:
    desired = stack(spec(memory=8, power="running", lifecycle=OFFLINE))
    built, _ = plan(desired, account(live(key="web", state="Off")))
    assert order(built.steps) == ["memory", "power"]


def test_a_paused_server_is_not_resized_offline_but_reported() -> None:
    desired = stack(spec(memory=8, lifecycle=OFFLINE))
    why = why_not_compared(desired, account(live(key="web", state="Paused")))
    assert why == "vs10001 is Paused, neither Running nor Off"


def test_an_online_resize_needs_no_window() -> None:
    built, _ = plan(stack(spec(memory=8)), account(live(key="web")))
    assert order(built.steps) == ["memory"]
    assert not built.servers[0].has_downtime


def test_an_adopted_server_is_not_shut_down_before_it_is_owned() -> None:
    desired = stack(spec(hostname="vs10001", memory=8, lifecycle=OFFLINE))
    built, _ = plan(desired, account(live(custom_name="x")))
    assert order(built.steps) == ["tags", "shutdown", "memory", "start"]
    assert by_name(built.steps)["shutdown"].needs == ("web/tags",)


def test_dependants_are_created_after_what_they_depend_on() -> None:
    desired = stack(spec("web", **COMPLETE, depends_on=("db",)), spec("db", **COMPLETE, notes="n"))
    steps = {step.id: step for step in plan(desired, account())[0].steps}
    assert steps["web/create"].needs == ("db/create", "db/notes")
    assert steps["db/create"].needs == ()


def test_only_the_first_steps_of_a_dependant_wait() -> None:
    desired = stack(spec("web", **COMPLETE, notes="n", depends_on=("db",)), spec("db", **COMPLETE))
    steps = {step.id: step for step in plan(desired, account())[0].steps}
    assert steps["web/notes"].needs == ("web/create",)


def test_destroying_goes_the_other_way_round() -> None:
    desired = stack(spec("web", depends_on=("db",)), spec("db"))
    lives = account(live(1, key="web"), live(2, key="db"))
    steps = {step.id: step for step in plan(desired, lives, is_destroy=True)[0].steps}
    assert steps["db/destroy"].needs == ("web/destroy",)
    assert steps["web/destroy"].needs == ()


def test_two_replaced_servers_are_destroyed_backwards_and_created_forwards() -> None:
    lifecycle = Lifecycle(on_create_only_change="replace")
    declared = COMPLETE | {"image": "rocky9_uefi"}
    desired = stack(
        spec("web", **declared, lifecycle=lifecycle, depends_on=("db",)),
        spec("db", **declared, lifecycle=lifecycle),
    )
    lives = account(live(1, key="web"), live(2, key="db"))
    steps = {step.id: step for step in plan(desired, lives, allow_destroy=2)[0].steps}
    assert steps["db/destroy"].needs == ("web/destroy",)
    assert steps["db/create"].needs == ("db/destroy",)
    assert steps["web/create"].needs == ("web/destroy", "db/create")


def test_a_busy_server_is_reported_with_who_keeps_it_busy() -> None:
    task = Task(
        id=17, action="resize-server", status="processing", hostname="vs10001", username="ann"
    )
    busy = "vs10001 is busy with task 17 (resize-server by ann)"
    lives = account(live(key="web"), tasks=(task,))
    assert why_not_compared(stack(spec(memory=8)), lives) == busy
    server = only_server(stack(), lives)
    assert (server.action, server.is_busy, server.warnings) == (Action.DESTROY, True, (busy,))


def test_a_server_that_is_not_there_yet_has_no_downtime() -> None:
    built, _ = plan(stack(spec(**COMPLETE, power="off")), account())
    assert [step.id for step in built.steps] == ["web/create", "web/power"]
    assert not built.servers[0].has_downtime
    assert not any(step.causes_downtime for step in built.steps)


@pytest.mark.parametrize("state", ["Running", "Off"])
@pytest.mark.parametrize("wish", ["replace", "redeploy"])
def test_only_a_server_that_runs_has_downtime_by_being_made_anew(
    wish: Literal["replace", "redeploy"], state: str
) -> None:
    lifecycle = Lifecycle(on_create_only_change=wish)
    desired = spec(**COMPLETE | {"image": "rocky9_uefi"}, power="off", lifecycle=lifecycle)
    built, _ = plan(stack(desired), account(live(key="web", state=state)))
    stopping = {"replace": ["web/destroy"], "redeploy": ["web/power", "web/redeploy"]}
    marked = [step.id for step in built.steps if step.causes_downtime]
    assert marked == (stopping[wish] if state == "Running" else [])


@pytest.mark.parametrize(("state", "has_downtime"), [("Running", True), ("Off", False)])
def test_destroying_a_server_that_is_known_to_be_off_is_no_downtime(
    state: str, has_downtime: bool
) -> None:
    built, _ = plan(stack(), account(live(key="web", state=state)))
    assert built.servers[0].has_downtime is has_downtime
