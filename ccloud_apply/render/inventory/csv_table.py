"""The inventory as CSV: a heading and a line for each server, with the keys of the JSON.

A spreadsheet runs a cell that begins like a formula. Names and tags are written by others, so such
a cell begins with an apostrophe.
"""

import csv
from collections.abc import Mapping
from io import StringIO
from typing import Any

from ccloud_apply.model.results.inventory import Inventory, InventoryServer, Standing
from ccloud_apply.render.inventory.document import encode_server
from ccloud_apply.render.lib.csv_text import csv_text

_BETWEEN = ";"
"""Between the items of a list: neither a comma nor a space, which tags have."""


def render_inventory_csv(inventory: Inventory) -> str:
    """The whole table. An empty cell is unknown, empty or not asked for."""
    text = StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(encode_server(InventoryServer(status=Standing.MISSING, name="")))
    for server in inventory.servers:
        writer.writerow(map(_cell, encode_server(server).values()))
    return text.getvalue()


def _cell(value: Any) -> str:
    match value:
        case None:
            return ""
        case bool():
            return "true" if value else "false"
        case list():
            return csv_text(_BETWEEN.join(value))
        case Mapping():
            return csv_text(f"{value['path']}:{value['line']}")
    return csv_text(str(value))
