"""The one place where concrete things are chosen and joined: the API over the network, or the
embedded one in this process. Nothing is decided here that settings.py does not say.
"""

from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from typing import TYPE_CHECKING

import httpx

from ccloud_apply.api.client import Client, Connection
from ccloud_apply.cli.inputs.faults import read_faults
from ccloud_apply.cli.inputs.sandbox_data import sandbox_data
from ccloud_apply.cli.output.terminal import Terminal
from ccloud_apply.cli.settings import Settings
from ccloud_apply.clock import SystemClock

if TYPE_CHECKING:
    from ccloud_apply.sandbox.app import SandboxApp
    from ccloud_apply.sandbox.faults import Occurrence

SANDBOX_URL = "http://127.0.0.1/api/v1"
"""Where the embedded API says that it is; no socket is opened."""

SANDBOX_TOKEN = "sandbox-in-process"  # noqa: S105 - the embedded API takes any such token
POLL_MIN_S = 0.5
POLL_MAX_S = 10.0
SANDBOX_POLL_MIN_S = 0.05


@asynccontextmanager
async def open_client(settings: Settings) -> AsyncIterator[Client]:
    """A client of the API that the settings name. Raises UsageError for a sandbox gone bad."""
    async with AsyncExitStack() as stack:
        if settings.is_sandbox:
            transport = await stack.enter_async_context(_open_sandbox(settings))
            connection = Connection(endpoint=SANDBOX_URL, token=SANDBOX_TOKEN)
            client = Client(connection, clock=SystemClock(), transport=transport)
        else:
            connection = Connection(
                endpoint=settings.endpoint,
                client_id=settings.credentials.client_id,
                client_secret=settings.credentials.client_secret,
                token=settings.credentials.token,
                ca_file=settings.ca_file,
                proxy=settings.proxy,
            )
            client = Client(connection, clock=SystemClock())
        await stack.enter_async_context(client)
        try:
            yield client
        finally:
            if settings.is_verbose:
                _tell_requests(client)


@asynccontextmanager
async def _open_sandbox(settings: Settings) -> AsyncIterator[httpx.AsyncBaseTransport]:
    from ccloud_apply.sandbox.app import create_app
    from ccloud_apply.sandbox.options import SandboxOptions

    faults = read_faults(settings.sandbox_faults)
    options = SandboxOptions(db=settings.sandbox_db, speed=settings.sandbox_speed, faults=faults)
    with sandbox_data(settings.sandbox_db):
        app = create_app(options)
    try:
        yield SandboxTransport(app)
    finally:
        app.state.sandbox.store.close()
        if settings.is_verbose:
            _tell_faults(app.state.sandbox.fault_log)


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


def poll_min_s(settings: Settings) -> float:
    """The shortest pause between two looks at running tasks, in seconds."""
    return SANDBOX_POLL_MIN_S if settings.is_sandbox else POLL_MIN_S


def _tell_faults(log: Sequence["Occurrence"]) -> None:
    for met in log:
        Terminal().write_note(f"fault at request {met.call}, {met.operation}: {met.fault}")


def _tell_requests(client: Client) -> None:
    counts = client.requests_by_operation
    parts = ", ".join(f"{name} {counts[name]}" for name in sorted(counts))
    Terminal().write_note(f"{client.requests} requests: {parts}")
