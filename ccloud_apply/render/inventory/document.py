"""A server of the inventory as plain values, by the keys of the contract.

JSON, CSV and the variables of Ansible's hosts are made of it.
"""

from typing import Any

from ccloud_apply.model.documents.encode import encode_addresses
from ccloud_apply.model.results.inventory import InventoryServer


def encode_server(server: InventoryServer) -> dict[str, Any]:
    """The server's keys and values; what is unknown is None."""
    source = server.declared
    return {
        "stack": server.stack,
        "key": server.key,
        "hostname": server.hostname,
        "custom_name": server.custom_name,
        **encode_addresses(server.addresses),
        "cores": server.cores,
        "memory": server.memory_gb,
        "disk": server.disk_gb,
        "pool": server.pool,
        "type": server.type,
        "image": server.image,
        "os_name": server.os_name,
        "tags": list(server.tags),
        "created_at": server.created_at,
        "created_by": server.created_by,
        "declared": None if source is None else {"path": source.path, "line": source.line},
        "status": server.status.value,
        "marks": list(server.marks),
        "retires": None if server.retires is None else server.retires.isoformat(),
        "state": server.state,
        "monthly_cost": server.monthly_cost,
        "currency": server.currency,
        "name": server.name,
        "base_key": server.base_key,
        "address": server.address,
        "building": server.is_building,
        "deleting": server.is_deleting,
    }


def whole_text(text: str) -> str:
    """The text without half characters, of which other tools' JSON readers make an error."""
    return text.encode("utf-8", "replace").decode()
