"""A fleet's database in virtual time, for tests: its clock is the loop's, and it can be away."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Literal

from ccloud_apply.errors import StoreError
from ccloud_apply.fleet.store.database import Database, Transaction
from ccloud_apply.fleet.store.migrate import migrate
from ccloud_apply.fleet.store.sqlite import SqliteDatabase
from tests.support.fleet_rows import add_account
from tests.support.virtual_time import VirtualClock, run_virtually


@asynccontextmanager
async def open_virtual(
    folder: Path, ahead_s: Callable[[], float] = lambda: 0.0
) -> AsyncIterator[SqliteDatabase]:
    """An empty database of a fleet, whose clock is so many seconds ahead of the virtual one."""
    clock = VirtualClock()
    database = SqliteDatabase.open(
        folder / "fleet.db", now=lambda: clock.now().timestamp() + ahead_s()
    )
    await migrate(database)
    try:
        yield database
    finally:
        await database.close()


class Unreliable:
    """A database that can be away, hang, or do what it is asked without an answer."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self.dialect = database.dialect
        self.trouble: Literal["", "away", "hangs", "unanswered"] = ""
        self.transactions = 0

    @asynccontextmanager
    async def write(self) -> AsyncIterator[Transaction]:
        self.transactions += 1
        if self.trouble == "hangs":
            await VirtualClock().sleep(3600)
        if self.trouble == "away":
            raise StoreError("the database is away", hint="start it")
        async with self._database.write() as tx:
            yield tx
        if self.trouble == "unanswered":
            raise StoreError("the connection is lost")

    @asynccontextmanager
    async def read(self) -> AsyncIterator[Transaction]:
        self.transactions += 1
        if self.trouble == "away":
            raise StoreError("the database is away", hint="start it")
        async with self._database.read() as tx:
            yield tx

    async def close(self) -> None:
        await self._database.close()


Test = Callable[[Unreliable], Awaitable[Any]]


def run_with_store(folder: Path, test: Test, *, accounts: tuple[str, ...] = ()) -> Any:
    """What the test gives in virtual time, for a database that has these accounts and no stack."""

    async def go() -> Any:
        async with open_virtual(folder) as database:
            async with database.write() as tx:
                for name in accounts:
                    await add_account(tx, name)
            return await test(Unreliable(database))

    return run_virtually(go())
