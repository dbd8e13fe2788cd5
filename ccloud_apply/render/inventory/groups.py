"""The groups of Ansible's inventory: by stack, by the key in the file, by tag, by pool.

`-` and `:`, and whatever else no group's name may have, become `_`. Two names that become one are
one group: no host is lost, and a playbook that names the group meets the hosts of both.
"""

from collections.abc import Iterator, Mapping

from ccloud_apply.lazy_pattern import lazy_pattern
from ccloud_apply.model.results.inventory import Inventory, InventoryServer

_FOREIGN = lazy_pattern(r"\W")

WITHOUT_ADDRESS = "without_address"
"""The group of the hosts that Ansible cannot reach yet."""


def group_hosts(inventory: Inventory) -> Mapping[str, tuple[str, ...]]:
    """The names of the hosts by group, both in order. A host without any group is in none."""
    groups: dict[str, dict[str, None]] = {}
    for server in inventory.hosts:
        for group in _groups_of(server):
            groups.setdefault(group, {})[server.name] = None
    return {group: tuple(groups[group]) for group in sorted(groups)}


def _groups_of(server: InventoryServer) -> Iterator[str]:
    named = (("stack", server.stack), ("key", server.base_key), ("pool", server.pool))
    for kind, name in named:
        if name is not None:
            yield f"{kind}_{_FOREIGN.sub('_', name)}"
    for tag in server.tags:
        yield f"tag_{_FOREIGN.sub('_', tag)}"
    if server.address is None:
        yield WITHOUT_ADDRESS
