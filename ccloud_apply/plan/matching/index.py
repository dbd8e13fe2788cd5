"""What follows from the account alone, looked up by every stack: made once for each read.

Whose a live server is in one stack belongs to `match.py`.
"""

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from ccloud_apply.aspects.base import clean_text
from ccloud_apply.lazy_dataclass import dataclass
from ccloud_apply.model.live.account import Account, LiveServer, Task
from ccloud_apply.model.ownership import Ownership, is_stack_name, read_ownership


class OwnedServer(NamedTuple):
    """A live server whose tags name a stack, and all that they say."""

    server: LiveServer
    ownership: Ownership


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountIndex:
    """One account with its servers and tasks by what they are looked up by.

    `owned` is by stack, in the order of the account. `unowned_names` has the servers without a
    possible owner by custom name, and `running` the tasks that are processing by hostname.
    """

    account: Account
    owned: Mapping[str, tuple[OwnedServer, ...]]
    by_hostname: Mapping[str, LiveServer]
    unowned_names: Mapping[str, LiveServer]
    running: Mapping[str, Task]


def index_account(account: Account) -> AccountIndex:
    """The index of this account. It takes a pass over all servers: make it once and pass it on."""
    tagged = [OwnedServer(server, read_ownership(server.tags)) for server in account.servers]
    owned: dict[str, list[OwnedServer]] = {}
    for found in tagged:
        for stack in found.ownership.stacks:
            owned.setdefault(stack, []).append(found)
    return AccountIndex(
        account=account,
        owned={stack: tuple(servers) for stack, servers in owned.items()},
        by_hostname={server.hostname: server for server in account.servers if server.hostname},
        unowned_names=_index_unowned_names(tagged),
        running={
            task.hostname: task for task in account.tasks if task.hostname and task.is_processing
        },
    )


def _index_unowned_names(servers: Iterable[OwnedServer]) -> Mapping[str, LiveServer]:
    """By custom name. A tag that can name no stack makes nobody an owner."""
    names: dict[str, LiveServer] = {}
    for server, ownership in servers:
        name = clean_text(server.custom_name)
        if name and not server.is_deleting and not any(map(is_stack_name, ownership.stacks)):
            names.setdefault(name, server)
    return names
