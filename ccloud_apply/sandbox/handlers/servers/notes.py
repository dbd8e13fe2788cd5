"""Chapter Server Notes. Notes are read with the server."""

from ccloud_apply.sandbox.http.call import Call, cut_text, read_settled_server


async def set_server_notes(call: Call) -> None:
    """Replaces the notes. An empty text is refused, because notes are required."""
    server = read_settled_server(call)
    server["notes"] = cut_text(call, call.body["notes"])
    call.store.write_server(server)


async def delete_server_notes(call: Call) -> None:
    """Removes the notes, if there are any."""
    server = read_settled_server(call)
    server["notes"] = None
    call.store.write_server(server)
