"""Chapters Server ISO and Server DVD Drives.

Oddity: docs/reference/api-oddities.md, the row of `POST .../dvds`: POST and PUT answer a list,
DELETE an object; the ISOs are documented as one object. Drives share the names `sc0sN` with disks.
"""

from typing import Any

from ccloud_apply.sandbox.http.call import Call, read_idle_server, read_server
from ccloud_apply.sandbox.http.errors import Invalid, not_found
from ccloud_apply.sandbox.options import CUSTOMER_ID
from ccloud_apply.sandbox.rules.tasks import SMALL_S, start_task
from ccloud_apply.sandbox.state.record import Drive, ServerRecord, free_slot
from ccloud_apply.sandbox.state.store import Entry
from ccloud_apply.sandbox.state.view import show_entry, show_list

MAX_DRIVES = 3


async def list_server_isos(call: Call) -> Any:
    """The ISO images that can be mounted."""
    read_server(call)
    return show_list(call, [show_entry(entry) for entry in call.store.read_catalogue("isos")])


async def list_server_dvds(call: Call) -> list[dict[str, Any]]:
    """The drives and the ISO images in them."""
    server = read_server(call)
    return [
        {"id": drive["id"], "path": _read_iso(call, drive["name"])["fullName"]}
        for drive in server["dvds"]
    ]


async def add_server_dvd(call: Call) -> Any:
    """Adds a drive with an ISO image."""
    server = read_idle_server(call)
    iso = _read_iso(call, _read_name(call))
    if len(server["dvds"]) >= MAX_DRIVES:
        raise Invalid({"name": f"A server can have at most {MAX_DRIVES} DVD drives."})
    drive = Drive(id=free_slot(server), name=iso["name"])
    return show_list(call, [{"id": _start_put(call, server, "add-dvd", drive)}])


async def update_server_dvd(call: Call) -> Any:
    """Mounts another ISO image in a drive."""
    server = read_idle_server(call)
    drive = _find_drive(server, call.path["id"])
    iso = _read_iso(call, _read_name(call))
    task = _start_put(call, server, "set-dvd", Drive(id=drive["id"], name=iso["name"]))
    data = {
        "id": drive["id"],
        "name": iso["name"],
        "path": iso["fullName"],
        "hostname": server["hostname"],
        "customer_id": CUSTOMER_ID,
        "username": call.username,
    }
    return show_list(call, [{"id": task, "data": [data]}])


async def delete_server_dvd(call: Call) -> dict[str, Any]:
    """Removes a drive."""
    server = read_idle_server(call)
    drive = _find_drive(server, call.path["id"])
    task = start_task(
        call,
        server,
        action="delete-dvd",
        effect="remove_device",
        seconds=SMALL_S,
        payload={"id": drive["id"]},
    )
    return {"id": task}


def _start_put(call: Call, server: ServerRecord, action: str, drive: Drive) -> int:
    # The document knows no task actions for DVD drives.
    return start_task(
        call, server, action=action, effect="put_dvd", seconds=SMALL_S, payload={**drive}
    )


def _read_name(call: Call) -> str:
    """The file name, from {"name": ...} or a plain JSON string: the document can mean either."""
    name = call.body.get("name") if isinstance(call.body, dict) else call.body
    if not isinstance(name, str) or not name:
        raise Invalid({"name": "The name field is required."})
    return name


def _read_iso(call: Call, name: str) -> Entry:
    entry = call.store.read_entry("isos", name)
    if entry is None:
        raise Invalid({"name": "The selected name is invalid."})
    return entry


def _find_drive(server: ServerRecord, drive_id: str) -> Drive:
    for drive in server["dvds"]:
        if drive["id"] == drive_id:
            return drive
    raise not_found(f"The DVD drive {drive_id} of {server['hostname']}")
