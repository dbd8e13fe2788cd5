"""Chapters Misc and Licenses: resource usage, licence products, operations of the vendor's panel.

The document gives the panel's two operations neither a schema nor an example.
"""

from typing import Any

from ccloud_apply.sandbox.http.call import Call
from ccloud_apply.sandbox.options import CUSTOMER_ID
from ccloud_apply.sandbox.state.view import show_entry

TRANSLATIONS = {
    "de": {"server": "Server", "disk": "Festplatte", "memory": "Arbeitsspeicher", "pool": "Pool"},
    "en": {"server": "Server", "disk": "Disk", "memory": "Memory", "pool": "Pool"},
}


async def get_translations(call: Call) -> dict[str, Any]:
    """The panel's words, by language."""
    return TRANSLATIONS


async def get_config(call: Call) -> dict[str, Any]:
    """Settings of the panel: the limits of a server, in cores and GB."""
    return {
        "customer_id": CUSTOMER_ID,
        "max_cores": call.options.max_cores,
        "max_memory": call.options.max_memory_gb,
        "max_disk": call.options.max_disk_gb,
        "max_disks": call.options.max_disks,
    }


async def get_resource_info(call: Call) -> dict[str, Any]:
    """The resources in use, and the limits: zeros for an unlimited account."""
    limits = call.options.limits
    nothing = {"cores": 0, "memory": 0, "disk": 0}
    return {
        "resources_limited": limits is not None,
        "usage": call.store.sum_resources(),
        "limits": {**nothing, **(limits or {})},
    }


async def list_licenses(call: Call) -> list[dict[str, Any]]:
    """The licence products; the path has no /ccloud.

    Oddity: docs/reference/api-oddities.md, "addons, redeploy, subscription import/export,
    licenses".
    """
    return [show_entry(entry) for entry in call.store.read_catalogue("licenses")]
