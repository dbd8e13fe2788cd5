"""Reads the catalogues that checks need, concurrently; a failed read is only recorded.

Which of them a plan needs is decided by `plan/checks/reads.py`. A plan reads the image catalogue by
`account_reader.py`, because comparing needs it; only an inventory can do without.
"""

from collections.abc import Awaitable, Callable, Collection, Mapping
from dataclasses import field, replace
from functools import partial
from typing import Any

from ccloud_apply.api.client import Client
from ccloud_apply.concurrency import map_bounded, task_group
from ccloud_apply.errors import ApiError
from ccloud_apply.lazy_dataclass import dataclass
from ccloud_apply.model.live.account import Account
from ccloud_apply.model.live.read import Read

Fetch = Callable[[Client], Awaitable[Any]]
FetchOfOne = Callable[[Client, str], Awaitable[Any]]

CATALOGUES: Mapping[str, tuple[str, Fetch]] = {
    "list_addons": ("addons", Client.list_addons),
    "list_gpus": ("gpus", Client.list_gpus),
    "list_os": ("images", Client.list_os),
    "list_pools": ("pools", Client.list_pools),
    "list_rollouts": ("rollouts", Client.list_rollouts),
    "list_subnets": ("subnets", Client.list_subnets),
    "list_vpcs": ("vpcs", Client.list_vpcs),
    "get_resource_info": ("resources", Client.get_resource_info),
}
"""Operation id: the field of Account that keeps its result, and the method that reads it."""

CATALOGUES_OF_ONE: Mapping[str, tuple[str, FetchOfOne]] = {
    "list_server_gpus": ("available_gpus", Client.list_server_gpus),
    "list_server_isos": ("isos", Client.list_server_isos),
    "list_subnet_ips": ("subnet_ips", Client.list_subnet_ips),
}
"""The same for catalogues of a single server or subnet; the field maps hostnames or ids to
results."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Catalogues:
    """What was read for checks.

    `fields` are fields of an Account, `of_one` those that map hostnames or ids to results. `unread`
    maps the operations that failed to the reason. A plan is possible without any of them.
    """

    fields: Mapping[str, Any] = field(default_factory=dict)
    of_one: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    unread: Mapping[str, str] = field(default_factory=dict)

    def add_to(self, account: Account) -> Account:
        """The account with these catalogues in its fields, beside those that it has."""
        mapped = {name: {**getattr(account, name), **found} for name, found in self.of_one.items()}
        unread = {**account.unread, **self.unread}
        fields: Mapping[str, Any] = {**self.fields, **mapped}
        return replace(account, unread=unread, **fields)


async def read_catalogues(client: Client, reads: Collection[Read]) -> Catalogues:
    """Read these catalogues concurrently; those with a hostname or subnet are of that one.

    Raises KeyError for an operation that reads no catalogue. An operation that fails raises
    nothing: it is in `unread`.
    """
    fields: dict[str, Any] = {}
    of_one: dict[str, dict[str, Any]] = {}
    unread: dict[str, str] = {}

    async def fetch(operation_id: str, name: str, into: dict[str, Any], call: Fetch) -> None:
        try:
            into[name] = await call(client)
        except ApiError as error:
            unread[operation_id] = error.message

    async def fetch_of_one(read: Read) -> None:
        name, call = CATALOGUES_OF_ONE[read.operation_id]
        into = of_one.setdefault(name, {})
        one = read.hostname or read.subnet
        await fetch(read.operation_id, one, into, partial(_call, call, one))

    single = sorted(read for read in reads if read.hostname or read.subnet)
    whole = sorted(read.operation_id for read in reads if not (read.hostname or read.subnet))
    async with task_group() as group:
        for operation_id in whole:
            name, call = CATALOGUES[operation_id]
            group.create_task(fetch(operation_id, name, fields, call))
        group.create_task(map_bounded(single, fetch_of_one, client.concurrency))
    return Catalogues(fields=fields, of_one=of_one, unread=unread)


async def _call(call: FetchOfOne, one: str, client: Client) -> Any:
    return await call(client, one)
