"""Chapters Misc and Licenses: resources in use, licence products."""

from typing import Any

from ccloud_apply.sandbox.call import Call
from ccloud_apply.sandbox.view import show_entry


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
