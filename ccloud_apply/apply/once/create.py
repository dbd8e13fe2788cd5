"""The protocol of a create: its server is told by ownership tags, and by the create tasks.

A server that does not exist has no hostname to ask for. So every create task above the high-water
mark (the newest one before the request) has to be explained before a create counts as absent.
"""

from collections.abc import Mapping
from itertools import pairwise
from typing import Any

from ccloud_apply.apply.api import Api
from ccloud_apply.apply.once.outcome import Change, Observation, Outcome, observe_change
from ccloud_apply.apply.queued_step import CREATE, CREATE_TASK
from ccloud_apply.aspects.base import clean_text
from ccloud_apply.errors import ApplyError, NotFoundError
from ccloud_apply.lazy_dataclass import dataclass
from ccloud_apply.model.live.account import LiveServer, Task
from ccloud_apply.model.ownership import key_tag, read_ownership, stack_tag

_LIST = 100
_MAX_PAGES = 200
_MARK = "fence"
"""The high-water mark's key in a baseline. It is older than its name, and stays: this version and
earlier ones read each other's journals."""


def note_create(mark: int, body: Any) -> Mapping[str, Any]:
    """The baseline of a create: its high-water mark, and the name that the server gets."""
    return {_MARK: mark, "custom_name": (body or {}).get("custom_name")}


def high_water_mark_of(change: Change) -> int:
    """The newest create task before the change was sent."""
    return int(change.baseline.get(_MARK, 0))


def raise_high_water_mark(baseline: Mapping[str, Any], mark: int) -> Mapping[str, Any]:
    """The same baseline with another high-water mark."""
    return {**baseline, _MARK: mark}


def filter_owned(servers: tuple[LiveServer, ...], stack: str, key: str) -> tuple[LiveServer, ...]:
    """The servers that carry the identity, without those that are being deleted."""
    tag = key_tag(key)  # what most of many servers lack is looked for first
    return tuple(
        server
        for server in servers
        if tag in server.tags and not server.is_deleting and _is_owned(server, stack, key)
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


async def newest_create_tasks(api: Api) -> tuple[Task, ...]:
    """The newest page of the account's create tasks. Raises ApiError."""
    return await read_tasks_after(api, CREATE_TASK, None)


async def newest_create_task(api: Api) -> int:
    """The id of the newest create task of the account, 0 if there is none. Raises ApiError."""
    return max((task.id for task in await newest_create_tasks(api)), default=0)


async def read_running_creates(api: Api) -> tuple[Task, ...]:
    """The create tasks that have not ended, whoever started them. Raises ApiError."""
    tasks = await api.list_tasks(action=CREATE_TASK, status="processing", limit=_LIST)
    # The API may ignore both filters.
    return tuple(task for task in tasks if task.action == CREATE_TASK and task.is_processing)


@dataclass(frozen=True, slots=True, kw_only=True)
class Creates:
    """The create tasks of the account: the newest one (0: none), and those that have not ended."""

    newest: int
    running: tuple[int, ...]


async def read_creates(api: Api) -> Creates:
    """The create tasks as they are now, whoever started them. Raises ApiError."""
    running = await read_running_creates(api)
    newest = await newest_create_task(api)
    return Creates(newest=newest, running=tuple(sorted(task.id for task in running)))


async def observe(api: Api, change: Change) -> Observation:
    """What the account says about a change right now, a create or any other. Raises ApiError, and
    ApplyError for two servers with one identity."""
    if change.operation_id != CREATE:
        return await observe_change(api, change)
    servers = await api.list_servers(tag=stack_tag(change.stack))
    owned = filter_owned(servers, change.stack, change.server)
    require_single(change.stack, change.server, owned)
    if not owned:
        return await _observe_create_tasks(api, change)
    (server,) = owned
    if server.is_building or server.hostname is None:
        return Observation(outcome=Outcome.PENDING, reason=f"{server.name} is being built")
    return Observation(
        outcome=Outcome.HAPPENED, reason=f"{server.name} is there", hostname=server.hostname
    )


async def _observe_create_tasks(api: Api, change: Change) -> Observation:
    for task in await read_tasks_after(api, CREATE_TASK, high_water_mark_of(change)):
        if task.id in change.own_tasks or task.has_failed:
            continue
        if task.is_processing and not await _is_foreign(api, change, task.hostname):
            return Observation(
                outcome=Outcome.PENDING,
                reason=f"create task {task.id} is running, and it shows only at its end which"
                " server it creates",
            )
        if task.is_done and task.hostname and await _may_be_meant(api, change, task.hostname):
            return Observation(
                outcome=Outcome.PENDING,
                reason=f"{task.hostname} of create task {task.id} does not show under its tags yet",
                is_over=True,
            )
    reason = "neither the server nor a create task for it exists"
    return Observation(outcome=Outcome.ABSENT, reason=reason)


async def read_tasks_after(api: Api, action: str, mark: int | None) -> tuple[Task, ...]:
    """The account's tasks of this action above the mark; None: the newest page of them.

    The document defines no order: a list that is not newest first is read to its end. Raises
    ApiError, and ApplyError for a list that has no end: what is not seen could be a create.
    """
    found: dict[int, Task] = {}
    is_ordered = True
    for page in range(1, _MAX_PAGES + 1):
        tasks = await api.list_tasks(action=action, limit=_LIST, page=page, newest_first=True)
        is_new = any(task.id not in found for task in tasks)
        is_ordered = is_ordered and all(a.id > b.id for a, b in pairwise(tasks))
        if tasks and not is_new and page == 2:
            await _require_pages(api, action, tuple(found))
        found.update((task.id, task) for task in tasks)
        if not is_new or (is_ordered and (mark is None or tasks[-1].id <= mark)):
            break
    # The API may ignore `action`, so the answer is filtered here too.
    return tuple(t for t in found.values() if t.action == action and t.id > (mark or 0))


async def _require_pages(api: Api, action: str, first_page: tuple[int, ...]) -> None:
    """Raise ApplyError if page 2 repeats page 1 because the API takes no `page`.

    One that sends its last page for those after it, or the whole list for every page, has shown
    all of it.
    """
    second = await api.list_tasks(action=action, limit=1, page=2, newest_first=True)
    if len(first_page) > 1 and [task.id for task in second] == [first_page[0]]:
        raise ApplyError(
            "the task list cannot be read to its end: the API sends the same tasks for every page, "
            "so a server may have been created that does not show",
            hint="see in the panel which servers there are; this API does not list as its document"
            " says",
        )


async def _may_be_meant(api: Api, change: Change, hostname: str) -> bool:
    """True for a server that is ours by its tags, or nobody's yet but with the name we gave.

    A server that is not found proves nothing: it may be gone again, or late within the grace.
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
