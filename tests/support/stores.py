"""Databases of a fleet for tests: empty ones at this version, on SQLite and on PostgreSQL."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from functools import cache
from pathlib import Path
from typing import Any, Literal

from ccloud_apply.fleet.store.database import Database
from ccloud_apply.fleet.store.migrate import migrate
from ccloud_apply.fleet.store.sqlite import SqliteDatabase
from tests.support.leaping_time import run_leaping
from tests.support.postgres import Emptied, start_postgres

StoreKind = Literal["sqlite", "postgres"]
KINDS: tuple[StoreKind, ...] = ("sqlite", "postgres")

_TEMPLATE = "fleet_template"


class Store:
    """One empty database of a fleet, which can be opened as often as a test has processes.

    `url` is that of PostgreSQL, `path` the file of SQLite; the other one is None.
    """

    def __init__(
        self, kind: StoreKind, *, url: str | None = None, path: Path | None = None
    ) -> None:
        self.kind = kind
        self.url = url
        self.path = path

    @asynccontextmanager
    async def open(self, *, now: Callable[[], float] | None = None) -> AsyncIterator[Database]:
        """A connection to it. `now` is the clock of SQLite; PostgreSQL has its own."""
        if self.url is not None:
            from ccloud_apply.fleet.store.postgres import PostgresDatabase

            database: Database = await PostgresDatabase.open(self.url)
        else:
            assert self.path is not None
            given = {} if now is None else {"now": now}
            database = SqliteDatabase.open(self.path, **given)
            await migrate(database)
        try:
            yield database
        finally:
            await database.close()


def run(store: Store, test: Callable[[Database], Awaitable[Any]]) -> Any:
    """What the test gives for a connection to the store, in a loop that can leap."""

    async def go() -> Any:
        async with store.open() as database:
            return await test(database)

    return run_leaping(go())


@contextmanager
def open_store(kind: StoreKind, folder: Path) -> Iterator[Store]:
    """An empty database of a fleet: a file in the folder, or the process's database emptied."""
    if kind == "sqlite":
        yield Store(kind, path=folder / "fleet.db")
        return
    database = _share_database()
    database.empty()
    yield Store(kind, url=database.url)


@cache
def _share_database() -> Emptied:
    server = start_postgres()
    url = server.create("fleet_shared", make_template())
    return Emptied(url, ("migration", "engine_migration"))


@cache
def make_template() -> str:
    """The name of a database of PostgreSQL at this version, that others are copied from."""
    from ccloud_apply.fleet.store.engine_schema import migrate_engine
    from ccloud_apply.fleet.store.postgres import PostgresDatabase

    url = start_postgres().create(_TEMPLATE)

    async def prepare() -> None:
        database = await PostgresDatabase.open(url)
        try:
            await migrate(database)
            await migrate_engine(database)
        finally:
            await database.close()

    asyncio.run(prepare())
    return _TEMPLATE
