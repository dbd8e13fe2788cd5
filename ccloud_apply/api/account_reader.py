"""Reads the account in few requests: all of what is asked for, or an error.

The caller says what a plan needs. How a request is sent belongs to `client.py`.
"""

from collections.abc import Awaitable, Callable, Collection, Mapping
from dataclasses import replace
from functools import partial
from typing import Any

from ccloud_apply.api.catalogue_reader import read_catalogues
from ccloud_apply.api.client import Client
from ccloud_apply.api.http.pages import PAGE_SIZE
from ccloud_apply.concurrency import map_bounded, task_group
from ccloud_apply.errors import NotFoundError
from ccloud_apply.model.live.account import Account, LiveServer, Task
from ccloud_apply.model.live.read import Read

SERVERS = "list_servers"
_OF_SERVERS: Mapping[str, Any] = {"list_snapshot_schedules": None, "list_ips": ()}
"""What is read once for the account and becomes a part of every server: what it is for a server
that the answer does not name."""

Parts = dict[str, dict[str, Any]]
"""By hostname, what the operations answered for the server."""


async def read(client: Client, account: Account, missing: Collection[Read]) -> Account:
    """The account with what is missing, all of it read concurrently.

    Raises ApiError as soon as a read fails that is not optional, because an unknown part must not
    look like an absent one. Raises KeyError for an operation that has no place in an account, and
    for a hostname of no server.
    """
    read_at = client.clock.now()
    whole = {read.operation_id for read in missing if not read.hostname and not read.is_optional}
    of_servers = [read for read in missing if read.hostname and not read.is_optional]
    optional = [read for read in missing if read.is_optional]
    async with task_group() as group:
        facts = group.create_task(_read_whole(client, whole))
        parts = group.create_task(_read_parts(client, account, of_servers))
        catalogues = group.create_task(read_catalogues(client, optional))
    account = _add_facts(account, facts.result())
    account = catalogues.result().add_to(_add_parts(account, parts.result()))
    if SERVERS in whole:
        account = replace(account, read_at=read_at)
    return replace(account, known=account.known.union(missing))


async def _read_running_tasks(client: Client) -> tuple[Task, ...]:
    """Every task that is processing.

    The list has no total. It ends with a page that is empty, has no new task, or is shorter than
    the first page.
    """
    found: dict[int, Task] = {}
    first_length = 0
    number = 1
    while True:
        page = await client.list_tasks(status="processing", limit=PAGE_SIZE, page=number)
        is_new = any(task.id not in found for task in page)
        found.update((task.id, task) for task in page)
        first_length = first_length or len(page)
        if not is_new or len(page) < first_length:
            return tuple(task for task in found.values() if task.is_processing)
        number += 1


_WHOLE: Mapping[str, tuple[str, Callable[[Client], Awaitable[Any]]]] = {
    SERVERS: ("servers", Client.list_servers),
    "list_tasks": ("tasks", _read_running_tasks),
    "list_os": ("images", Client.list_os),
    "list_snapshot_schedules": ("", Client.list_snapshot_schedules),
    "list_ips": ("", Client.list_ips),
    "list_customer_addons": ("customer_addons", Client.list_customer_addons),
    "list_subscriptions": ("subscriptions", Client.list_subscriptions),
}
"""What is read once for the account: where it is kept, and how it is read. What has no place there
is in `_OF_SERVERS`."""


async def _read_whole(client: Client, operations: Collection[str]) -> Mapping[str, Any]:
    """The answers by operation."""
    if unknown := set(operations) - _WHOLE.keys():
        raise KeyError(f"not a read of the whole account: {', '.join(sorted(unknown))}")
    async with task_group() as group:
        tasks = {
            name: group.create_task(_call(call, client))
            for name, (_, call) in _WHOLE.items()
            if name in operations
        }
    return {name: task.result() for name, task in tasks.items()}


async def _call(call: Callable[[Client], Awaitable[Any]], client: Client) -> Any:
    return await call(client)


def _add_facts(account: Account, answers: Mapping[str, Any]) -> Account:
    facts: Mapping[str, Any] = {
        _WHOLE[name][0]: answer for name, answer in answers.items() if name not in _OF_SERVERS
    }
    account = replace(account, **facts)
    of_servers = {name: answers[name] for name in _OF_SERVERS if name in answers}
    if not of_servers:
        return account
    servers = (
        _with_parts(
            server,
            {
                name: answer.get(server.hostname or "", _OF_SERVERS[name])
                for name, answer in of_servers.items()
            },
        )
        for server in account.servers
    )
    return replace(account, servers=tuple(servers))


async def _read_parts(client: Client, account: Account, reads: Collection[Read]) -> Parts:
    names = {read.hostname for read in reads}
    if unknown := names - {server.hostname for server in account.servers}:
        raise KeyError(f"not in the account: {', '.join(sorted(unknown))}")
    ordered = sorted(reads, key=lambda read: (read.hostname, read.operation_id))
    values = await map_bounded(ordered, partial(_read_part, client), client.concurrency)
    parts: Parts = {}
    for one, value in zip(ordered, values, strict=True):
        parts.setdefault(one.hostname, {})[one.operation_id] = value
    return parts


async def _read_part(client: Client, wanted: Read) -> Any:
    try:
        return await client.read_part(wanted.operation_id, wanted.hostname)
    except NotFoundError as error:
        raise _build_vanished_error(error, wanted.hostname) from None


def _build_vanished_error(error: NotFoundError, hostname: str) -> NotFoundError:
    return NotFoundError(
        f"{hostname} vanished while the account was read: it was in the server list, then {error}",
        operation=error.operation,
        method=error.method,
        path=error.path,
        status=error.status,
        fields=error.fields,
        hint="somebody may be deleting it: wait a moment and plan again",
    )


def _add_parts(account: Account, parts: Parts) -> Account:
    if not parts:
        return account
    servers = (
        _with_parts(server, parts[server.hostname]) if server.hostname in parts else server
        for server in account.servers
    )
    return replace(account, servers=tuple(servers))


def _with_parts(server: LiveServer, parts: Mapping[str, Any]) -> LiveServer:
    return replace(server, parts={**server.parts, **parts})
