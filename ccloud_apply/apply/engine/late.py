"""What only the live server can tell a request, looked up right before it leaves (`Step.late`).

A boot device is known by a number that changes with every change of the order, so it is never taken
from the plan. Addresses are counted again, for one that was added can never be taken away. Whether
a server that was reinstalled runs shows only then.
"""

from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from ccloud_apply.apply.api import Api
from ccloud_apply.apply.engine.devices import ADD_IP, BOOT, count_on_adapter
from ccloud_apply.aspects.fields.devices.boot_order import DEVICES, find_device
from ccloud_apply.aspects.fields.devices.ips import ADAPTERS
from ccloud_apply.errors import ApplyError
from ccloud_apply.model.results.plan import Step

_ADAPTER = "{adapter_id}"
_STATE = "get_server_state"


@dataclass(frozen=True, slots=True)
class Request:
    """Where a step goes and what it says."""

    path: str
    body: Any


async def look_up(api: Api, step: Step, request: Request, hostname: str) -> Request | None:
    """The request as it is to be sent; None if what the step would do is so already.

    Raises ApiError, and ApplyError where the server lacks what the step needs.
    """
    if step.operation_id == BOOT:
        return await _look_up_device(api, step, request, hostname)
    if step.operation_id == ADD_IP:
        return await _look_up_adapter(api, step, request, hostname)
    is_so = await api.read_part(_STATE, hostname) == step.late["state"]
    return None if is_so else request


async def _look_up_device(api: Api, step: Step, request: Request, hostname: str) -> Request | None:
    word = step.late["device"]
    devices = await api.read_part(DEVICES, hostname)
    device = find_device(word, devices, step.late["named"])
    if device is None:
        names = ", ".join(other.name for other in devices) or "none"
        raise ApplyError(
            f"{hostname} has no device {word} to boot from; it has {names}", hint="plan again"
        )
    if device == devices[0]:
        return None
    return Request(request.path, {**request.body, "id": device.id})


async def _look_up_adapter(api: Api, step: Step, request: Request, hostname: str) -> Request | None:
    place = step.late["adapter"]
    adapters = await api.read_part(ADAPTERS, hostname)
    if len(adapters) < place or adapters[place - 1].id is None:
        raise ApplyError(
            f"{hostname} has no network adapter {place} that could get an address",
            hint="plan again",
        )
    path = request.path.replace(_ADAPTER, quote(adapters[place - 1].id, safe=""))
    if await count_on_adapter(api, hostname, path, step.late["family"]) >= step.late["at_least"]:
        return None
    return Request(path, request.body)
