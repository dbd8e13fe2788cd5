"""Chapter Server Disks.

Oddity: docs/reference/api-oddities.md, "`POST .../disks`", "`PUT .../disks/{id}`" and
"`GET .../disks`": bytes when added, GB when changed, no unit when read. The emulator refuses
what can only be the wrong unit.
"""

import uuid
from typing import Any

from ccloud_apply.sandbox.http.call import Call, read_idle_server, read_server
from ccloud_apply.sandbox.http.errors import Invalid, not_found
from ccloud_apply.sandbox.rules.admission import check_limits, check_range
from ccloud_apply.sandbox.rules.tasks import DISK_S, start_task
from ccloud_apply.sandbox.state.record import Disk, ServerRecord, free_slot

GIB = 1024**3
_NAMESPACE = uuid.UUID("bb2c56a9-7a1d-4d55-9d59-7d5c4c7f6f52")


async def list_server_disks(call: Call) -> list[dict[str, Any]]:
    """The disks, system disk first; sizes in the unit of the option."""
    server = read_server(call)
    factor = {"gb": 1, "mb": 1024, "bytes": GIB}[call.options.disk_size_unit]
    return [
        {
            "id": disk["id"],
            "size": disk["size_gb"] * factor,
            "perfCounterInstancename": f"{server['hostname']}-{disk['id']}",
        }
        for disk in server["disks"]
    ]


async def add_server_disk(call: Call) -> dict[str, Any]:
    """Adds a disk; `size` is in bytes and must be whole GiB."""
    server = read_idle_server(call)
    size = call.body["size"]
    text = check_range("size", size, GIB, call.options.max_disk_gb * GIB)
    if text:
        raise Invalid({"size": f"{text[:-1]} bytes."})
    if size % GIB:
        raise Invalid({"size": f"The size must be a multiple of {GIB} bytes."})
    most = call.options.max_disks
    if len(server["disks"]) >= most:
        raise Invalid({"size": f"A server can have at most {most} disks."})
    size_gb = size // GIB
    _refuse_limits(call, size_gb)
    task = start_task(
        call,
        server,
        action="add-disk-server",
        effect="add_disk",
        seconds=DISK_S,
        payload={"id": free_slot(server), "size_gb": size_gb},
    )
    return task_response(task, "add-disk-server")


async def resize_server_disk(call: Call) -> dict[str, Any]:
    """Grows a disk; `size` is in GB. A disk never shrinks; the same size changes nothing."""
    server = read_idle_server(call)
    disk = _find_disk(server, call.path["id"])
    size_gb = call.body["size"]
    text = check_range("size", size_gb, 1, call.options.max_disk_gb)
    if text:
        raise Invalid({"size": f"{text[:-1]} GB."})
    if size_gb < disk["size_gb"]:
        raise Invalid({"size": f"The disk has {disk['size_gb']} GB and can not be shrunk."})
    _refuse_limits(call, size_gb - disk["size_gb"])
    # The document knows no task action for the growth of a disk; resize-server comes nearest.
    task = start_task(
        call,
        server,
        action="resize-server",
        effect="resize_disk",
        seconds=DISK_S,
        payload={"id": disk["id"], "size_gb": size_gb},
    )
    return {"id": task}


async def delete_server_disk(call: Call) -> dict[str, Any]:
    """Removes a disk with its data; the first one is the system disk and cannot be removed."""
    server = read_idle_server(call)
    disk = _find_disk(server, call.path["id"])
    if disk is server["disks"][0]:
        raise Invalid({"id": "The system disk can not be deleted."})
    task = start_task(
        call,
        server,
        action="delete-disk-server",
        effect="remove_device",
        seconds=DISK_S,
        payload={"id": disk["id"]},
    )
    return task_response(task, "delete-disk-server")


def task_response(task_id: int, action: str) -> dict[str, Any]:
    """The schema TaskResponse. The document does not explain `job_id`."""
    return {"id": task_id, "job_id": str(uuid.uuid5(_NAMESPACE, str(task_id))), "action": action}


def _find_disk(server: ServerRecord, disk_id: str) -> Disk:
    for disk in server["disks"]:
        if disk["id"] == disk_id:
            return disk
    raise not_found(f"The disk {disk_id} of {server['hostname']}")


def _refuse_limits(call: Call, more_gb: int) -> None:
    errors = check_limits(call, disk=more_gb)
    if errors:
        raise Invalid({"size": list(errors.values())})
