"""Which way leads to an API: sockets, a proxy, or an API in this process.

Each door is imported where it is opened: no command needs two of them.
"""

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from ccloud_apply.api.connection import Connection
from ccloud_apply.api.http.door import Door
from ccloud_apply.api.http.tls import find_tls

if TYPE_CHECKING:
    import httpx


def open_door(connection: Connection, transport: "httpx.AsyncBaseTransport | None") -> Door:
    """The door to the connection's endpoint. `transport` stands in for the network.

    Nothing is connected before the first request. Raises UsageError for a bad `ca_file`, or a name
    that no host can have.
    """
    parts = urlsplit(connection.endpoint)
    base = f"{parts.scheme}://{parts.netloc}"
    if transport is not None:
        from ccloud_apply.api.http.httpx_door import HttpxDoor

        return HttpxDoor(base, transport, transport)
    tls = find_tls(connection.endpoint, connection.proxy, connection.ca_file)
    if connection.proxy or not parts.netloc.isascii():
        from ccloud_apply.api.http.httpx_door import open_httpx_door

        return open_httpx_door(base, connection.proxy, tls, connection.concurrency)
    from ccloud_apply.api.http.httpcore_door import HttpcoreDoor

    return HttpcoreDoor(base, tls)
