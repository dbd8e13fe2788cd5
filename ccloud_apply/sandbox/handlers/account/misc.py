"""Chapters Misc and Licenses: resources in use, licence products, what the vendor's panel asks for.

The document gives the panel's two operations neither a schema nor an example.
"""

from typing import Any

from ccloud_apply.sandbox.http.call import CUSTOMER_ID, Call
from ccloud_apply.sandbox.rules.admission import MAX_CORES, MAX_DISK_GB, MAX_DISKS, MAX_MEMORY_GB
from ccloud_apply.sandbox.state.view import show_entry

TRANSLATIONS = {
    "de": {"server": "Server", "disk": "Festplatte", "memory": "Arbeitsspeicher", "pool": "Pool"},
    "en": {"server": "Server", "disk": "Disk", "memory": "Memory", "pool": "Pool"},
}


async def get_translations(call: Call) -> dict[str, Any]:
    """Words of the panel by language."""
    return TRANSLATIONS


async def get_config(call: Call) -> dict[str, Any]:
    """Values that the panel works with: the bounds of a server, in cores and GB."""
    return {
        "customer_id": CUSTOMER_ID,
        "max_cores": MAX_CORES,
        "max_memory": MAX_MEMORY_GB,
        "max_disk": MAX_DISK_GB,
        "max_disks": MAX_DISKS,
    }


async def get_resource_info(call: Call) -> dict[str, Any]:
    """What is in use and what is allowed; zeros where nothing is limited."""
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
