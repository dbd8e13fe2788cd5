"""The inventory as a part of ssh's configuration: the name and the address of each server.

Who signs in, and with which key, belongs to the user's own configuration.
"""

from collections.abc import Iterator

from ccloud_apply.model.results.inventory import Inventory
from ccloud_apply.render.inventory.remarks import HEAD, name_live, remark_lines
from ccloud_apply.render.inventory.words import source_words


def render_inventory_ssh_config(inventory: Inventory) -> str:
    """A `Host` with its `HostName` for each server with an address; the others as remarks."""
    return "".join(f"{line}\n" for line in _lines(inventory))


def _lines(inventory: Inventory) -> Iterator[str]:
    yield f"# {HEAD}. {source_words(inventory)}"
    for server in inventory.hosts:
        if server.address is not None:
            yield f"\n# {name_live(server)}"
            yield f"Host {server.name}"
            yield f"  HostName {server.address}"
    yield from remark_lines(inventory)
