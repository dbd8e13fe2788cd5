"""Which way leads to an API: sockets, a proxy, or an API in this process."""

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from ccloud_apply.api.connection import Connection
from ccloud_apply.api.http.door import Door
from ccloud_apply.api.http.tls import find_tls
from ccloud_apply.api.http.wire.wire import Wire

if TYPE_CHECKING:
    import httpx


def open_door(connection: Connection, transport: "httpx.AsyncBaseTransport | None") -> Door:
    """The door to the connection's endpoint. `transport` stands in for the network.

    Nothing is connected before the first request. Raises UsageError for a bad `ca_file`.
    """
    parts = urlsplit(connection.endpoint)
    base = f"{parts.scheme}://{parts.netloc}"
    if transport is not None:
        from ccloud_apply.api.http.library_door import LibraryDoor  # httpx is slow to import

        return LibraryDoor(base, transport, transport)
    tls = find_tls(connection.endpoint, connection.proxy, connection.ca_file)
    if connection.proxy or not parts.netloc.isascii():
        from ccloud_apply.api.http.library_door import open_library_door

        return open_library_door(base, connection.proxy, tls, connection.concurrency)
    return Wire(base, tls)
