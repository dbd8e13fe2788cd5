"""The page of a fleet behind real HTTP, on tables that a test fills itself."""

import asyncio
import socket
import threading
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

import uvicorn

from ccloud_apply.fleet.model.config import AccountConfig, FleetConfig, Rule
from ccloud_apply.fleet.store.database import Transaction
from ccloud_apply.fleet.store.migrate import migrate
from ccloud_apply.fleet.store.sqlite import SqliteDatabase
from ccloud_apply.fleet.web.app import create_app
from ccloud_apply.fleet.web.auth.entrance import open_entrance
from ccloud_apply.fleet.web.live import Pace, Streams
from tests.conftest import PATIENCE_S
from tests.support.fleet_rows import NOW

T = TypeVar("T")
QUICK = Pace(look_s=0.02, sign_s=600.0, life_s=600.0)
"""Looks often, so that a test waits for nothing."""


class ServedPage:
    """A page in a thread of its own. `moment` is the clock of its database."""

    def __init__(self, database: SqliteDatabase, loop: asyncio.AbstractEventLoop, url: str) -> None:
        self.database = database
        self.url = url
        self.woken = 0
        self._loop = loop

    def wake(self) -> None:
        """What the page calls after each decision: counted."""
        self.woken += 1

    def write(self, work: Callable[[Transaction], Awaitable[T]]) -> T:
        """Do this to the tables, as a worker would while the page is open."""

        async def whole() -> T:
            async with self.database.write() as tx:
                return await work(tx)

        return asyncio.run_coroutine_threadsafe(whole(), self._loop).result(PATIENCE_S)

    def call(self, work: Callable[[], None]) -> None:
        """Do this in the page's own thread."""
        self._loop.call_soon_threadsafe(work)

    def execute(self, statement: str, **parameters: Any) -> None:
        """One statement."""
        self.write(lambda tx: tx.execute(statement, **parameters))


@contextmanager
def serve_page(folder: Path, *, streams: Streams | None = None) -> Iterator[ServedPage]:
    """The page on empty tables of SQLite whose clock stands still at NOW."""
    started = threading.Event()
    found: list[ServedPage] = []
    stop: list[Callable[[], None]] = []

    async def serve() -> None:
        database = SqliteDatabase.open(folder / "fleet.db", now=lambda: NOW)
        await migrate(database)
        async with database.write() as tx:
            await tx.execute("insert into tick (id, ticked_at) values (1, :now)", now=NOW)
        account = AccountConfig(name="acme", endpoint="sandbox")
        config = FleetConfig(
            path="fleet.yaml", accounts={"acme": account}, sources=(), rules=(Rule(),)
        )
        open_streams = streams or Streams(pace=QUICK)
        app = create_app(
            database,
            config,
            open_entrance(config, database),
            streams=open_streams,
            wake=lambda: found[0].wake(),
            read_file=lambda stack: f"stack: {stack.name}\nservers: {{}} # <script>\n",
        )
        loop = asyncio.get_running_loop()
        with socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP) as listener:
            listener.bind(("127.0.0.1", 0))
            server = uvicorn.Server(uvicorn.Config(app, lifespan="off", log_level="warning"))
            serving = asyncio.create_task(server.serve(sockets=[listener]))
            port = listener.getsockname()[1]
            found.append(ServedPage(database, loop, f"http://127.0.0.1:{port}"))

            def end() -> None:
                open_streams.stop()
                server.should_exit = True

            stop.append(end)
            started.set()
            await serving
        await database.close()

    thread = threading.Thread(target=lambda: asyncio.run(serve()))
    thread.start()
    try:
        assert started.wait(PATIENCE_S)
        yield found[0]
    finally:
        found[0].call(stop[0])
        thread.join(PATIENCE_S)
        assert not thread.is_alive()
