"""Reads the catalogues that checks need, concurrently; a failed read is only recorded.

Which of them a plan needs is decided by `plan/checks/reads.py`. The image catalogue is read by
`account_reader.py`, because comparing needs it: without it there is no plan.
"""

from collections.abc import Awaitable, Callable, Collection, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

from ccloud_apply.api.client import Client
from ccloud_apply.concurrency import map_bounded, task_group
from ccloud_apply.errors import ApiError
from ccloud_apply.model.live.account import Account
from ccloud_apply.model.live.read import Read

Fetch = Callable[[Client], Awaitable[Any]]
FetchOfServer = Callable[[Client, str], Awaitable[Any]]

CATALOGUES: Mapping[str, tuple[str, Fetch]] = {
    "list_addons": ("addons", Client.list_addons),
    "list_gpus": ("gpus", Client.list_gpus),
    "list_pools": ("pools", Client.list_pools),
    "list_rollouts": ("rollouts", Client.list_rollouts),
    "list_subnets": ("subnets", Client.list_subnets),
    "get_resource_info": ("resources", Client.get_resource_info),
}
"""Operation id: the field of Account that keeps its result, and the method that reads it."""

SERVER_CATALOGUES: Mapping[str, tuple[str, FetchOfServer]] = {
    "list_server_gpus": ("available_gpus", Client.list_server_gpus),
    "list_server_isos": ("isos", Client.list_server_isos),
}
"""The same for catalogues of a single server; the field maps hostnames to results."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Catalogues:
    """What was read for checks.

    `fields` are fields of an Account, `by_hostname` those that map hostnames to results. `unread`
    maps the operations that failed to the reason. A plan is possible without any of them.
    """

    fields: Mapping[str, Any] = field(default_factory=dict)
    by_hostname: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    unread: Mapping[str, str] = field(default_factory=dict)

    def add_to(self, account: Account) -> Account:
        """The account with these catalogues in its fields, beside those that it has."""
        of_servers = {
            name: {**getattr(account, name), **found} for name, found in self.by_hostname.items()
        }
        unread = {**account.unread, **self.unread}
        fields: Mapping[str, Any] = {**self.fields, **of_servers}
        return replace(account, unread=unread, **fields)


async def read_catalogues(client: Client, reads: Collection[Read]) -> Catalogues:
    """Read these catalogues concurrently; those with a hostname are of that server.

    Raises KeyError for an operation that reads no catalogue. An operation that fails raises
    nothing: it is in `unread`.
    """
    fields: dict[str, Any] = {}
    by_hostname: dict[str, dict[str, Any]] = {}
    unread: dict[str, str] = {}

    async def fetch(operation_id: str, name: str, into: dict[str, Any], call: Fetch) -> None:
        try:
            into[name] = await call(client)
        except ApiError as error:
            unread[operation_id] = error.message

    async def fetch_of_server(read: Read) -> None:
        name, call = SERVER_CATALOGUES[read.operation_id]
        into = by_hostname.setdefault(name, {})
        await fetch(read.operation_id, read.hostname, into, partial(_call, call, read.hostname))

    of_servers = sorted(read for read in reads if read.hostname)
    async with task_group() as group:
        for operation_id in sorted(read.operation_id for read in reads if not read.hostname):
            name, call = CATALOGUES[operation_id]
            group.create_task(fetch(operation_id, name, fields, call))
        group.create_task(map_bounded(of_servers, fetch_of_server, client.concurrency))
    return Catalogues(fields=fields, by_hostname=by_hostname, unread=unread)


async def _call(call: FetchOfServer, hostname: str, client: Client) -> Any:
    return await call(client, hostname)
