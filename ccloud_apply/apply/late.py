"""What only the live server can tell a request, looked up right before it leaves (`Step.late`).

A boot device is known by a number that changes with every change of the order, so it is never taken
from the plan.
"""

from typing import Any

from ccloud_apply.apply.api import Api
from ccloud_apply.apply.devices import BOOT
from ccloud_apply.aspects.boot_order import DEVICES, find_device
from ccloud_apply.errors import ApplyError
from ccloud_apply.model.plan import Step


async def look_up(api: Api, step: Step, body: Any, hostname: str) -> Any:
    """The step's body as it is to be sent; None if what the step would do is so already.

    Raises ApiError, and ApplyError where the server lacks what the step needs.
    """
    if step.operation_id != BOOT:
        return body
    word = step.late["device"]
    devices = await api.read_part(DEVICES, hostname)
    device = find_device(word, devices, step.late["named"])
    if device is None:
        names = ", ".join(other.name for other in devices) or "none"
        raise ApplyError(
            f"{hostname} has no device {word} to boot from; it has {names}", hint="plan again"
        )
    return None if device == devices[0] else {**body, "id": device.id}
