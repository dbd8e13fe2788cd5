"""Chapter Pools."""

from typing import Any

from ccloud_apply.sandbox.http.call import Call
from ccloud_apply.sandbox.http.errors import not_found
from ccloud_apply.sandbox.state.view import read_flag, show_entry


async def list_pools(call: Call) -> list[dict[str, Any]]:
    """The pools; those that are full (nagios_active is false) only on request."""
    every = call.store.read_catalogue("pools")
    with_inactive = read_flag(call.query, "inactive")
    return [show_entry(entry) for entry in every if entry["nagios_active"] or with_inactive]


async def get_pool(call: Call) -> dict[str, Any]:
    """One pool by its tag, full or not."""
    entry = call.store.read_entry("pools", call.path["tag"])
    if entry is None:
        raise not_found(f"The pool {call.path['tag']}")
    return show_entry(entry)
