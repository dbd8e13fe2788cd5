"""The tables in a file of SQLite, for one machine. Statements run in threads, never in the loop."""

import asyncio
import os
import sqlite3
import time
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any, Self, TypeVar

from ccloud_apply.errors import StoreError
from ccloud_apply.fleet.store.database import SQLITE, Dialect, Row, Transaction
from ccloud_apply.fleet.store.transaction import BaseTransaction

BUSY_S = 30.0
"""Seconds to wait for another process that writes."""

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
            try:
                await self.call(lambda c: c.execute(begin))
                transaction = _Transaction(self)
                yield transaction
                transaction.check()
                await self.call(lambda c: c.commit())
            except BaseException:
                with suppress(StoreError):  # what went wrong first is what has to be told
                    await self.call(lambda c: c.rollback())
                raise

    async def call(self, work: Callable[[sqlite3.Connection], _Value]) -> _Value:
        """Let the thread do it. A thread cannot be cancelled, so a cancelled caller waits for it:
        the connection is never given on in the middle of something. Raises StoreError."""

        def in_thread() -> _Value:
            if self._connection is None:
                self._connection = self._open()
            return work(self._connection)

        future = asyncio.get_running_loop().run_in_executor(self._thread, in_thread)
        try:
            return await _finish(future)
        except (sqlite3.Error, OverflowError, UnicodeError) as error:
            raise StoreError(
                f"the database {self._path} cannot be used: {error}", hint=_find_hint(error)
            ) from error

    def _open(self) -> sqlite3.Connection:
        connection = sqlite3.connect(self._path, timeout=BUSY_S, isolation_level=None)
        try:
            self._set_up(connection)
        except BaseException:  # such as a file that another process is making just now
            connection.close()
            raise
        return connection

    def _set_up(self, connection: sqlite3.Connection) -> None:
        connection.row_factory = sqlite3.Row
        connection.create_function("fleet_now", 0, self._now)
        connection.create_function("greatest", -1, _greatest, deterministic=True)
        connection.create_function("least", -1, _least, deterministic=True)
        connection.execute("pragma journal_mode = wal")
        connection.execute("pragma synchronous = full")
        connection.execute("pragma foreign_keys = on")
        connection.execute("pragma case_sensitive_like = on")

    async def close(self) -> None:
        def in_thread() -> None:
            if self._connection is not None:
                self._connection.close()

        async with self._lock:
            await _finish(asyncio.get_running_loop().run_in_executor(self._thread, in_thread))
        self._thread.shutdown()


async def _finish(future: "asyncio.Future[_Value]") -> _Value:
    """The future's value. A cancellation is raised once the future is done, and not before."""
    cancelled: asyncio.CancelledError | None = None
    while not future.done():
        try:
            await asyncio.wait((future,))
        except asyncio.CancelledError as error:
            cancelled = error
    if cancelled is not None:
        future.exception()  # looked at: the cancellation is what is told
        raise cancelled
    return future.result()


def _find_hint(error: Exception) -> str:
    if "locked" in str(error):
        return "another process writes to it and does not end; see which one has it open"
    if "disk" in str(error) and "full" in str(error):
        return "make room on its disk"
    return ""


def _greatest(*values: Any) -> Any:
    """The greatest of the values that are not null, as PostgreSQL's."""
    return max((value for value in values if value is not None), default=None)


def _least(*values: Any) -> Any:
    return min((value for value in values if value is not None), default=None)


class _Transaction(BaseTransaction):
    def __init__(self, connection: _Connection) -> None:
        super().__init__(SQLITE)
        self._connection = connection

    async def _do(self, text: str, values: Mapping[str, Any]) -> tuple[list[Row], int]:
        def in_thread(connection: sqlite3.Connection) -> tuple[list[Row], int]:
            cursor = connection.execute(text, values)
            rows: list[Row] = [dict(row) for row in cursor]
            return rows, cursor.rowcount

        return await self._connection.call(in_thread)

    async def _do_many(self, text: str, rows: Sequence[Mapping[str, Any]]) -> None:
        await self._connection.call(lambda c: c.executemany(text, rows))


class SqliteDatabase:
    """One file, 0600. Writers take turns; readers do not wait for them. `now` is the clock."""

    dialect: Dialect = SQLITE

    def __init__(self, path: str, writer: _Connection, reader: _Connection) -> None:
        self._name = path
        self._writer = writer
        self._reader = reader

    @property
    def name(self) -> str:
        return self._name

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
        return cls(str(path), _Connection(str(path), now), _Connection(str(path), now))

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
