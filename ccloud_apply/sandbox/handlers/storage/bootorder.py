"""Chapter Bootorder."""

from typing import Any

from ccloud_apply.sandbox.handlers.storage.disks import task_response
from ccloud_apply.sandbox.http.call import Call, read_idle_server, read_server
from ccloud_apply.sandbox.http.errors import Invalid
from ccloud_apply.sandbox.rules.tasks import SMALL_S, start_task
from ccloud_apply.sandbox.state.record import ServerRecord


async def get_server_boot_order(call: Call) -> list[dict[str, Any]]:
    """The boot devices, in the order in which they are tried."""
    server = read_server(call)
    return [
        {"id": at, "type": _type(server, device), "bootDevice": device}
        for at, device in enumerate(server["boot_order"], start=1)
    ]


async def set_server_boot_order(call: Call) -> dict[str, Any]:
    """Moves the device with that order id to the front.

    The document's schema of the request is broken: it only names an `id`.
    """
    server = read_idle_server(call)
    wanted = call.body.get("id") if isinstance(call.body, dict) else None
    order = server["boot_order"]
    if wanted is None:
        raise Invalid({"id": "The id field is required."})
    if not isinstance(wanted, int) or not 1 <= wanted <= len(order):
        raise Invalid({"id": "The selected id is invalid."})
    device = order[wanted - 1]
    others = [other for other in order if other != device]
    # The document knows no task action for the boot order.
    action = "set-bootorder"
    task = start_task(
        call,
        server,
        action=action,
        effect="set_fields",
        seconds=SMALL_S,
        payload={"boot_order": [device, *others]},
    )
    return task_response(task, action)


def _type(server: ServerRecord, device: str) -> str:
    return "DVD" if any(drive["id"] == device for drive in server["dvds"]) else "Drive"
