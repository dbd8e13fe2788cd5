"""The inventory as a file of Prometheus' file_sd: a target with labels for each server.

The port is that of the exporter. A label that is unknown is left out, which means the same to
Prometheus as an empty one.
"""

from typing import Any

from ccloud_apply.model.results.inventory import Inventory, InventoryServer
from ccloud_apply.render.inventory.document import whole_text
from ccloud_apply.render.lib.json_text import dump_json

_BETWEEN = ","
"""Around and between tags, so that `.*,web,.*` finds one."""


def render_inventory_prometheus(inventory: Inventory, port: int = 9100) -> str:
    """The list of targets, those of the servers with an address."""
    targets = [
        {"targets": [_target(server.address, port)], "labels": _labels(server)}
        for server in inventory.hosts
        if server.address is not None
    ]
    return dump_json(targets) + "\n"


def _target(address: str, port: int) -> str:
    return f"[{address}]:{port}" if ":" in address else f"{address}:{port}"


def _labels(server: InventoryServer) -> dict[str, Any]:
    tags = f"{_BETWEEN}{_BETWEEN.join(server.tags)}{_BETWEEN}" if server.tags else None
    labels = {
        "instance": server.name,
        "ccloud_stack": server.stack,
        "ccloud_key": server.key,
        "ccloud_base_key": server.base_key,
        "ccloud_hostname": server.hostname,
        "ccloud_pool": server.pool,
        "ccloud_tags": tags,
        "ccloud_status": server.status.value,
    }
    return {name: whole_text(value) for name, value in labels.items() if value is not None}
