"""Whether a change has happened whose answer was lost: one look at the account, no waiting.

Each operation leaves another trace: a server that carries the tags, a disk id that was not there
before, a value that is as it should be. A task that still runs on the server decides nothing yet.
"""

from collections.abc import Awaitable, Callable, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise
from typing import Any
from urllib.parse import unquote

from ccloud_apply.apply.api import Api
from ccloud_apply.apply.devices import ADD_IP, BOOT, MOUNT, READS, note_device, shows_device
from ccloud_apply.aspects.base import clean_text
from ccloud_apply.errors import ApplyError, NotFoundError
from ccloud_apply.model.account import LiveServer, Task
from ccloud_apply.model.ownership import read_ownership, stack_tag
from ccloud_apply.model.plan import Step
from ccloud_apply.model.units import gb_to_bytes

CREATE = "create_server"
TAKE_SNAPSHOT = "create_server_snapshot"
REDEPLOY = "redeploy_server"
SET_CUSTOMER_ADDON = "set_customer_addon"
_POWER = "change_server_state"
ADDING = frozenset({"add_server_disk", MOUNT, ADD_IP})
"""What adds to a server, so that a second time adds a second one."""

SHOWN_FIRST = ADDING | {_POWER, BOOT, TAKE_SNAPSHOT, REDEPLOY}
"""What counts as done only once it shows: a plan that does not see it would do it a second time, or
leave off what was shut down for a resize; what follows a boot order rests on its numbers, and what
does not show is no snapshot to go back to."""

SHOWS_WITHIN_S = 60.0

_LIST = 100
_MAX_PAGES = 200
_CREATES = "create-server"
_ADD_DISK = "add_server_disk"
_SNAPSHOTS = "list_server_snapshots"


class Verdict(StrEnum):
    """What one look says. ABSENT is only as good as the time that has passed since the request."""

    HAPPENED = "happened"
    ABSENT = "absent"
    PENDING = "pending"


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """A change that was sent: all that is needed to look for its trace.

    `rests_on` is what was noted before it was sent: the newest create task and the custom name of a
    create, the disk ids, the server's own id. `own_tasks` are known to belong to other changes.
    """

    stack: str
    server: str
    operation_id: str
    path: str
    hostname: str | None
    body: Any
    rests_on: Mapping[str, Any]
    own_tasks: AbstractSet[int] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """The verdict, in words too, and the hostname of a server that was created.

    `may_be_old`: what was seen may be from before: a server that is to be started also ran before
    it was shut down.
    """

    verdict: Verdict
    words: str
    hostname: str | None = None
    may_be_old: bool = False


def filter_owned(servers: tuple[LiveServer, ...], stack: str, key: str) -> tuple[LiveServer, ...]:
    """The servers that carry the identity, those on their way out apart."""
    return tuple(
        server for server in servers if not server.is_deleting and _is_owned(server, stack, key)
    )


def _is_owned(server: LiveServer, stack: str, key: str) -> bool:
    owner = read_ownership(server.tags)
    return owner.stacks == {stack} and owner.keys == {key}


def require_single(stack: str, key: str, servers: tuple[LiveServer, ...]) -> None:
    """Raises ApplyError if two live servers have one identity; it names them."""
    if len(servers) > 1:
        names = " and ".join(server.name for server in servers)
        raise ApplyError(
            f"{names} both carry stack:{stack} and server:{key}; nothing of them was deleted",
            hint="decide which one it is, and remove these two tags from the other",
        )


async def newest_create_task(api: Api) -> int:
    """The id of the newest create task of the account, 0 if there is none. Raises ApiError."""
    return max((task.id for task in await read_tasks_after(api, _CREATES, None)), default=0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Creates:
    """The create tasks of the account: the newest one (0: none), and those that have not ended."""

    newest: int
    running: tuple[int, ...]


async def read_creates(api: Api) -> Creates:
    """The creates as they are now, whoever started them. Raises ApiError."""
    running = await api.list_tasks(action=_CREATES, status="processing", limit=_LIST)
    newest = await newest_create_task(api)
    return Creates(
        newest=newest, running=tuple(sorted(task.id for task in running if task.is_processing))
    )


async def note_before(
    api: Api, step: Step, path: str, hostname: str | None, body: Any
) -> Mapping[str, Any]:
    """What has to be known before a change that adds something, to find its trace afterwards.

    Creates are fenced by the executor, once for all. Raises ApiError.
    """
    operation_id = step.operation_id
    if operation_id in READS and hostname is not None:
        return await note_device(api, operation_id, hostname, path, step.late, body)
    if operation_id == REDEPLOY and hostname is not None:
        return {"os_name": (await api.get_server(hostname)).os_name}
    if operation_id == _ADD_DISK and hostname is not None:
        disks = await api.read_part("list_server_disks", hostname)
        return {"disks": [disk.id for disk in disks], "size": body["size"]}
    if operation_id == TAKE_SNAPSHOT and hostname is not None:
        snapshots = await api.read_part(_SNAPSHOTS, hostname)
        return {"snapshots": [snapshot.id for snapshot in snapshots], "name": body["name"]}
    return {}


async def look(api: Api, change: Change) -> Evidence:
    """What the account says about the change right now. Raises ApiError, and ApplyError for two
    servers with one identity."""
    if change.operation_id == CREATE:
        return await _look_for_server(api, change)
    if change.operation_id == SET_CUSTOMER_ADDON:
        counts = await api.list_customer_addons()
        if counts.get(_last(change)) == change.body["count"]:
            return Evidence(verdict=Verdict.HAPPENED, words="the account shows it")
        return Evidence(verdict=Verdict.ABSENT, words="the account shows no trace of it")
    if change.hostname is None:
        return Evidence(verdict=Verdict.ABSENT, words="its server has no hostname yet")
    running = await running_tasks(api, change.hostname)
    if running and change.operation_id in (_POWER, REDEPLOY):
        # A shutdown that is still to come, perhaps, or a system that is half there.
        return _pending(running[0], change.hostname)
    trace = _TRACES.get(change.operation_id)
    try:
        if trace is not None and await trace(api, change, change.hostname):
            return Evidence(
                verdict=Verdict.HAPPENED,
                words="the account shows it",
                may_be_old=change.operation_id == _POWER,
            )
    except NotFoundError:  # somebody has deleted it: then nothing can come of the change any more
        words = f"there is no server {change.hostname}"
        return Evidence(verdict=Verdict.ABSENT, words=words)
    if running:
        return _pending(running[0], change.hostname)
    return Evidence(verdict=Verdict.ABSENT, words="the account shows no trace of it")


def _pending(task: Task, hostname: str) -> Evidence:
    words = f"task {task.id} ({task.action}) still runs on {hostname}"
    return Evidence(verdict=Verdict.PENDING, words=words)


async def shows(api: Api, change: Change) -> bool:
    """True once the account shows what the change has done to a server. Raises ApiError."""
    assert change.hostname is not None
    return await _TRACES[change.operation_id](api, change, change.hostname)


async def running_tasks(api: Api, hostname: str) -> tuple[Task, ...]:
    """The tasks that run on the server now. Raises ApiError."""
    tasks = await api.list_tasks(status="processing", search=hostname, limit=_LIST)
    return tuple(task for task in tasks if task.hostname == hostname and task.is_processing)


async def _look_for_server(api: Api, change: Change) -> Evidence:
    servers = await api.list_servers(tag=stack_tag(change.stack))
    owned = filter_owned(servers, change.stack, change.server)
    require_single(change.stack, change.server, owned)
    if owned:
        (server,) = owned
        if server.is_building or server.hostname is None:
            return Evidence(verdict=Verdict.PENDING, words=f"{server.name} is being built")
        return Evidence(
            verdict=Verdict.HAPPENED, words=f"{server.name} is there", hostname=server.hostname
        )
    for task in await read_tasks_after(api, _CREATES, change.rests_on.get("fence", 0)):
        if task.id in change.own_tasks or task.has_failed:
            continue
        if task.is_processing and not await _is_foreign(api, change, task.hostname):
            return Evidence(
                verdict=Verdict.PENDING,
                words=f"create task {task.id} is running, and whose it is shows when it ends",
            )
        if task.is_done and task.hostname and await _may_be_meant(api, change, task.hostname):
            return Evidence(
                verdict=Verdict.PENDING,
                words=f"{task.hostname} of create task {task.id} does not show under its tags yet",
            )
    return Evidence(verdict=Verdict.ABSENT, words="no server and no create task of it is there")


async def read_tasks_after(api: Api, action: str, fence: int | None) -> tuple[Task, ...]:
    """The account's tasks of this action that came after the fence; None: the newest page of them.

    The document defines no order: a list that is not newest first is read to its end. Raises
    ApiError.
    """
    found: dict[int, Task] = {}
    is_ordered = True
    for page in range(1, _MAX_PAGES + 1):
        tasks = await api.list_tasks(action=action, limit=_LIST, page=page, newest_first=True)
        is_new = any(task.id not in found for task in tasks)
        is_ordered = is_ordered and all(a.id > b.id for a, b in pairwise(tasks))
        found.update((task.id, task) for task in tasks)
        if not is_new or (is_ordered and (fence is None or tasks[-1].id <= fence)):
            break
    # Whether the API filters by `action` is for it to say; what is meant is for us.
    return tuple(t for t in found.values() if t.action == action and t.id > (fence or 0))


async def _may_be_meant(api: Api, change: Change, hostname: str) -> bool:
    """True for a server that is ours by its tags, or nobody's yet but with the name we gave.

    One that cannot be found is no evidence: it may be gone again, and what is late has the grace.
    """
    try:
        server = await api.get_server(hostname)
    except NotFoundError:
        return False
    owner = read_ownership(server.tags)
    if owner.stacks or owner.keys:
        return _is_owned(server, change.stack, change.server)
    name = change.rests_on.get("custom_name")
    return name is not None and clean_text(server.custom_name) == name


async def _is_foreign(api: Api, change: Change, hostname: str | None) -> bool:
    """True for a server that says already, while it is being built, that it is another's."""
    if not hostname:
        return False
    try:
        server = await api.get_server(hostname)
    except NotFoundError:
        return False
    owner = read_ownership(server.tags)
    has_owner = bool(owner.stacks and owner.keys)
    return has_owner and not _is_owned(server, change.stack, change.server)


def _last(change: Change) -> str:
    """What the path ends with: the disk, the addon or the action."""
    return unquote(change.path.rsplit("/", 1)[1])


_Trace = Callable[[Api, Change, str], Awaitable[bool]]


async def _is_resized(api: Api, change: Change, hostname: str) -> bool:
    server = await api.get_server(hostname)
    values = {"cores": server.cores, "memory": server.memory_gb}
    return all(values.get(name) == value for name, value in change.body.items())


async def _is_deleted(api: Api, change: Change, hostname: str) -> bool:
    try:
        server = await api.get_server(hostname)
    except NotFoundError:
        return True
    # The hostname may have been given to another server since.
    return bool(change.rests_on) and server.id != change.rests_on.get("id", server.id)


async def _is_redeployed(api: Api, change: Change, hostname: str) -> bool:
    """True once another system shows than the one before; the same image again leaves no trace."""
    before = change.rests_on.get("os_name")
    now = (await api.get_server(hostname)).os_name
    return None not in (before, now) and clean_text(now) != clean_text(before)


async def _has_new_disk(api: Api, change: Change, hostname: str) -> bool:
    before = set(change.rests_on.get("disks", ()))
    size = change.rests_on.get("size")  # not in what an earlier version wrote down
    disks = await api.read_part("list_server_disks", hostname)
    return any(
        disk.id not in before and size in (None, gb_to_bytes(disk.size_gb)) for disk in disks
    )


async def _has_grown(api: Api, change: Change, hostname: str) -> bool:
    disks = await api.read_part("list_server_disks", hostname)
    disk_id = _last(change)
    return any(disk.id == disk_id and disk.size_gb == change.body["size"] for disk in disks)


async def _has_lost_disk(api: Api, change: Change, hostname: str) -> bool:
    disks = await api.read_part("list_server_disks", hostname)
    return bool(disks) and _last(change) not in {disk.id for disk in disks}


async def _has_addon(api: Api, change: Change, hostname: str) -> bool:
    server = await api.get_server(hostname)
    return bool(server.addons.get(_last(change)) == change.body["count"])


async def _is_in_state(api: Api, change: Change, hostname: str) -> bool:
    state = await api.read_part("get_server_state", hostname)
    return bool(state == {"start": "Running"}.get(_last(change), "Off"))


async def _shows_device(api: Api, change: Change, hostname: str) -> bool:
    return await shows_device(api, change.operation_id, hostname, change.rests_on)


async def _has_new_snapshot(api: Api, change: Change, hostname: str) -> bool:
    before = set(change.rests_on.get("snapshots", ()))
    name = change.rests_on.get("name")
    snapshots = await api.read_part(_SNAPSHOTS, hostname)
    return any(s.id not in before and clean_text(s.name) == name for s in snapshots)


async def _has_lost_snapshot(api: Api, change: Change, hostname: str) -> bool:
    snapshots = await api.read_part(_SNAPSHOTS, hostname)
    return _last(change) not in {snapshot.id for snapshot in snapshots}


_TRACES: Mapping[str, _Trace] = {
    **dict.fromkeys(READS, _shows_device),
    TAKE_SNAPSHOT: _has_new_snapshot,
    "delete_server_snapshot": _has_lost_snapshot,
    REDEPLOY: _is_redeployed,
    "resize_server_cores": _is_resized,
    "resize_server_memory": _is_resized,
    "delete_server": _is_deleted,
    _ADD_DISK: _has_new_disk,
    "resize_server_disk": _has_grown,
    "delete_server_disk": _has_lost_disk,
    "change_server_state": _is_in_state,
    "set_server_addon": _has_addon,
}
