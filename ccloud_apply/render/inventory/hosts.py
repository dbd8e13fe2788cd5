"""The inventory as lines of /etc/hosts."""

from collections.abc import Iterator
from ipaddress import ip_address

from ccloud_apply.model.results.inventory import Inventory, InventoryServer
from ccloud_apply.render.inventory.remarks import HEAD, remark_lines
from ccloud_apply.render.inventory.words import source_words


def render_inventory_hosts(inventory: Inventory) -> str:
    """A line for each address by which a server is reached; the others as remarks."""
    return "".join(f"{line}\n" for line in _lines(inventory))


def _lines(inventory: Inventory) -> Iterator[str]:
    yield f"# {HEAD}. {source_words(inventory)}"
    lines = [(address, s.name) for s in inventory.hosts for address in _addresses(s)]
    width = max((len(address) for address, _ in lines), default=0)
    yield from (f"{address:<{width}} {name}" for address, name in lines)
    yield from remark_lines(inventory)


def _addresses(server: InventoryServer) -> Iterator[str]:
    """The address by which it is reached; beside an IPv4 address its first public IPv6 one too."""
    if server.address is None:
        return
    yield server.address
    for text in () if server.addresses is None else server.addresses.ipv6:
        if text != server.address and ":" not in server.address and ip_address(text).is_global:
            yield text
            return
