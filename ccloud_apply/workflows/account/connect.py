"""Opens the account of a connection: the API over the network, or the embedded one in this process.

Nothing is decided here that the connection does not say.
"""

from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from typing import TYPE_CHECKING

from ccloud_apply.api import connection as api_connection
from ccloud_apply.api.client import Client
from ccloud_apply.api.http.permits import Permits
from ccloud_apply.clock import SystemClock
from ccloud_apply.model.text import count_of
from ccloud_apply.workflows.account.connection import Connection
from ccloud_apply.workflows.account.expected import expect_endpoint, find_doubt
from ccloud_apply.workflows.account.faults import read_faults
from ccloud_apply.workflows.account.run import Run

if TYPE_CHECKING:
    from ccloud_apply.workflows.account.sandbox_transport import SandboxTransport

Note = Callable[[str], None]


@asynccontextmanager
async def open_run(
    connection: Connection,
    *,
    environment: Mapping[str, str] | None = None,
    note: Note | None = None,
    permits: Permits | None = None,
) -> AsyncIterator[Run]:
    """A run with a client of the connection's account, closed at the end.

    `permits` are what its client shares with others of the account.
    `note` is told which requests were sent, and which faults the embedded API has met. Raises
    UsageError for a connection that cannot be used, and WrongAccountError, before anything else is
    read or opened, for another account than the connection expects.
    """
    async with AsyncExitStack() as stack:
        expected = expect_endpoint(connection)
        client = await _open_client(connection, stack, note, permits)
        try:
            yield Run(
                client=client,
                clock=client.clock,
                connection=connection,
                environment=environment or {},
                account_doubt=await find_doubt(client, expected),
            )
        finally:
            if note is not None:
                _tell_requests(client, note)


async def _open_client(
    connection: Connection, stack: AsyncExitStack, note: Note | None, permits: Permits | None
) -> Client:
    if connection.is_sandbox:
        from ccloud_apply.workflows.account.sandbox_transport import SANDBOX_TOKEN, SANDBOX_URL

        transport = await stack.enter_async_context(_open_sandbox(connection, note))
        address = api_connection.Connection(
            endpoint=SANDBOX_URL, token=SANDBOX_TOKEN, concurrency=connection.concurrency
        )
        client = Client(address, clock=SystemClock(), transport=transport, permits=permits)
    else:
        address = api_connection.Connection(
            endpoint=connection.endpoint,
            client_id=connection.client_id,
            client_secret=connection.client_secret,
            token=connection.token,
            ca_file=connection.ca_file,
            proxy=connection.proxy,
            concurrency=connection.concurrency,
        )
        client = Client(address, clock=SystemClock(), permits=permits)
    return await stack.enter_async_context(client)


@asynccontextmanager
async def _open_sandbox(
    connection: Connection, note: Note | None
) -> AsyncIterator["SandboxTransport"]:
    from ccloud_apply.sandbox.app import create_app
    from ccloud_apply.sandbox.options import SandboxOptions
    from ccloud_apply.workflows.account.sandbox_data import sandbox_data
    from ccloud_apply.workflows.account.sandbox_limits import sandbox_limits
    from ccloud_apply.workflows.account.sandbox_transport import SandboxTransport

    faults = read_faults(connection.sandbox_faults)
    db = connection.sandbox_db
    options = SandboxOptions(
        db=db,
        speed=connection.sandbox_speed,
        faults=faults,
        **sandbox_limits(connection.sandbox_limits),
    )
    with sandbox_data(db):
        app = create_app(options)
    try:
        yield SandboxTransport(app)
    finally:
        app.state.sandbox.store.close()
        if note is not None:
            for met in app.state.sandbox.fault_log:
                note(f"fault at request {met.call}, {met.operation}: {met.fault}")


def _tell_requests(client: Client, note: Note) -> None:
    counts = client.requests_by_operation
    parts = ", ".join(f"{name} {counts[name]}" for name in sorted(counts))
    note(f"{client.requests} requests: {parts}")
    if not counts:
        return
    level = client.admission.level
    slower = f" after {count_of(level.halvings, 'slowdown')}" if level.halvings else ""
    note(f"at most {client.admission.highest} at a time; up to {level.value} are allowed{slower}")
