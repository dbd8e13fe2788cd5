"""Chapter Tags.

A tag keeps the spelling in which the account first used it. `tags` is not required by the
document: without it the list is emptied.
"""

from ccloud_apply.sandbox.http.call import Call, read_server, read_settled_server
from ccloud_apply.sandbox.http.errors import Invalid
from ccloud_apply.sandbox.rules.admission import check_tags
from ccloud_apply.sandbox.rules.building import store_tags


async def list_tags(call: Call) -> list[str]:
    """Every tag that the account ever used."""
    return call.store.list_tags()


async def list_server_tags(call: Call) -> list[str]:
    """The tags of one server."""
    return read_server(call)["tags"]


async def set_server_tags(call: Call) -> None:
    """Replaces the whole list."""
    server = read_settled_server(call)
    tags = call.body.get("tags", [])
    errors = check_tags(tags)
    if errors:
        raise Invalid(errors)
    server["tags"] = store_tags(call.store, tags)
    call.store.write_server(server)


async def delete_server_tags(call: Call) -> None:
    """Removes all tags of the server."""
    server = read_settled_server(call)
    server["tags"] = []
    call.store.write_server(server)
