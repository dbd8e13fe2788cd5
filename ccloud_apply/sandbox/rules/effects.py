"""The effects of tasks: the change of the server when a task is done, and when it fails.

A task is stored as data, so it names its effect. Checks belong to the handlers: an effect is
always allowed.
"""

from collections.abc import Callable
from typing import cast

from ccloud_apply.sandbox.state.record import Disk, Drive, ServerRecord, Snapshot, TaskRecord
from ccloud_apply.sandbox.state.store import Store

Effect = Callable[[Store, ServerRecord, TaskRecord], None]


def _set_fields(store: Store, server: ServerRecord, task: TaskRecord) -> None:
    """Sets the fields of the payload: cores, memory, state, image with its names, password."""
    server.update(cast("ServerRecord", task["payload"]))
    store.write_server(server)


def _remove_server(store: Store, server: ServerRecord, task: TaskRecord) -> None:
    store.remove_server(server["id"])


def _finish_build(store: Store, server: ServerRecord, task: TaskRecord) -> None:
    server["building"] = False
    server["state"] = "Running"
    store.write_server(server)


def _leave_half_made(store: Store, server: ServerRecord, task: TaskRecord) -> None:
    """The server stays, switched off, with only its system disk."""
    server.update({"building": False, "state": "Off", "addons": []})
    server["disks"], server["boot_order"] = server["disks"][:1], server["boot_order"][:1]
    store.write_server(server)


def _leave_critical(store: Store, server: ServerRecord, task: TaskRecord) -> None:
    """The server stays as it was ordered, and does not run."""
    server.update({"building": False, "state": "Critical"})
    store.write_server(server)


def _keep(store: Store, server: ServerRecord, task: TaskRecord) -> None:
    """A failed task leaves the server as it was."""


def _keep_after_deletion(store: Store, server: ServerRecord, task: TaskRecord) -> None:
    server["deleting"] = False
    store.write_server(server)


def _add_disk(store: Store, server: ServerRecord, task: TaskRecord) -> None:
    disk = cast("Disk", task["payload"])
    server["disks"].append(disk)
    server["boot_order"].append(disk["id"])
    store.write_server(server)


def _resize_disk(store: Store, server: ServerRecord, task: TaskRecord) -> None:
    wanted = cast("Disk", task["payload"])
    for disk in server["disks"]:
        if disk["id"] == wanted["id"]:
            disk["size_gb"] = wanted["size_gb"]
    store.write_server(server)


def _remove_device(store: Store, server: ServerRecord, task: TaskRecord) -> None:
    """Removes a disk or a DVD drive: their ids share a namespace."""
    gone = task["payload"]["id"]
    server["disks"] = [disk for disk in server["disks"] if disk["id"] != gone]
    server["dvds"] = [drive for drive in server["dvds"] if drive["id"] != gone]
    server["boot_order"] = [device for device in server["boot_order"] if device != gone]
    store.write_server(server)


def _put_dvd(store: Store, server: ServerRecord, task: TaskRecord) -> None:
    wanted = cast("Drive", task["payload"])
    others = [drive for drive in server["dvds"] if drive["id"] != wanted["id"]]
    server["dvds"] = sorted([*others, wanted], key=lambda drive: drive["id"])
    if wanted["id"] not in server["boot_order"]:
        server["boot_order"].append(wanted["id"])
    store.write_server(server)


def _redeploy(store: Store, server: ServerRecord, task: TaskRecord) -> None:
    """Reinstalls the system disk, which deletes the snapshots of the former system."""
    server["snapshots"] = []
    server["state"] = "Running"
    _set_fields(store, server, task)


def _add_snapshot(store: Store, server: ServerRecord, task: TaskRecord) -> None:
    parent = next((taken["id"] for taken in server["snapshots"] if taken["active"]), None)
    for taken in server["snapshots"]:
        taken["active"] = False
    server["snapshots"].append(
        Snapshot(
            id=str(task["payload"]["id"]),
            name=str(task["payload"]["name"]),
            active=True,
            created_at=task["created_at"],
            parent=parent,
        )
    )
    store.write_server(server)


def _restore_snapshot(store: Store, server: ServerRecord, task: TaskRecord) -> None:
    payload, taken = task["payload"], server["snapshots"]
    at = next(index for index, one in enumerate(taken) if one["id"] == payload["id"])
    if not payload.get("keeps_newer", True):
        del taken[at + 1 :]
    if payload.get("is_active", True):
        for one in taken:
            one["active"] = one["id"] == payload["id"]
    server["state"] = str(payload.get("state", server["state"]))
    store.write_server(server)


def _rename_snapshot(store: Store, server: ServerRecord, task: TaskRecord) -> None:
    for taken in server["snapshots"]:
        if taken["id"] == task["payload"]["id"]:
            taken["name"] = str(task["payload"]["name"])
    store.write_server(server)


def _remove_snapshot(store: Store, server: ServerRecord, task: TaskRecord) -> None:
    gone = next(taken for taken in server["snapshots"] if taken["id"] == task["payload"]["id"])
    server["snapshots"].remove(gone)
    for taken in server["snapshots"]:
        if taken["parent"] == gone["id"]:
            taken["parent"] = gone["parent"]
        taken["active"] = taken["active"] or (gone["active"] and taken["id"] == gone["parent"])
    store.write_server(server)


EFFECTS: dict[str, tuple[Effect, Effect]] = {
    # A build that failed leaves no server, and its addresses are free again.
    "finish_build": (_finish_build, _remove_server),
    "finish_build_or_half": (_finish_build, _leave_half_made),
    "finish_build_or_critical": (_finish_build, _leave_critical),
    "remove_server": (_remove_server, _keep_after_deletion),
    "set_fields": (_set_fields, _keep),
    "add_disk": (_add_disk, _keep),
    "resize_disk": (_resize_disk, _keep),
    "remove_device": (_remove_device, _keep),
    "put_dvd": (_put_dvd, _keep),
    "redeploy": (_redeploy, _keep),
    "add_snapshot": (_add_snapshot, _keep),
    "restore_snapshot": (_restore_snapshot, _keep),
    "rename_snapshot": (_rename_snapshot, _keep),
    "remove_snapshot": (_remove_snapshot, _keep),
}
"""Name: the effect of a task that is done, and of one that has failed."""

KEPT_BUILDS = {"half": "finish_build_or_half", "critical": "finish_build_or_critical"}
"""The effects of builds that leave a server when they fail."""
