"""Chapter Server Notes. Notes are read with the server."""

from ccloud_apply.sandbox.http.call import Call, read_settled_server


async def set_server_notes(call: Call) -> None:
    """Replaces the notes; an empty text counts as none and is refused, because it is required."""
    server = read_settled_server(call)
    server["notes"] = call.body["notes"]
    call.store.write_server(server)


async def delete_server_notes(call: Call) -> None:
    """Removes the notes; there need not be any."""
    server = read_settled_server(call)
    server["notes"] = None
    call.store.write_server(server)
