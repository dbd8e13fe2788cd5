"""Whether a change has happened whose answer was lost: one look at the account, no waiting.

Each operation leaves another trace: a server that carries the tags, a disk id that was not there
before, a value that is as it should be. A task that still runs on the server decides nothing yet.
What it is for each of them, and what has to be noted to tell it, stands in one table, `EFFECTS`.
"""

from collections.abc import Awaitable, Callable, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise
from typing import Any
from urllib.parse import unquote

from ccloud_apply.apply.api import Api
from ccloud_apply.apply.engine.devices import ADD_IP, MOUNT, READS, note_device, shows_device
from ccloud_apply.aspects.base import clean_text
from ccloud_apply.errors import ApplyError, NotFoundError
from ccloud_apply.model.live.account import LiveServer, Task
from ccloud_apply.model.ownership import read_ownership, stack_tag
from ccloud_apply.model.results.plan import Step
from ccloud_apply.model.units import gb_to_bytes

CREATE = "create_server"
TAKE_SNAPSHOT = "create_server_snapshot"
REDEPLOY = "redeploy_server"
SET_CUSTOMER_ADDON = "set_customer_addon"
_POWER = "change_server_state"
ADDING = frozenset({"add_server_disk", MOUNT, ADD_IP})
"""What adds to a server, so that a second time adds a second one."""

CONSISTENCY_TIMEOUT_S = 60.0

_LIST = 100
_MAX_PAGES = 200
_CREATES = "create-server"
_ADD_DISK = "add_server_disk"
_SNAPSHOTS = "list_server_snapshots"


class Outcome(StrEnum):
    """What one look says. ABSENT is only as good as the time that has passed since the request."""

    HAPPENED = "happened"
    ABSENT = "absent"
    PENDING = "pending"


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """A change that was sent: all that is needed to look for its trace.

    `baseline` is what was noted before it was sent: the newest create task and the custom name of a
    create, the disk ids, the server's own id, the size that is to come. `own_tasks` are known to
    belong to other changes.
    """

    stack: str
    server: str
    operation_id: str
    path: str
    hostname: str | None
    body: Any
    baseline: Mapping[str, Any]
    own_tasks: AbstractSet[int] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Observation:
    """The outcome, in words too, and the hostname of a server that was created.

    `may_be_old`: what was seen may be from before: a server that is to be started also ran before
    it was shut down.
    """

    outcome: Outcome
    reason: str
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
    effect = EFFECTS.get(operation_id)
    if effect is None:
        return {}
    noted = {name: body[name] for name in effect.of_body if name in (body or {})}
    if operation_id == REDEPLOY and hostname is not None:
        return {**noted, "os_name": (await api.get_server(hostname)).os_name}
    if operation_id == _ADD_DISK and hostname is not None:
        disks = await api.read_part("list_server_disks", hostname)
        return {"disks": [disk.id for disk in disks], "size": body["size"]}
    if operation_id == TAKE_SNAPSHOT and hostname is not None:
        snapshots = await api.read_part(_SNAPSHOTS, hostname)
        return {**noted, "snapshots": [snapshot.id for snapshot in snapshots]}
    return noted


async def observe(api: Api, change: Change) -> Observation:
    """What the account says about the change right now. Raises ApiError, and ApplyError for two
    servers with one identity."""
    if change.operation_id == CREATE:
        return await _look_for_server(api, change)
    if change.operation_id == SET_CUSTOMER_ADDON:
        if await _has_customer_addon(api, change, ""):
            return Observation(outcome=Outcome.HAPPENED, reason="the account shows it")
        return Observation(outcome=Outcome.ABSENT, reason="the account shows no trace of it")
    if change.hostname is None:
        return Observation(outcome=Outcome.ABSENT, reason="its server has no hostname yet")
    running = await running_tasks(api, change.hostname)
    if running and change.operation_id in (_POWER, REDEPLOY, "delete_server"):
        # A shutdown that is still to come, perhaps, or a system that is half there, or half gone.
        return _pending(running[0], change.hostname)
    try:
        if change.operation_id in EFFECTS and await shows(api, change):
            return Observation(
                outcome=Outcome.HAPPENED,
                reason="the account shows it",
                may_be_old=change.operation_id == _POWER,
            )
    except NotFoundError:  # somebody has deleted it: then nothing can come of the change any more
        reason = f"there is no server {change.hostname}"
        return Observation(outcome=Outcome.ABSENT, reason=reason)
    if running:
        return _pending(running[0], change.hostname)
    return Observation(outcome=Outcome.ABSENT, reason="the account shows no trace of it")


def _pending(task: Task, hostname: str) -> Observation:
    reason = f"task {task.id} ({task.action}) still runs on {hostname}"
    return Observation(outcome=Outcome.PENDING, reason=reason)


async def shows(api: Api, change: Change) -> bool:
    """True once the account shows what the change has done. Raises ApiError."""
    return await EFFECTS[change.operation_id].trace(api, change, change.hostname or "")


def can_show(change: Change) -> bool:
    """False for what leaves no trace that could be told: an earlier version has not noted what is
    needed to tell it, or the API did not say which system was there before."""
    effect = EFFECTS.get(change.operation_id)
    return effect is not None and all(
        change.baseline.get(name) is not None for name in (*effect.of_body, *effect.needs)
    )


def is_behind(change: Change, servers: tuple[LiveServer, ...]) -> bool:
    """True if this server list still shows the server without what the change has done.

    The list and the read of one server are not always equally new, and a plan is made from the
    list. A server that is not in it says nothing: its tags may be on their way.
    """
    shows_it = EFFECTS[change.operation_id].on_server
    return shows_it is not None and any(
        server.hostname == change.hostname and not shows_it(change, server) for server in servers
    )


async def running_tasks(api: Api, hostname: str) -> tuple[Task, ...]:
    """The tasks that run on the server now. Raises ApiError."""
    tasks = await api.list_tasks(status="processing", search=hostname, limit=_LIST)
    return tuple(task for task in tasks if task.hostname == hostname and task.is_processing)


async def _look_for_server(api: Api, change: Change) -> Observation:
    servers = await api.list_servers(tag=stack_tag(change.stack))
    owned = filter_owned(servers, change.stack, change.server)
    require_single(change.stack, change.server, owned)
    if owned:
        (server,) = owned
        if server.is_building or server.hostname is None:
            return Observation(outcome=Outcome.PENDING, reason=f"{server.name} is being built")
        return Observation(
            outcome=Outcome.HAPPENED, reason=f"{server.name} is there", hostname=server.hostname
        )
    for task in await read_tasks_after(api, _CREATES, change.baseline.get("fence", 0)):
        if task.id in change.own_tasks or task.has_failed:
            continue
        if task.is_processing and not await _is_foreign(api, change, task.hostname):
            return Observation(
                outcome=Outcome.PENDING,
                reason=f"create task {task.id} is running, and whose it is shows when it ends",
            )
        if task.is_done and task.hostname and await _may_be_meant(api, change, task.hostname):
            return Observation(
                outcome=Outcome.PENDING,
                reason=f"{task.hostname} of create task {task.id} does not show under its tags yet",
            )
    return Observation(outcome=Outcome.ABSENT, reason="no server and no create task of it is there")


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
    name = change.baseline.get("custom_name")
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
_OnServer = Callable[[Change, LiveServer], bool]


def _is_resized(change: Change, server: LiveServer) -> bool:
    values = {"cores": server.cores, "memory": server.memory_gb}
    wanted = {name: change.baseline[name] for name in values if name in change.baseline}
    return bool(wanted) and all(values[name] == value for name, value in wanted.items())


def _is_another(change: Change, server: LiveServer) -> bool:
    """True for a server on its way out, and for another one that got the hostname since."""
    has_identity = bool(change.baseline)
    return server.is_deleting or (
        has_identity and server.id != change.baseline.get("id", server.id)
    )


def _is_redeployed(change: Change, server: LiveServer) -> bool:
    """True once another system shows than the one before; the same image again leaves no trace."""
    before, now = change.baseline.get("os_name"), server.os_name
    return None not in (before, now) and clean_text(now) != clean_text(before)


def _has_addon(change: Change, server: LiveServer) -> bool:
    return bool(server.addons.get(_last(change)) == change.baseline.get("count"))


async def _is_deleted(api: Api, change: Change, hostname: str) -> bool:
    try:
        return _is_another(change, await api.get_server(hostname))
    except NotFoundError:
        return True


async def _has_new_disk(api: Api, change: Change, hostname: str) -> bool:
    before = set(change.baseline.get("disks", ()))
    size = change.baseline.get("size")  # not in what an earlier version wrote down
    disks = await api.read_part("list_server_disks", hostname)
    return any(
        disk.id not in before and size in (None, gb_to_bytes(disk.size_gb)) for disk in disks
    )


async def _has_grown(api: Api, change: Change, hostname: str) -> bool:
    disks = await api.read_part("list_server_disks", hostname)
    disk_id, size_gb = _last(change), change.baseline.get("size")
    return any(disk.id == disk_id and disk.size_gb == size_gb for disk in disks)


async def _has_lost_disk(api: Api, change: Change, hostname: str) -> bool:
    disks = await api.read_part("list_server_disks", hostname)
    return bool(disks) and _last(change) not in {disk.id for disk in disks}


async def _has_customer_addon(api: Api, change: Change, _hostname: str) -> bool:
    counts = await api.list_customer_addons()
    return bool(counts.get(_last(change)) == change.baseline.get("count"))


async def _is_in_state(api: Api, change: Change, hostname: str) -> bool:
    state = await api.read_part("get_server_state", hostname)
    return bool(state == {"start": "Running"}.get(_last(change), "Off"))


async def _shows_device(api: Api, change: Change, hostname: str) -> bool:
    return await shows_device(api, change.operation_id, hostname, change.baseline)


async def _has_new_snapshot(api: Api, change: Change, hostname: str) -> bool:
    before = set(change.baseline.get("snapshots", ()))
    name = change.baseline.get("name")
    snapshots = await api.read_part(_SNAPSHOTS, hostname)
    return any(s.id not in before and clean_text(s.name) == name for s in snapshots)


async def _has_lost_snapshot(api: Api, change: Change, hostname: str) -> bool:
    snapshots = await api.read_part(_SNAPSHOTS, hostname)
    return _last(change) not in {snapshot.id for snapshot in snapshots}


@dataclass(frozen=True, slots=True, kw_only=True)
class Effect:
    """What an operation leaves behind.

    `trace` looks for it; `on_server` tells it by a server as a list shows it, where a list does.
    `of_body` names what of the request is noted with its intent (never a secret), `needs` what else
    has to be noted to tell the trace. `is_once`: done twice it destroys twice, so where its trace
    does not show a person decides.
    """

    trace: _Trace
    on_server: _OnServer | None = None
    of_body: tuple[str, ...] = ()
    needs: tuple[str, ...] = ()
    is_once: bool = False


def _server_effect(
    on_server: _OnServer,
    *,
    of_body: tuple[str, ...] = (),
    needs: tuple[str, ...] = (),
    is_once: bool = False,
) -> Effect:
    """An effect that the server itself shows, read alone or in the list."""

    async def trace(api: Api, change: Change, hostname: str) -> bool:
        return on_server(change, await api.get_server(hostname))

    return Effect(trace=trace, on_server=on_server, of_body=of_body, needs=needs, is_once=is_once)


EFFECTS: Mapping[str, Effect] = {
    **dict.fromkeys(READS, Effect(trace=_shows_device)),
    TAKE_SNAPSHOT: Effect(trace=_has_new_snapshot, of_body=("name",)),
    "delete_server_snapshot": Effect(trace=_has_lost_snapshot),
    REDEPLOY: _server_effect(_is_redeployed, needs=("os_name",), is_once=True),
    "resize_server_cores": _server_effect(_is_resized, of_body=("cores",)),
    "resize_server_memory": _server_effect(_is_resized, of_body=("memory",)),
    "delete_server": Effect(trace=_is_deleted, on_server=_is_another),
    _ADD_DISK: Effect(trace=_has_new_disk),
    "resize_server_disk": Effect(trace=_has_grown, of_body=("size",)),
    "delete_server_disk": Effect(trace=_has_lost_disk),
    _POWER: Effect(trace=_is_in_state),
    "set_server_addon": _server_effect(_has_addon, of_body=("count",)),
    SET_CUSTOMER_ADDON: Effect(trace=_has_customer_addon, of_body=("count",)),
}
"""All of these count as done only once they show: a plan that does not see them would do them a
second time, or leave off what was shut down for a resize; what follows a boot order rests on its
numbers, and what does not show is no snapshot to go back to."""
