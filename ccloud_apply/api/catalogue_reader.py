"""The catalogues that checks ask for: read side by side, and what cannot be read is only noted.

Which of them a plan needs is said by `plan/checks/lib/reads.py`. The image catalogue is not among
them: comparing needs it, so it is read with the account.
"""

from collections.abc import Awaitable, Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

from ccloud_apply.api.client import Client
from ccloud_apply.concurrency import run_together
from ccloud_apply.errors import ApiError
from ccloud_apply.model.live.account import Account

Read = Callable[[Client], Awaitable[Any]]
ReadServer = Callable[[Client, str], Awaitable[Any]]

CATALOGUES: Mapping[str, tuple[str, Read]] = {
    "list_addons": ("addons", Client.list_addons),
    "list_gpus": ("gpus", Client.list_gpus),
    "list_pools": ("pools", Client.list_pools),
    "list_rollouts": ("rollouts", Client.list_rollouts),
    "list_subnets": ("subnets", Client.list_subnets),
    "get_resource_info": ("resources", Client.get_resource_info),
}
"""What checks ask for: the operation, where the account keeps its answer, and how it is read."""

SERVER_CATALOGUES: Mapping[str, tuple[str, ReadServer]] = {
    "list_server_gpus": ("available_gpus", Client.list_server_gpus),
    "list_server_isos": ("isos", Client.list_server_isos),
}
"""The same for what only a server tells; the account keeps the answers by hostname."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Catalogues:
    """What was read for checks: fields of an Account, those of single servers by hostname, and what
    was not to be had.

    No plan needs any of it, so none of it fails one.
    """

    fields: Mapping[str, Any] = field(default_factory=dict)
    by_hostname: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    unread: Mapping[str, str] = field(default_factory=dict)

    def join(self, other: "Catalogues") -> "Catalogues":
        """These and the others."""
        names = self.by_hostname.keys() | other.by_hostname.keys()
        return Catalogues(
            fields={**self.fields, **other.fields},
            by_hostname={
                name: {**self.by_hostname.get(name, {}), **other.by_hostname.get(name, {})}
                for name in names
            },
            unread={**self.unread, **other.unread},
        )

    def add_to(self, account: Account) -> Account:
        """The account with them."""
        fields: Mapping[str, Any] = {**self.fields, **self.by_hostname}
        return replace(account, unread=self.unread, **fields)


async def read_catalogues(
    client: Client, reads: frozenset[str], of_servers: Collection[tuple[str, str]] = ()
) -> Catalogues:
    """These catalogues, all at the same time.

    `of_servers` are pairs of an operation and a hostname. Raises KeyError for an operation that is
    no catalogue, and nothing for one that fails.
    """
    fields: dict[str, Any] = {}
    by_hostname: dict[str, dict[str, Any]] = {}
    unread: dict[str, str] = {}

    async def read(operation_id: str, name: str, into: dict[str, Any], call: Read) -> None:
        try:
            into[name] = await call(client)
        except ApiError as error:
            unread[operation_id] = error.message

    async def work(queue: Iterator[tuple[str, str]]) -> None:
        for operation_id, hostname in queue:
            name, call = SERVER_CATALOGUES[operation_id]
            into = by_hostname.setdefault(name, {})
            await read(operation_id, hostname, into, partial(_call, call, hostname))

    queue = iter(sorted(of_servers))
    async with run_together() as group:
        for operation_id in sorted(reads):
            name, call = CATALOGUES[operation_id]
            group.create_task(read(operation_id, name, fields, call))
        for _ in range(min(client.concurrency, len(of_servers))):
            group.create_task(work(queue))
    return Catalogues(fields=fields, by_hostname=by_hostname, unread=unread)


async def _call(call: ReadServer, hostname: str, client: Client) -> Any:
    return await call(client, hostname)
