"""The tables in a file of SQLite, for one process. Statements run in threads, never in the loop."""

import asyncio
import os
import sqlite3
import time
from collections.abc import AsyncIterator, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Self, TypeVar

from ccloud_apply.errors import StoreError
from ccloud_apply.fleet.store.database import SQLITE, Dialect, Row, Transaction
from ccloud_apply.fleet.store.dialect import render

_BUSY_S = 30.0
_Value = TypeVar("_Value")


class _Connection:
    """One connection in a thread of its own: SQLite's connections belong to their thread."""

    def __init__(self, path: str, now: Callable[[], float]) -> None:
        self._path = path
        self._now = now
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="fleet-sqlite")
        self._connection: sqlite3.Connection | None = None
        self._lock = asyncio.Lock()

    @asynccontextmanager
    async def transaction(self, begin: str) -> AsyncIterator[Transaction]:
        async with self._lock:
            await self._call(lambda c: c.execute(begin))
            try:
                yield _Transaction(self)
            except BaseException:
                await asyncio.shield(self._call(lambda c: c.rollback()))
                raise
            await asyncio.shield(self._call(lambda c: c.commit()))

    async def call(self, work: Callable[[sqlite3.Connection], _Value]) -> _Value:
        return await self._call(work)

    async def _call(self, work: Callable[[sqlite3.Connection], _Value]) -> _Value:
        def in_thread() -> _Value:
            if self._connection is None:
                self._connection = self._open()
            return work(self._connection)

        loop = asyncio.get_running_loop()
        try:
            return await loop.run_in_executor(self._thread, in_thread)
        except sqlite3.Error as error:
            raise StoreError(f"the database {self._path} cannot be used: {error}") from error

    def _open(self) -> sqlite3.Connection:
        connection = sqlite3.connect(self._path, timeout=_BUSY_S, isolation_level=None)
        connection.row_factory = sqlite3.Row
        connection.create_function("fleet_now", 0, self._now)
        connection.execute("pragma journal_mode = wal")
        connection.execute("pragma synchronous = full")
        connection.execute("pragma foreign_keys = on")
        return connection

    async def close(self) -> None:
        def in_thread() -> None:
            if self._connection is not None:
                self._connection.close()

        async with self._lock:
            await asyncio.get_running_loop().run_in_executor(self._thread, in_thread)
        self._thread.shutdown()


class _Transaction:
    def __init__(self, connection: _Connection) -> None:
        self._connection = connection

    async def execute(self, statement: str, **parameters: Any) -> int:
        text = render(statement, SQLITE)
        return await self._connection.call(lambda c: c.execute(text, parameters).rowcount)

    async def fetch(self, statement: str, **parameters: Any) -> Sequence[Row]:
        text = render(statement, SQLITE)
        return await self._connection.call(
            lambda c: [dict(row) for row in c.execute(text, parameters)]
        )

    async def fetch_one(self, statement: str, **parameters: Any) -> Row | None:
        rows = await self.fetch(statement, **parameters)
        return rows[0] if rows else None


class SqliteDatabase:
    """One file, 0600. Writers take turns; readers do not wait for them. `now` is the clock."""

    dialect: Dialect = SQLITE

    def __init__(self, writer: _Connection, reader: _Connection) -> None:
        self._writer = writer
        self._reader = reader

    @classmethod
    def open(cls, path: Path, *, now: Callable[[], float] = time.time) -> Self:
        """The database in this file, which is made if it is not there. Raises StoreError."""
        try:
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600))
        except OSError as error:
            raise StoreError(
                f"the database {path} cannot be used: {error.strerror}",
                hint="name another folder with CCLOUD_WORK_DIR",
            ) from error
        return cls(_Connection(str(path), now), _Connection(str(path), now))

    @asynccontextmanager
    async def write(self) -> AsyncIterator[Transaction]:
        async with self._writer.transaction("begin immediate") as transaction:
            yield transaction

    @asynccontextmanager
    async def read(self) -> AsyncIterator[Transaction]:
        async with self._reader.transaction("begin deferred") as transaction:
            yield transaction

    async def close(self) -> None:
        await self._writer.close()
        await self._reader.close()
