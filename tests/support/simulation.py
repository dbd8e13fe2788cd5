"""What the steps of a plan do to an account, by the API document alone: pure, for property tests.

It shares nothing with the planner but the values: each operation is written down from the
document's own words (units included), so that a wrong belief of the planner shows.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any
from urllib.parse import unquote

from ccloud_apply.model.live.account import Account, LiveDisk, LiveServer, Schedule
from ccloud_apply.model.results.plan import StackPlan, Step

OS_NAMES = {"debian12_uefi": "Linux Debian 12", "rocky9_uefi": "Rocky Linux 9"}


class Refused(AssertionError):
    """A step that the platform would refuse, or that comes before what it needs."""


def apply_plan(plan: StackPlan, account: Account) -> Account:
    """The account after every step in the plan's order, as far as needs allow."""
    servers = {server.hostname: server for server in account.servers}
    hostnames = {server.key: server.hostname for server in plan.servers}
    done: set[str] = set()
    todo = list(plan.steps)
    while todo:
        step = next((s for s in todo if set(s.needs) <= done and _is_first(s, todo)), None)
        if step is None:
            raise Refused(f"nothing can go on: {[s.id for s in todo]}")
        todo.remove(step)
        done.add(step.id)
        _apply_step(step, servers, hostnames)
    return replace(account, servers=tuple(servers.values()))


def _is_first(step: Step, todo: list[Step]) -> bool:
    return next(s for s in todo if s.server == step.server) is step


def _apply_step(
    step: Step,
    servers: dict[str | None, LiveServer],
    hostnames: dict[str, str | None],
) -> None:
    if step.operation_id == "create_server":
        server = _create(step.body, servers)
        hostnames[step.server] = server.hostname
        servers[server.hostname] = server
        return
    path = step.path.replace("{hostname}", hostnames[step.server] or "?")
    hostname = unquote(path.split("/servers/")[1].split("/")[0])
    if hostname not in servers:
        raise Refused(f"{step.id}: no server {hostname}")
    if step.operation_id == "delete_server":
        assert step.body == {"hostname": hostname}
        del servers[hostname]
        return
    server = servers[hostname]
    servers[hostname] = _change(step.operation_id, path, step.body, server)


def _create(body: Mapping[str, Any], servers: Mapping[str | None, LiveServer]) -> LiveServer:
    number = 1 + max((server.id for server in servers.values()), default=20000)
    return LiveServer(
        id=number,
        hostname=f"vs{number}",
        custom_name=body.get("custom_name"),
        tags=tuple(body["tags"]),
        cores=body["cores"],
        memory_gb=body["memory"],
        disk_gb=sum(body["disks"]),
        pool=body["pool"],
        type=body["type"],
        os_name=OS_NAMES[body["image"]],
        description=body.get("description"),
        addons={addon["name"]: addon["count"] for addon in body.get("addons", ())},
        parts={
            "list_server_disks": tuple(
                LiveDisk(id=f"sc0s{i}", size_gb=size) for i, size in enumerate(body["disks"])
            ),
            "get_server_state": "Running",
            "list_snapshot_schedules": None,
        },
    )


def _change(  # noqa: C901 - one case per operation
    operation_id: str, path: str, body: Any, server: LiveServer
) -> LiveServer:
    last = unquote(path.rsplit("/", 1)[1])
    match operation_id:
        case "resize_server_cores":
            return replace(server, cores=body["cores"])
        case "resize_server_memory":
            return replace(server, memory_gb=body["memory"])
        case "set_server_tags":
            return replace(server, tags=tuple(body["tags"]))
        case "set_server_custom_name":
            return replace(server, custom_name=body.get("name"))
        case "set_server_notes":
            return replace(server, notes=body["notes"])
        case "delete_server_notes":
            return replace(server, notes=None)
        case "set_server_addon":
            return replace(server, addons={**server.addons, last: body["count"]})
        case "delete_server_addon":
            return replace(server, addons={n: c for n, c in server.addons.items() if n != last})
        case "change_server_state":
            state = server.parts["get_server_state"]
            if (last, state) not in {("start", "Off"), ("shutdown", "Running")}:
                raise Refused(f"{last} of a server that is {state}")
            return _with_part(server, "get_server_state", "Running" if last == "start" else "Off")
        case "set_server_snapshot_schedule":
            run = datetime.strptime(body["next_run"], "%Y-%m-%d %H:%M")  # noqa: DTZ007
            schedule = Schedule(frequency=body["frequency"], next_run=run)
            return _with_part(server, "list_snapshot_schedules", schedule)
        case "delete_server_snapshot_schedule":
            return _with_part(server, "list_snapshot_schedules", None)
        case _:
            return _change_disks(operation_id, last, body, server)


def _change_disks(operation_id: str, disk_id: str, body: Any, server: LiveServer) -> LiveServer:
    disks: tuple[LiveDisk, ...] = server.parts["list_server_disks"]
    match operation_id:
        case "add_server_disk":
            size_gb, rest = divmod(body["size"], 1024**3)
            if rest or len(disks) == 5:
                raise Refused("a disk of broken size, or a sixth one")
            number = 1 + max(int(disk.id.removeprefix("sc0s")) for disk in disks)
            disks = (*disks, LiveDisk(id=f"sc0s{number}", size_gb=size_gb))
        case "resize_server_disk":
            (disk,) = [disk for disk in disks if disk.id == disk_id]
            if body["size"] < disk.size_gb:
                raise Refused("a disk never shrinks")
            grown = replace(disk, size_gb=body["size"])
            disks = tuple(grown if d is disk else d for d in disks)
        case "delete_server_disk":
            if disks[0].id == disk_id:
                raise Refused("the system disk is never removed")
            disks = tuple(disk for disk in disks if disk.id != disk_id)
        case _:
            raise Refused(f"the simulation does not know {operation_id}")
    return _with_part(server, "list_server_disks", disks)


def _with_part(server: LiveServer, name: str, value: Any) -> LiveServer:
    return replace(server, parts={**server.parts, name: value})
