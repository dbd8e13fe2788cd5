"""Reads the account in few requests: all of what is asked for, or an error.

The caller says which parts a plan needs. How a request is sent belongs to `client.py`.
"""

from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from typing import Any

from ccloud_apply.api.client import Client
from ccloud_apply.api.http.pages import PAGE_SIZE
from ccloud_apply.concurrency import map_bounded, task_group
from ccloud_apply.errors import NotFoundError
from ccloud_apply.model.live.account import Account, LiveServer, Task

SCHEDULES = "list_snapshot_schedules"
IMAGES = "list_os"
ADDONS = "list_customer_addons"
SUBSCRIPTIONS = "list_subscriptions"


async def read_account(client: Client, *, reads: frozenset[str]) -> Account:
    """Read all servers, all running tasks, and the account-wide operations in `reads`.

    `list_snapshot_schedules` becomes a part of every server, None where it has no schedule.
    `list_os` becomes the account's images; `list_customer_addons` and `list_subscriptions` become
    the account's own addons and subscriptions. All requests run concurrently. Raises ApiError if
    any of them fails, KeyError for an operation that is not account-wide.
    """
    if unknown := reads - {SCHEDULES, IMAGES, ADDONS, SUBSCRIPTIONS}:
        raise KeyError(f"not a read of the whole account: {', '.join(sorted(unknown))}")
    read_at = client.clock.now()
    async with task_group() as group:
        servers = group.create_task(client.list_servers())
        tasks = group.create_task(_read_running_tasks(client))
        images = group.create_task(client.list_os()) if IMAGES in reads else None
        schedules = (
            group.create_task(client.list_snapshot_schedules()) if SCHEDULES in reads else None
        )
        addons = group.create_task(client.list_customer_addons()) if ADDONS in reads else None
        subscriptions = (
            group.create_task(client.list_subscriptions()) if SUBSCRIPTIONS in reads else None
        )
    found = servers.result()
    if schedules is not None:
        by_hostname = schedules.result()
        found = tuple(
            _with_parts(server, {SCHEDULES: by_hostname.get(server.hostname or "")})
            for server in found
        )
    return Account(
        servers=found,
        images=None if images is None else images.result(),
        customer_addons=None if addons is None else addons.result(),
        subscriptions=None if subscriptions is None else subscriptions.result(),
        tasks=tasks.result(),
        read_at=read_at,
    )


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


async def read_parts(
    client: Client, account: Account, reads: Mapping[str, frozenset[str]]
) -> Account:
    """Read further parts of some servers: `reads` maps hostnames to the operations to call.

    Returns the account with these parts. Raises ApiError as soon as one read fails, because an
    unknown part must not look like an absent one; KeyError for a hostname of no server.
    """
    if unknown := reads.keys() - {server.hostname for server in account.servers}:
        raise KeyError(f"not in the account: {', '.join(sorted(unknown))}")
    wanted = [(name, part) for name in reads for part in sorted(reads[name])]
    values = await map_bounded(wanted, partial(_read_part, client), client.concurrency)
    parts: dict[str, dict[str, Any]] = {}
    for (name, part), value in zip(wanted, values, strict=True):
        parts.setdefault(name, {})[part] = value
    return replace(
        account,
        servers=tuple(
            _with_parts(server, parts[server.hostname]) if server.hostname in parts else server
            for server in account.servers
        ),
    )


async def _read_part(client: Client, wanted: tuple[str, str]) -> Any:
    hostname, operation_id = wanted
    try:
        return await client.read_part(operation_id, hostname)
    except NotFoundError as error:
        raise _build_vanished_error(error, hostname) from None


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


def _with_parts(server: LiveServer, parts: Mapping[str, Any]) -> LiveServer:
    return replace(server, parts={**server.parts, **parts})
