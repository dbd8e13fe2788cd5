"""Chapter Various: the catalogues of systems, addons and rollouts.

Oddity: docs/reference/api-oddities.md, the row of `POST .../dvds`: systems and rollouts are
documented with one object where a list is meant.
"""

from typing import Any

from ccloud_apply.sandbox.http.call import Call
from ccloud_apply.sandbox.state.view import show_entry, show_list


async def list_os(call: Call) -> Any:
    """The images; the minimum disk size is a string.

    Oddity: docs/reference/api-oddities.md, "`min_disk` in `/ccloud/os` is a string".
    """
    return show_list(call, [show_entry(entry) for entry in call.store.read_catalogue("os")])


async def list_addons(call: Call) -> list[dict[str, Any]]:
    """The addons. The document does not say how `supported_os` names a system."""
    return [show_entry(entry) for entry in call.store.read_catalogue("addons")]


async def list_rollouts(call: Call) -> Any:
    """The software that can be installed with a new server."""
    return show_list(call, [show_entry(entry) for entry in call.store.read_catalogue("rollouts")])
