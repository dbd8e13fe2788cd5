"""Chapter Server Addons. The catalogue of addons is in sandbox/handlers/catalogues/various.py.

Oddity: docs/reference/api-oddities.md, "addons, redeploy, subscription import/export, licenses":
these paths have no /ccloud. The document's list of addons holds one, its catalogue many: any known
addon is taken here.
"""

from ccloud_apply.sandbox.http.call import Call, read_settled_server
from ccloud_apply.sandbox.http.errors import Invalid, not_found
from ccloud_apply.sandbox.rules.admission import check_addon
from ccloud_apply.sandbox.state.record import Addon


async def set_server_addon(call: Call) -> None:
    """Sets how many of an addon the server has, one if no count is given.

    The option `addon_put` makes it add to what the server has.
    """
    server = read_settled_server(call)
    name = call.path["addon"]
    count = call.body.get("count", 1)
    held = next((addon["count"] for addon in server["addons"] if addon["name"] == name), 0)
    text = check_addon(
        call,
        name,
        count,
        kind=server["type"],
        image=call.store.read_entry("os", server["image"]) or {},
        pool=call.store.read_entry("pools", server["pool"]) or {},
        held=held,
    )
    if text:
        raise Invalid({"addon": text})
    if call.options.addon_put == "add":
        count += held
    others = [addon for addon in server["addons"] if addon["name"] != name]
    server["addons"] = [*others, Addon(name=name, count=count)]
    call.store.write_server(server)


async def delete_server_addon(call: Call) -> None:
    """Removes an addon; 404 for one that the server does not have."""
    server = read_settled_server(call)
    name = call.path["addon"]
    if all(addon["name"] != name for addon in server["addons"]):
        raise not_found(f"The addon {name} of {server['hostname']}")
    entry = call.store.read_entry("addons", name)
    if entry is not None and not entry["deletable"]:
        raise Invalid({"addon": f"The addon {name} can not be deleted."})
    server["addons"] = [addon for addon in server["addons"] if addon["name"] != name]
    call.store.write_server(server)
