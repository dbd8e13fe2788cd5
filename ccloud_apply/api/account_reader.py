"""The account as it is: in few requests, complete, or an error.

Which parts are needed is said by whoever plans; how a request is sent belongs to the client.
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from ccloud_apply.api.client import Client
from ccloud_apply.api.http.pages import PAGE_SIZE
from ccloud_apply.concurrency import run_together
from ccloud_apply.errors import NotFoundError
from ccloud_apply.model.live.account import Account, LiveServer, Task

SCHEDULES = "list_snapshot_schedules"
IMAGES = "list_os"
ADDONS = "list_customer_addons"
SUBSCRIPTIONS = "list_subscriptions"


async def read_account(client: Client, *, reads: frozenset[str]) -> Account:
    """All servers and running tasks, and what `reads` names for the whole account.

    `list_snapshot_schedules` becomes a part of every server, None where it has no schedule;
    `list_os` becomes the account's images, `list_customer_addons` and `list_subscriptions` what
    belongs to the account itself. Everything is asked for at the same time. Raises
    ApiError if anything could not be read; KeyError for a read that is not the account's.
    """
    if unknown := reads - {SCHEDULES, IMAGES, ADDONS, SUBSCRIPTIONS}:
        raise KeyError(f"not a read of the whole account: {', '.join(sorted(unknown))}")
    read_at = client.clock.now()
    async with run_together() as group:
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
    """Every task that is processing. The list has no total: it ends with a page that is empty,
    brings nothing new or is shorter than the first."""
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
    """The account with further parts of some servers: hostname to ids of operations to read.

    Raises ApiError as soon as one read fails, for a part that is unknown is not one that is absent;
    KeyError for a hostname that the account does not have.
    """
    if unknown := reads.keys() - {server.hostname for server in account.servers}:
        raise KeyError(f"not in the account: {', '.join(sorted(unknown))}")
    queue = iter([(name, part) for name in reads for part in sorted(reads[name])])
    parts: dict[str, dict[str, Any]] = {}
    async with run_together() as group:
        for _ in range(min(client.concurrency, sum(map(len, reads.values())))):
            group.create_task(_work(client, queue, parts))
    return replace(
        account,
        servers=tuple(
            _with_parts(server, parts[server.hostname]) if server.hostname in parts else server
            for server in account.servers
        ),
    )


async def _work(
    client: Client, queue: Iterator[tuple[str, str]], parts: dict[str, dict[str, Any]]
) -> None:
    for hostname, operation_id in queue:
        try:
            value = await client.read_part(operation_id, hostname)
        except NotFoundError as error:
            raise _build_vanished_error(error, hostname) from None
        parts.setdefault(hostname, {})[operation_id] = value


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
