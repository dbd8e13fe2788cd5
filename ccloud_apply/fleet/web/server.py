"""Serves the page of a fleet in the event loop of its worker."""

import asyncio
import socket
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager

import uvicorn

from ccloud_apply.errors import UsageError
from ccloud_apply.fleet.model.config import FleetConfig
from ccloud_apply.fleet.secrets import read_secret
from ccloud_apply.fleet.store.database import Database
from ccloud_apply.fleet.web.app import create_app
from ccloud_apply.fleet.web.auth.entrance import open_entrance
from ccloud_apply.fleet.web.hooks.routes import Hooks, hook_routes
from ccloud_apply.fleet.web.listen import SERVER_OPTIONS, Listen
from ccloud_apply.fleet.web.live import Streams
from ccloud_apply.fleet.web.operating import operating_routes
from ccloud_apply.model.declared.reference import Reference
from ccloud_apply.model.results.fleet import FleetStack

STOP_S = 5
"""Seconds that a stop waits for answers."""

_BACKLOG = 128


@asynccontextmanager
async def serve_page(
    database: Database,
    config: FleetConfig,
    environment: Mapping[str, str],
    listen: Listen,
    *,
    wake: Callable[[], None] = lambda: None,
    read_file: Callable[[FleetStack], str | None] = lambda stack: None,
) -> AsyncIterator[str]:
    """Serve until the body ends; gives the address. `wake` is called after each decision,
    `read_file` gives the text of a stack's file.

    Raises UsageError where the address cannot be had, or nobody could sign in.
    """

    async def read(reference: Reference) -> str:
        return await read_secret(reference, environment)

    oidc = config.web.oidc
    secret = None if oidc is None else await read(oidc.client_secret)
    entrance = open_entrance(config, database, oidc_secret=secret)
    streams = Streams()
    hooks = Hooks(sources=config.sources, database=database, read_secret=read, wake=wake)
    app = create_app(
        database,
        config,
        entrance,
        listen=listen.host,
        streams=streams,
        wake=wake,
        read_file=read_file,
        routes=(*operating_routes(database), *hook_routes(hooks)),
    )
    with _listen(listen) as listener:
        server = _Server(
            uvicorn.Config(
                app,
                lifespan="off",
                log_level="warning",
                timeout_graceful_shutdown=STOP_S,
                **SERVER_OPTIONS,
            )
        )
        serving = asyncio.create_task(server.serve(sockets=[listener]))
        host = f"[{listen.host}]" if ":" in listen.host else listen.host
        try:
            yield f"http://{host}:{listener.getsockname()[1]}/"
        finally:
            streams.stop()
            server.should_exit = True
            await serving


@contextmanager
def _listen(listen: Listen) -> Iterator[socket.socket]:
    family = socket.AF_INET6 if ":" in listen.host else socket.AF_INET
    # asyncio sends the second part of an answer at once only where TCP is named; else it waits for
    # the client to acknowledge the first.
    with socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP) as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((listen.host, listen.port))
            listener.listen(_BACKLOG)
        except OSError as error:
            raise UsageError(
                f"--listen: {listen.host}:{listen.port} cannot be had: {error.strerror}",
                hint="name another port, such as --listen 127.0.0.1:0 for any free one",
            ) from error
        yield listener


class _Server(uvicorn.Server):
    """uvicorn that leaves signals to whoever has started it."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield
