"""Chapter Snapshots: snapshots on demand. Schedules are in schedules.py.

Oddity: docs/reference/api-oddities.md, the row of `POST .../dvds`: create and rename answer one
object, restore and delete a list of one. The document knows no task actions for snapshots.
"""

import uuid
from datetime import timedelta
from typing import Any

from ccloud_apply.sandbox.clock import from_wire
from ccloud_apply.sandbox.http.call import Call, read_idle_server, read_server
from ccloud_apply.sandbox.http.errors import Invalid, not_found
from ccloud_apply.sandbox.options import CUSTOMER_ID
from ccloud_apply.sandbox.rules.tasks import SMALL_S, SNAPSHOT_S, start_task
from ccloud_apply.sandbox.state.record import ServerRecord, Snapshot
from ccloud_apply.sandbox.state.view import show_list


async def list_server_snapshots(call: Call) -> list[dict[str, Any]]:
    """The snapshots, oldest first."""
    return [
        {
            "id": taken["id"],
            "name": taken["name"],
            "active": taken["active"],
            "creationTime": taken["created_at"],
            "parentSnapshotId": taken["parent"],
        }
        for taken in read_server(call)["snapshots"]
    ]


async def create_server_snapshot(call: Call) -> dict[str, Any]:
    """Takes a snapshot: at most ten for a server, and one every ten minutes."""
    server = read_idle_server(call)
    name = call.body["name"]
    most, pause_s = call.options.max_snapshots, call.options.snapshot_pause_s
    if len(server["snapshots"]) >= most:
        raise Invalid({"name": f"A server can have at most {most} snapshots."})
    last = server["last_snapshot_at"]
    if last is not None and call.now - from_wire(last) < timedelta(seconds=pause_s):
        minutes = f"{pause_s / 60:g} minutes"
        raise Invalid({"name": f"A snapshot can be created every {minutes} only."})
    server["last_snapshot_at"] = call.stamp
    call.store.write_server(server)
    payload: dict[str, object] = {"id": str(uuid.uuid4()), "name": name}
    return _start(
        call, server, "create-snapshot", "add_snapshot", SNAPSHOT_S, payload, shown={"name": name}
    )


async def restore_server_snapshot(call: Call) -> Any:
    """Restores the server to a snapshot."""
    server = read_idle_server(call)
    wanted = {"id": _find(server, call.path["id"])["id"]}
    options = call.options
    state = server["state"] if options.restored_state == "kept" else options.restored_state
    payload: dict[str, object] = {
        **wanted,
        "state": state,
        "is_active": options.restored_active,
        "keeps_newer": options.restored_newer == "kept",
    }
    return show_list(
        call,
        [
            _start(
                call,
                server,
                "restore-snapshot",
                "restore_snapshot",
                SNAPSHOT_S,
                payload,
                shown=wanted,
            )
        ],
    )


async def rename_server_snapshot(call: Call) -> dict[str, Any]:
    """Renames a snapshot."""
    server = read_idle_server(call)
    wanted = {"id": _find(server, call.path["id"])["id"], "name": call.body["name"]}
    return _start(
        call, server, "rename-snapshot", "rename_snapshot", SMALL_S, {**wanted}, shown=wanted
    )


async def delete_server_snapshot(call: Call) -> Any:
    """Removes a snapshot; the server stays as it is."""
    server = read_idle_server(call)
    wanted = {"id": _find(server, call.path["id"])["id"]}
    return show_list(
        call,
        [
            _start(
                call,
                server,
                "delete-snapshot",
                "remove_snapshot",
                SNAPSHOT_S,
                {**wanted},
                shown=wanted,
            )
        ],
    )


def _find(server: ServerRecord, snapshot_id: str) -> Snapshot:
    for taken in server["snapshots"]:
        if taken["id"] == snapshot_id:
            return taken
    raise not_found(f"The snapshot {snapshot_id} of {server['hostname']}")


def _start(
    call: Call,
    server: ServerRecord,
    action: str,
    effect: str,
    seconds: float,
    payload: dict[str, object],
    *,
    shown: dict[str, str],
) -> dict[str, Any]:
    task = start_task(call, server, action=action, effect=effect, seconds=seconds, payload=payload)
    asked_by = {
        "hostname": server["hostname"],
        "customer_id": CUSTOMER_ID,
        "username": call.username,
    }
    return {"id": task, "data": [{**shown, **asked_by}]}
