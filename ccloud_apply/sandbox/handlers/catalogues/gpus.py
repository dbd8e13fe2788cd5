"""Chapter GPUs. A GPU is ordered as an addon."""

from typing import Any

from ccloud_apply.sandbox.http.call import Call, read_server
from ccloud_apply.sandbox.state.store import Entry
from ccloud_apply.sandbox.state.view import show_entry


async def list_gpus(call: Call) -> list[dict[str, Any]]:
    """The models of all pools."""
    return [show_entry(entry) for entry in call.store.read_catalogue("gpus")]


async def list_server_gpus(call: Call) -> list[dict[str, Any]]:
    """The models in the server's pool, and how many are left."""
    server = read_server(call)
    names = ("name", "addon_name", "desc_de", "desc_en")
    return [
        {**{name: entry[name] for name in names}, "count": _left(call, entry)}
        for entry in call.store.read_catalogue("gpus")
        if server["pool"] in entry["pools"]
    ]


def _left(call: Call, entry: Entry) -> int:
    return int(entry["_count"]) - call.store.count_addon(entry["addon_name"])
