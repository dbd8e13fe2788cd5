"""What is looked at around a change of a server's devices: drives, boot order, addresses,
snapshots.

Three looks, each at what the same read answers: whether a step is still due (`check_device`), what
is written down before its request leaves (`note_device`), and whether it has happened
(`shows_device`). The last one needs nothing but what was written down, so that the next run can
ask it as well. Who asks, and when, is `apply/once/precondition.py`, `apply/once/outcome.py` and
`late.py`.
"""

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import unquote

from ccloud_apply.apply.api import Api
from ccloud_apply.aspects.base import clean_text
from ccloud_apply.aspects.fields.devices.boot_order import DEVICES, find_device
from ccloud_apply.aspects.fields.devices.drives import DRIVES, ISOS, find_drive, holds, name_of
from ccloud_apply.aspects.fields.devices.ips import ADAPTERS, count_known
from ccloud_apply.aspects.fields.snapshots.snapshots import SNAPSHOTS
from ccloud_apply.errors import ApplyError
from ccloud_apply.model.live.account import LiveAdapter, LiveDrive
from ccloud_apply.model.results.plan import Step

MOUNT, CHANGE, REMOVE = "add_server_dvd", "update_server_dvd", "delete_server_dvd"
BOOT = "set_server_boot_order"
TAKE, DELETE = "create_server_snapshot", "delete_server_snapshot"
ADD_IP = "add_server_ip"

READS: Mapping[str, str] = {
    MOUNT: DRIVES,
    CHANGE: DRIVES,
    REMOVE: DRIVES,
    BOOT: DEVICES,
    ADD_IP: ADAPTERS,
}
"""The read that shows what each of these operations does."""

LOOKED_UP = frozenset({BOOT, ADD_IP})
"""What is told by the live server right before it leaves, and told then whether it is due."""

CHECKED: Mapping[str, str] = {
    **{operation_id: read for operation_id, read in READS.items() if operation_id not in LOOKED_UP},
    TAKE: SNAPSHOTS,
    DELETE: SNAPSHOTS,
}
"""The read by which a step is checked against what the plan rests on (`check_device`)."""


def check_device(step: Step, before: Any, now: Any) -> bool:
    """False if what the step would do is so already; `before` is what the plan rests on.

    Raises ApplyError if the device is another one by now.
    """
    if step.operation_id == MOUNT:
        return find_drive(now, step.body["name"]) is None
    if step.operation_id == TAKE:
        return all(clean_text(snapshot.name) != step.body["name"] for snapshot in now)
    if step.operation_id == DELETE:
        return _check_snapshot(_last(step.path), before, now)
    return _check_drive(step, before, now)


def _check_snapshot(snapshot_id: str, before: Any, now: Any) -> bool:
    names = {snapshot.id: snapshot.name for snapshot in now}
    if snapshot_id not in names:
        return False
    if names[snapshot_id] != next((s.name for s in before if s.id == snapshot_id), None):
        raise ApplyError(
            f"changed since the plan: snapshot {snapshot_id} is called {names[snapshot_id]}",
            hint="plan again",
        )
    return True


def _check_drive(step: Step, before: Any, now: Any) -> bool:
    drive_id = _last(step.path)
    drives: dict[str, LiveDrive] = {drive.id: drive for drive in now}
    drive = drives.get(drive_id)
    if drive is None and step.operation_id == REMOVE:
        return False
    if drive is not None and step.operation_id == CHANGE and holds(drive, step.body["name"]):
        return False
    planned = next((drive for drive in before if drive.id == drive_id), None)
    if drive != planned:
        what = "is gone" if drive is None else f"holds {name_of(drive) or 'nothing'}"
        raise ApplyError(
            f"changed since the plan: drive {drive_id} of the server {what}", hint="plan again"
        )
    return True


async def note_device(
    api: Api, operation_id: str, hostname: str, path: str, late: Mapping[str, Any], body: Any
) -> Mapping[str, Any]:
    """What has to be known before the change to find its trace afterwards. Raises ApiError."""
    if operation_id == BOOT:
        return dict(late)
    if operation_id == ADD_IP:
        return {**late, "path": path}
    if operation_id == REMOVE:
        return {"drive": _last(path)}
    name = {"name": body["name"]}
    if operation_id == CHANGE:
        return {**name, "drive": _last(path)}
    drives = await api.read_part(DRIVES, hostname)
    return {**name, "drives": [drive.id for drive in drives]}


async def shows_device(
    api: Api, operation_id: str, hostname: str, baseline: Mapping[str, Any]
) -> bool:
    """True once the account shows what the change has done. Raises ApiError."""
    if operation_id == ADD_IP:
        count = await count_on_adapter(api, hostname, baseline["path"], baseline["family"])
        return count >= int(baseline["at_least"])
    now = await api.read_part(READS[operation_id], hostname)
    if operation_id == BOOT:
        return bool(now) and find_device(baseline["device"], now, baseline["named"]) == now[0]
    if operation_id == REMOVE:
        return all(drive.id != baseline["drive"] for drive in now)
    if operation_id == CHANGE:
        drives = [drive for drive in now if drive.id == baseline["drive"]]
    else:
        drives = [drive for drive in now if drive.id not in baseline["drives"]]
    return await _find_image(api, hostname, drives, baseline["name"])


async def count_on_adapter(api: Api, hostname: str, path: str, family: str) -> int:
    """The addresses of the family on the adapter that the path names. Raises ApiError.

    Both that tell of them are asked: what was assigned shows in one, what is in use in the other.
    """
    live = await api.get_server(hostname)
    adapters: Sequence[LiveAdapter] = await api.read_part(ADAPTERS, hostname)
    adapter_id = unquote(path.split("/")[-2])
    places = [place for place, adapter in enumerate(adapters) if adapter.id == adapter_id]
    return count_known(live, adapters, places[0], family) if places else 0


async def _find_image(api: Api, hostname: str, drives: Sequence[LiveDrive], name: str) -> bool:
    """True if one of the drives holds the image, whatever its path calls it."""
    if find_drive(drives, name) is not None:
        return True
    if all(drive.path is None for drive in drives):
        return False
    return find_drive(drives, name, await api.read_part(ISOS, hostname)) is not None


def _last(path: str) -> str:
    return unquote(path.rsplit("/", 1)[1])
