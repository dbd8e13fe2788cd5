"""The inventory as CSV: a heading and a line for each server, with the keys of the JSON."""

from collections.abc import Mapping
from typing import Any

from ccloud_apply.model.results.inventory import Inventory, InventoryServer, Standing
from ccloud_apply.render.inventory.document import encode_server
from ccloud_apply.render.lib.csv_text import Cell, render_csv

_BETWEEN = ";"
"""Between the items of a list: neither a comma nor a space, which tags have."""


def render_inventory_csv(inventory: Inventory) -> str:
    """The whole table. An empty cell is unknown, empty or not asked for."""
    header = encode_server(InventoryServer(status=Standing.MISSING, name=""))
    rows = (map(_cell, encode_server(server).values()) for server in inventory.servers)
    return render_csv(tuple(header), map(tuple, rows))


def _cell(value: Any) -> Cell:
    match value:
        case bool():
            return "true" if value else "false"
        case None | int() | float() | str():
            return value
        case list():
            return _BETWEEN.join(value)
        case Mapping():
            return f"{value['path']}:{value['line']}"
    return str(value)
