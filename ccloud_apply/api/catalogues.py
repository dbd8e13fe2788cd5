"""The catalogues that checks ask for: read side by side, and what cannot be read is only noted.

Which of them a plan needs is said by `plan/checks/reads.py`. The image catalogue is not among them:
comparing needs it, so it is read with the account.
"""

from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

from ccloud_apply.api.client import Client
from ccloud_apply.api.together import run_together
from ccloud_apply.errors import ApiError
from ccloud_apply.model.account import Account

SERVER_GPUS = "list_server_gpus"

Read = Callable[[Client], Awaitable[Any]]

CATALOGUES: Mapping[str, tuple[str, Read]] = {
    "list_addons": ("addons", Client.list_addons),
    "list_gpus": ("gpus", Client.list_gpus),
    "list_pools": ("pools", Client.list_pools),
    "list_rollouts": ("rollouts", Client.list_rollouts),
    "list_subnets": ("subnets", Client.list_subnets),
    "get_resource_info": ("resources", Client.get_resource_info),
}
"""What checks ask for: the operation, where the account keeps its answer, and how it is read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Catalogues:
    """What was read for checks: fields of an Account, GPUs by hostname, and what was not to be had.

    No plan needs any of it, so none of it fails one.
    """

    fields: Mapping[str, Any] = field(default_factory=dict)
    available_gpus: Mapping[str, Any] = field(default_factory=dict)
    unread: Mapping[str, str] = field(default_factory=dict)

    def join(self, other: "Catalogues") -> "Catalogues":
        """These and the others."""
        return Catalogues(
            fields={**self.fields, **other.fields},
            available_gpus={**self.available_gpus, **other.available_gpus},
            unread={**self.unread, **other.unread},
        )

    def add_to(self, account: Account) -> Account:
        """The account with them."""
        return replace(
            account, available_gpus=self.available_gpus, unread=self.unread, **self.fields
        )


async def read_catalogues(
    client: Client, reads: frozenset[str], gpu_hostnames: Sequence[str] = ()
) -> Catalogues:
    """These catalogues, all at the same time.

    `gpu_hostnames` are the servers of which it matters how many GPUs are left. Raises KeyError for
    an operation that is no catalogue, and nothing for one that fails.
    """
    fields: dict[str, Any] = {}
    gpus: dict[str, Any] = {}
    unread: dict[str, str] = {}

    async def read(operation_id: str, into: dict[str, Any], name: str, call: Read) -> None:
        try:
            into[name] = await call(client)
        except ApiError as error:
            unread[operation_id] = error.message

    async def work(queue: Iterator[str]) -> None:
        for hostname in queue:
            call = partial(Client.list_server_gpus, hostname=hostname)
            await read(SERVER_GPUS, gpus, hostname, call)

    queue = iter(gpu_hostnames)
    async with run_together() as group:
        for operation_id in sorted(reads):
            group.create_task(read(operation_id, fields, *CATALOGUES[operation_id]))
        for _ in range(min(client.concurrency, len(gpu_hostnames))):
            group.create_task(work(queue))
    return Catalogues(fields=fields, available_gpus=gpus, unread=unread)
