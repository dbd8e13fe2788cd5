"""Each law is able to fail: a record is falsified, or the product lacks what keeps the law."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any
from unittest.mock import patch

import pytest

from ccloud_apply.model.results.plan import Plan
from ccloud_apply.sandbox.http.request_log import RequestEntry
from ccloud_apply.sandbox.state.record import ServerRecord
from tests.simulator import simulate
from tests.simulator.schedule import CLIENT_SECRET, ISOS, Run
from tests.simulator.simulate import play
from tests.simulator.sweep import build_reference
from tests.simulator.test_behind import build
from tests.simulator.world import World

Doctor = Callable[[World], None]


def test_the_reference_breaks_no_law() -> None:
    assert play(build_reference()).violations == []


def change(name: str, **values: Any) -> Doctor:
    """Falsify a server, by its custom name."""

    def doctor(world: World) -> None:
        (server,) = [s for s in world.store.all_servers() if s["custom_name"] == name]
        world.store.write_server(ServerRecord(**{**server, **values}))  # type: ignore[typeddict-item]

    return doctor


def remove(name: str) -> Doctor:
    def doctor(world: World) -> None:
        (server,) = [s for s in world.store.all_servers() if s["custom_name"] == name]
        world.store.remove_server(server["id"])

    return doctor


def add_to(name: str, part: str) -> Doctor:
    """A second one of the last disk or snapshot of a server."""

    def doctor(world: World) -> None:
        (server,) = [s for s in world.store.all_servers() if s["custom_name"] == name]
        parts: Any = dict(server)[part]
        change(name, **{part: [*parts, {**parts[-1], "id": "sc0s9"}]})(world)

    return doctor


def log(operation: str, path: str, method: str = "POST") -> Doctor:
    """A request that the client has made, and nobody planned."""

    def doctor(world: World) -> None:
        entry = RequestEntry(
            at=world.clock.now(),
            operation=operation,
            method=method,
            path=path,
            body_digest="",
            acted=True,
        )
        world.request_log.append(entry)

    return doctor


def reinstall(world: World) -> None:
    """A reinstall that is done, and was in no plan."""
    (task, *_) = world.store.list_tasks(limit=1, offset=0)
    world.store.add_task({**task, "action": "redeploy-server"})


def replace_again(world: World) -> None:
    """The server that was destroyed for a key comes again, and is destroyed as well, as planned."""
    step = next(s for s in world.planned if s.operation_id == "delete_server")
    again = replace(step, path="/ccloud/servers/vs10099")
    world.planned.append(again)
    log("delete_server", again.path, "DELETE")(world)


def add_task(**values: Any) -> Doctor:
    """A task of ours on the first server."""

    def doctor(world: World) -> None:
        (task, *_) = world.store.list_tasks(limit=1, offset=0)
        world.store.add_task({**task, "hostname": "vs10001", **values})  # type: ignore[typeddict-item]

    return doctor


def add_address(world: World) -> None:
    (server,) = [s for s in world.store.all_servers() if s["custom_name"] == "sim-new"]
    (adapter, *_) = server["adapters"]
    more = [*adapter["ip_addresses"], {"ip": "203.0.113.99"}]
    change("sim-new", adapters=[{**adapter, "ip_addresses": more}])(world)


def reopen(world: World) -> None:
    """The journal of a run that has ended lacks what was written last."""
    lines = world.journal.read_bytes().splitlines(keepends=True)
    (last, *_) = [n for n, line in enumerate(lines) if b'"ended"' in line]
    world.journal.write_bytes(b"".join(lines[:last]))


def crowd(world: World) -> None:
    """Ten creates of somebody else that had been under way when the first one was sent."""
    first = next(e for e in world.request_log if e.operation == "create_server")
    (task, *_) = world.store.list_tasks(limit=1, offset=0)
    moment = (first.at - timedelta(seconds=1)).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    for _ in range(10):
        other = {**task, "action": "create-server", "created_at": moment, "due": None}
        world.store.add_task(other)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("doctor", "told"),
    [
        (remove("sim-new"), "destroyed without a plan: vs1"),
        (change("sim-old", disks=[{"id": "sc0s0", "size_gb": 50}]), "disk sc0s1 of vs1"),
        (add_to("sim-old", "disks"), "disks added twice to old: [20] GB"),
        (reinstall, "reinstalled without a plan"),
        (crowd, "10 creates were under way"),
        (replace_again, "replaced twice: gone was vs10002 and vs10099"),
        (add_task(status="processing", due=None), "still runs at the end"),
        (
            add_task(action="delete-disk-server", status="done", payload={"id": "sc0s7"}),
            "a disk of vs10001 was made and removed again",
        ),
        (add_address, "addresses of new: "),
        (reopen, "open in the journal: "),
        (lambda world: world.outputs.append(CLIENT_SECRET), "a secret is shown"),
        (log("set_server_notes", "/ccloud/servers/vs10003/notes"), "a stranger was touched"),
        (change("sim-new", notes="other"), "at the end notes of new is other"),
        (change("sim-old", cores=1), "at the end cores of old is 1, not 2"),
        (change("sim-old", state="Off"), "is Off"),
        (change("sim-next", tags=["stack:sim", "server:new"]), "duplicate: new is"),
    ],
)
def test_a_record_that_is_falsified_breaks_a_law(doctor: Doctor, told: str) -> None:
    violations = play(build_reference(), doctor=doctor).violations
    assert any(told in text for text in violations), violations


def test_a_snapshot_that_is_taken_twice_breaks_a_law() -> None:
    schedule = build({"snapshots": {"mine": True}}, "server", Run())
    assert play(schedule).violations == []
    violations = play(schedule, doctor=add_to("sim-s0", "snapshots")).violations
    assert "snapshot mine of s0 taken 2 times" in violations


def test_a_snapshot_that_goes_breaks_a_law() -> None:
    schedule = build({"snapshots": {"mine": True}}, "server", Run())
    violations = play(schedule, doctor=change("sim-s0", snapshots=[])).violations
    assert any(text.startswith("snapshot") and "destroyed" in text for text in violations)


def test_a_difference_that_nobody_tells_breaks_a_law() -> None:
    """A product for which everything matches."""
    schedule = build({"cores": 2}, "server", Run())
    with patch.object(Plan, "has_changes", False), patch.object(Plan, "matches", True):
        violations = play(schedule).violations
    assert "said to match, but cores of s0 is 1, not 2" in violations


@pytest.mark.parametrize(
    ("values", "told"),
    [
        ({"dvds": []}, "images of s0: [], not "),
        ({"boot_order": ["sc0s0"]}, "s0 boots ['sc0s0']"),
    ],
)
def test_a_drive_that_is_not_as_declared_breaks_a_law(values: dict[str, Any], told: str) -> None:
    schedule = build({"dvds": (ISOS[0],), "boot_order": ("DVD",)}, "server", Run())
    assert play(schedule).violations == []
    violations = play(schedule, doctor=change("sim-s0", **values)).violations
    assert any(text.startswith(told) for text in violations), violations


def test_a_held_plan_that_changes_something_breaks_a_law() -> None:
    def hold(self: Any, world: World, plan: Plan) -> None:
        world.held_at = 0

    schedule = build({"cores": 2}, "server", Run(), Run())
    with (
        patch.object(Plan, "held", property(lambda self: ("so",) if not self.has_changes else ())),
        patch.object(simulate._Simulation, "_check_held", hold),
    ):
        violations = play(schedule).violations
    assert any(text.startswith("a held plan has changed something") for text in violations)


def test_what_is_said_to_be_destroyed_is_no_loss() -> None:
    schedule = build_reference()
    (gone,) = [s for s in schedule.orders if s["custom_name"] == "sim-gone"]
    kept = replace(schedule, orders=tuple(o for o in schedule.orders if o is not gone))
    assert play(schedule).violations == play(kept).violations == []
