"""The inventory as a table for people."""

from collections.abc import Iterator

from ccloud_apply.model.results.inventory import Inventory, InventoryServer
from ccloud_apply.render.inventory.words import (
    NO_SERVERS,
    addresses_words,
    conclude,
    source_words,
    status_words,
)
from ccloud_apply.render.lib.money import format_amount
from ccloud_apply.render.lib.style import PLAIN, Style
from ccloud_apply.render.lib.table import render_table

_NONE = "-"
_UNKNOWN = "?"


def render_inventory(inventory: Inventory, style: Style = PLAIN) -> str:
    """A line for each server, then one of counts."""
    head = style.dim(source_words(inventory))
    if not inventory.servers:
        return f"{head}\n\n{style.bold(NO_SERVERS)}\n"
    headers = list(_headers(inventory))
    rows = [list(_cells(server, inventory)) for server in inventory.servers]
    table = render_table(headers, rows, style)
    return f"{head}\n\n{table}\n{style.bold(conclude(inventory))}\n"


def _headers(inventory: Inventory) -> Iterator[str]:
    yield from ("STACK", "KEY", "SERVER", "ADDRESS", "CORES", "MEMORY", "DISK", "SYSTEM")
    if inventory.has_state:
        yield "STATE"
    if inventory.has_cost:
        yield "MONTHLY"
    yield "STATUS"


def _cells(server: InventoryServer, inventory: Inventory) -> Iterator[str]:
    is_there = server.id is not None
    unknown = _UNKNOWN if is_there else _NONE
    yield server.stack or _NONE
    yield server.key or _NONE
    yield server.hostname or _NONE
    yield ", ".join(addresses_words(server)) if is_there else _NONE
    yield unknown if server.cores is None else f"{server.cores:,}"
    for size in (server.memory_gb, server.disk_gb):
        yield unknown if size is None else f"{size:,} GB"
    yield server.image or server.os_name or unknown
    if inventory.has_state:
        yield server.state or unknown
    if inventory.has_cost:
        cost = server.monthly_cost
        yield format_amount(cost, server.currency) if cost else unknown
    yield ", ".join(status_words(server))
