"""The emulator over HTTP, for clients that are not in its process."""

import asyncio
import signal
import socket
import sys

import uvicorn

from ccloud_apply.sandbox.app import create_app
from ccloud_apply.sandbox.options import SandboxOptions


def serve(host: str, port: int, options: SandboxOptions) -> int:
    """Serves until SIGTERM or SIGINT, then stops cleanly and returns the signal's number.

    Port 0 takes a free one. Says where it listens on standard error. Raises OSError if the
    address is taken, sqlite3.Error if the database cannot be opened.
    """
    app = create_app(options)
    try:
        with _listen(host, port) as listener:
            shown = f"[{host}]" if ":" in host else host
            server = _Server(
                uvicorn.Config(app, lifespan="off", access_log=False, log_level="warning"),
                f"listening on http://{shown}:{listener.getsockname()[1]}/api/v1",
            )
            asyncio.run(server.serve(sockets=[listener]))
            return server.signal_number
    finally:
        app.state.sandbox.store.close()


def _listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
    except OSError:
        listener.close()
        raise
    return listener


class _Server(uvicorn.Server):
    """uvicorn, saying where it listens, and ending on a signal without raising it again."""

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
