"""The embedded API in place of the network: no socket is opened."""

from typing import TYPE_CHECKING

import httpx

if TYPE_CHECKING:
    from ccloud_apply.sandbox.app import SandboxApp

SANDBOX_URL = "http://127.0.0.1/api/v1"
"""Where the embedded API says that it is."""

SANDBOX_TOKEN = "sandbox-in-process"  # noqa: S105 - the embedded API takes any such token


class SandboxTransport(httpx.AsyncBaseTransport):
    """The embedded API in place of the network: a connection that a fault ends, ends here too."""

    def __init__(self, app: "SandboxApp") -> None:
        from ccloud_apply.sandbox.faults import ConnectionDropped

        self._transport = httpx.ASGITransport(app=app)
        self._dropped = ConnectionDropped

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """The app's answer. Raises what httpx raises where a real connection ends like this."""
        try:
            return await self._transport.handle_async_request(request)
        except self._dropped as dropped:
            raise _broken(dropped.phase)(_ENDINGS[dropped.phase], request=request) from None


_ENDINGS = {
    "connect": "Connection refused",
    "before": "Connection reset by peer",
    "after": "Connection reset by peer",
    "body": "peer closed connection without sending complete message body",
}


def _broken(phase: str) -> type[httpx.TransportError]:
    if phase == "connect":
        return httpx.ConnectError
    return httpx.RemoteProtocolError if phase == "body" else httpx.ReadError
