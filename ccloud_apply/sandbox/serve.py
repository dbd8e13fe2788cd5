"""Serves the emulator over HTTP, for clients in other processes."""

import asyncio
import signal
import socket
import sys

import uvicorn
from starlette.types import ASGIApp, Receive, Scope, Send
from uvicorn.protocols.http.h11_impl import H11Protocol

from ccloud_apply.sandbox.app import create_app
from ccloud_apply.sandbox.faults import ConnectionDropped, Occurrence
from ccloud_apply.sandbox.options import SandboxOptions

STOP_S = 3
"""Seconds that a stop waits for answers in flight, including those that a fault delays."""


def serve(host: str, port: int, options: SandboxOptions) -> int:
    """Serves until SIGTERM or SIGINT, then stops cleanly and returns the signal's number.

    Port 0 means any free port. Prints its address on standard error. Raises OSError if the
    address is in use, sqlite3.Error if the database cannot be opened.
    """
    app = create_app(options)
    if options.faults is not None:
        options.faults.watch = _tell
    try:
        with _listen(host, port) as listener:
            shown = f"[{host}]" if ":" in host else host
            server = _Server(
                uvicorn.Config(
                    _Dropping(app),
                    http=_Protocol,
                    lifespan="off",
                    access_log=False,
                    log_level="warning",
                    timeout_graceful_shutdown=STOP_S,
                ),
                f"listening on http://{shown}:{listener.getsockname()[1]}/api/v1",
            )
            asyncio.run(server.serve(sockets=[listener]))
            return server.signal_number
    finally:
        app.state.sandbox.store.close()


def _listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # asyncio sends the second part of an answer at once only where TCP is named; else it waits for
    # the client to acknowledge the first.
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
    except OSError:
        listener.close()
        raise
    return listener


def _tell(met: Occurrence) -> None:
    sys.stderr.write(f"request {met.call}, {met.operation}: {met.fault} (rule {met.rule + 1})\n")
    sys.stderr.flush()


class _Protocol(H11Protocol):
    """uvicorn's own protocol, which passes each request its connection."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        self.app_state = {**self.app_state, "connection": transport}
        super().connection_made(transport)


class _Dropping:
    """Ends the TCP connection of a request that raises ConnectionDropped."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await self._app(scope, receive, send)
        except ConnectionDropped as dropped:
            connection: asyncio.Transport = scope["state"]["connection"]
            if dropped.phase == "body":
                connection.close()  # sends what was written first
            else:
                connection.abort()
            # uvicorn would take an earlier return for a missing answer.
            while (await receive())["type"] != "http.disconnect":
                pass


class _Server(uvicorn.Server):
    """uvicorn that prints its address, and does not raise a signal again after the stop."""

    def __init__(self, config: uvicorn.Config, greeting: str) -> None:
        super().__init__(config)
        self._greeting = greeting
        self.signal_number = 0

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        sys.stderr.write(f"{self._greeting}\n")
        sys.stderr.flush()

    async def serve(self, sockets: list[socket.socket] | None = None) -> None:
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self._stop, number)
        await self._serve(sockets)

    def _stop(self, number: int) -> None:
        self.signal_number = number
        self.handle_exit(number, None)
