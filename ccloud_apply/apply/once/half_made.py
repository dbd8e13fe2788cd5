"""Finds servers of ours whose create task failed and that are there all the same.

The journal knows the creates of this machine. Where there is none, the account's failed create
tasks are read, once; so they are by what only reads and has no journal. Setting the mark belongs to
`marking.py`.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence

from ccloud_apply.apply.api import Api
from ccloud_apply.apply.journal.failed_creates import find_failed_creates
from ccloud_apply.apply.journal.recorder import Recorder
from ccloud_apply.apply.queued_step import CREATE_TASK
from ccloud_apply.errors import NotFoundError
from ccloud_apply.lazy_dataclass import dataclass
from ccloud_apply.model.journal import Entry
from ccloud_apply.model.live.account import Account, LiveServer, Task
from ccloud_apply.model.ownership import read_marks, read_ownership

_LIST = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class HalfMade:
    """A server of this stack and key whose build has failed, and the task that did."""

    stack: str
    key: str
    server: LiveServer
    task_id: int


async def find_half_made(
    api: Api, account: Account, journals: Mapping[str, Recorder]
) -> tuple[HalfMade, ...]:
    """Those that are not marked yet, of the stacks that have a recorder here. Raises ApiError."""
    found: list[HalfMade] = []
    unknown: list[tuple[str, str, LiveServer]] = []
    for stack, key, server in _find_unmarked(account, journals.keys()):
        if not journals[stack].was_found:
            unknown.append((stack, key, server))
            continue
        entry = _find_failed(journals[stack].entries, key, server)
        if entry is not None and await _has_failed(api, entry, server):
            assert entry.task_id is not None
            found.append(HalfMade(stack=stack, key=key, server=server, task_id=entry.task_id))
    failed = await read_failed_creates(api) if unknown else ()
    return (*found, *await _find_by_tasks(api, unknown, failed))


async def read_failed_creates(api: Api) -> tuple[Task, ...]:
    """The newest create tasks of the account that have failed. Raises ApiError."""
    return await api.list_tasks(action=CREATE_TASK, status="failed", limit=_LIST, newest_first=True)


async def find_half_made_by_tasks(
    api: Api, account: Account, stacks: Collection[str], failed: Sequence[Task]
) -> tuple[HalfMade, ...]:
    """Those of these stacks that are not marked yet, by the account's failed create tasks alone.

    Raises ApiError.
    """
    return await _find_by_tasks(api, list(_find_unmarked(account, stacks)), failed)


def _find_unmarked(
    account: Account, stacks: Collection[str]
) -> Iterator[tuple[str, str, LiveServer]]:
    for server in account.servers:
        owner, marks = read_ownership(server.tags), read_marks(server.tags)
        if marks.is_incomplete or marks.is_accepted or server.is_deleting or not server.hostname:
            continue
        if len(owner.stacks) == len(owner.keys) == 1:
            (stack,), (key,) = owner.stacks, owner.keys
            if stack in stacks:
                yield stack, key, server


def _find_failed(entries: Sequence[Entry], key: str, server: LiveServer) -> Entry | None:
    """The newest create of this key, if it has failed and may be this server's."""
    failed = (e for e in find_failed_creates(entries) if e.intent.server == key)
    return next((e for e in failed if e.hostname in (None, server.hostname)), None)


async def _has_failed(api: Api, entry: Entry, server: LiveServer) -> bool:
    """What the task itself says: a create also counts as failed where its server only came to show
    too late. One that the platform has forgotten is what the journal says it was."""
    assert entry.task_id is not None
    try:
        task = await api.get_task(entry.task_id)
    except NotFoundError:
        return (entry.error or "").startswith(f"task {entry.task_id} failed")
    if not task.has_failed or task.hostname not in (None, server.hostname):
        return False
    return task.hostname is not None or not await _was_created(api, server)


async def _was_created(api: Api, server: LiveServer) -> bool:
    """True if another create task says that this server is well."""
    newest = await _newest_create(api, server)
    return newest is not None and newest.is_done


async def _find_by_tasks(
    api: Api, servers: Sequence[tuple[str, str, LiveServer]], tasks: Sequence[Task]
) -> tuple[HalfMade, ...]:
    failed = {task.hostname for task in tasks if task.action == CREATE_TASK and task.has_failed}
    found = []
    for stack, key, server in servers:
        if server.hostname not in failed:
            continue
        newest = await _newest_create(api, server)  # a hostname may have been given twice
        if newest is not None and newest.has_failed:
            found.append(HalfMade(stack=stack, key=key, server=server, task_id=newest.id))
    return tuple(found)


async def _newest_create(api: Api, server: LiveServer) -> Task | None:
    tasks = await api.list_tasks(action=CREATE_TASK, search=server.hostname, limit=_LIST)
    own = [t for t in tasks if t.action == CREATE_TASK and t.hostname == server.hostname]
    return max(own, key=lambda task: task.id, default=None)
