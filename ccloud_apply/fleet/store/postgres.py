"""The tables in PostgreSQL, for many workers. Imported only where a fleet has one: psycopg belongs
to the extra `fleet`.

Nothing waits for ever: connecting, waiting for a connection, statements, row locks and silent
networks all have an end.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from functools import partial
from typing import Any, Self

import psycopg
from psycopg.adapt import Loader
from psycopg.conninfo import conninfo_to_dict
from psycopg.rows import DictRow, dict_row
from psycopg_pool import AsyncConnectionPool, PoolTimeout

from ccloud_apply.errors import StoreError
from ccloud_apply.fleet.store.database import POSTGRES, Dialect, Row, Transaction
from ccloud_apply.fleet.store.transaction import BaseTransaction

CONNECTIONS = 8
"""The most connections of a process. Transactions are short, so more wait only a moment."""

CONNECT_S = 10
"""Seconds to connect, and to wait for a free connection."""

STATEMENT_S = 30
"""Seconds that one statement may take, waiting for locks included."""

IDLE_S = 10.0
"""Seconds that a process may stand still within a transaction. One that is frozen there would keep
the tick, or the lease that it has lost, from everybody else."""

SETTINGS = (
    f"set statement_timeout = '{STATEMENT_S}s';"
    "set lock_timeout = '15s';"
    "set client_encoding = 'UTF8'"
)
_NETWORK = {
    "connect_timeout": CONNECT_S,
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": STATEMENT_S * 1000,
    "application_name": "ccloud-apply",
}

_Connection = psycopg.AsyncConnection[DictRow]
_Pool = AsyncConnectionPool[_Connection]

# A database that is away is told once, by StoreError, and not by the pool for each try.
logging.getLogger("psycopg.pool").setLevel(logging.ERROR)


class _NumberLoader(Loader):
    """Sums of big numbers as what SQLite gives: a whole number, or a float."""

    def load(self, data: Any) -> int | float:
        text = bytes(data).decode("ascii")
        return int(text) if text.lstrip("-").isdecimal() else float(text)


class ScriptTransaction(BaseTransaction):
    """A transaction that also takes scripts."""

    def __init__(self, connection: _Connection, name: str) -> None:
        super().__init__(POSTGRES)
        self._connection = connection
        self._name = name

    async def _do(self, text: str, values: Mapping[str, Any]) -> tuple[list[Row], int]:
        try:
            cursor = await self._connection.execute(text, values)
            rows: list[Row] = list(await cursor.fetchall()) if cursor.description else []
        except psycopg.Error as error:
            raise describe(error, self._name) from error
        return rows, cursor.rowcount

    async def _do_many(self, text: str, rows: Sequence[Mapping[str, Any]]) -> None:
        try:
            async with self._connection.cursor() as cursor:
                await cursor.executemany(text, rows)
        except psycopg.Error as error:
            raise describe(error, self._name) from error

    async def execute_script(self, text: str) -> None:
        """Many statements without parameters, as they are. Raises StoreError."""
        try:
            await self._connection.execute(text.encode())
        except psycopg.Error as error:
            raise describe(error, self._name) from error


class PostgresDatabase:
    """One database, over a few connections that come back after it was away."""

    dialect: Dialect = POSTGRES

    def __init__(self, pool: _Pool, url: str, name: str) -> None:
        self._name = name
        self._pool = pool
        self._url = url

    @property
    def name(self) -> str:
        return self._name

    @classmethod
    async def open(cls, url: str, *, idle_s: float = IDLE_S) -> Self:
        """The database at a URL of libpq, which is reached once to be sure of it.

        A transaction in which nothing is asked for `idle_s` seconds is undone.

        Raises StoreError, which shows no password.
        """
        name = _name(url)
        pool: _Pool = AsyncConnectionPool(
            url,
            kwargs={**_network(url), "autocommit": True, "row_factory": dict_row},
            min_size=1,
            max_size=CONNECTIONS,
            open=False,
            configure=partial(_configure, idle_s=idle_s),
            timeout=CONNECT_S,
            reconnect_timeout=CONNECT_S,  # its pauses grow: those of a longer one would last
        )
        database = cls(pool, url, name)
        await database._reach()
        await pool.open()
        return database

    @asynccontextmanager
    async def write(self) -> AsyncIterator[Transaction]:
        async with self._transaction("begin isolation level read committed read write") as one:
            yield one

    @asynccontextmanager
    async def read(self) -> AsyncIterator[Transaction]:
        async with self._transaction("begin isolation level repeatable read read only") as one:
            yield one

    @asynccontextmanager
    async def script(self) -> AsyncIterator[ScriptTransaction]:
        """A transaction that writes and takes scripts, for migrations: without an end in time."""
        async with self._transaction("begin") as one:
            await one.execute("set local statement_timeout = 0")
            yield one

    async def close(self) -> None:
        await self._pool.close()

    @asynccontextmanager
    async def _transaction(self, begin: str) -> AsyncIterator[ScriptTransaction]:
        connection = await self._begin(begin)
        try:
            transaction = ScriptTransaction(connection, self.name)
            yield transaction
            transaction.check()
            await self._end(connection)
        except BaseException:
            with suppress(psycopg.Error):  # what went wrong first is what has to be told
                await connection.rollback()
            raise
        finally:
            # Shielded: a connection that is not given back would be missing for ever.
            await asyncio.shield(self._pool.putconn(connection))

    async def _begin(self, begin: str) -> _Connection:
        """A connection with a transaction begun. One whose server has gone tells it at the begin,
        when nothing is lost yet: then the next one is tried."""
        for _ in range(self._pool.max_size + 1):
            try:
                connection = await self._pool.getconn()
            except PoolTimeout as error:
                await self._reach()
                raise StoreError(
                    f"the database {self.name} has no connection left for this process",
                    hint="see whether another program blocks its tables",
                ) from error
            try:
                await connection.execute(begin.encode())
            except psycopg.OperationalError:
                await asyncio.shield(self._pool.putconn(connection))
            except BaseException:
                await asyncio.shield(self._pool.putconn(connection))
                raise
            else:
                return connection
        raise StoreError(f"the database {self.name} ends every connection")

    async def _end(self, connection: _Connection) -> None:
        try:
            await connection.execute(b"commit")
        except psycopg.Error as error:
            raise describe(error, self.name) from error

    async def _reach(self) -> None:
        """Connect once beside the pool, which does not tell why it cannot. Raises StoreError."""
        try:
            found = await psycopg.AsyncConnection.connect(self._url, **_network(self._url))
            await found.close()
        except psycopg.Error as error:
            raise describe(error, self.name) from error


async def _configure(connection: _Connection, *, idle_s: float) -> None:
    idle = f"set idle_in_transaction_session_timeout = '{idle_s * 1000:.0f}ms';"
    await connection.execute(f"{idle}{SETTINGS}".encode())
    connection.adapters.register_loader("numeric", _NumberLoader)


def _network(url: str) -> dict[str, Any]:
    """What the URL does not say itself."""
    given = conninfo_to_dict(url)
    return {name: value for name, value in _NETWORK.items() if name not in given}


def _name(url: str) -> str:
    """The database and its host, for messages. Raises StoreError without the text, which may hold
    a password."""
    try:
        if not url.startswith(("postgresql://", "postgres://")):
            raise psycopg.ProgrammingError
        parts = conninfo_to_dict(url)
    except (psycopg.ProgrammingError, UnicodeError):
        raise StoreError(
            "the address of the database is not a URL of PostgreSQL",
            hint="it looks like postgresql://USER@HOST/DATABASE",
        ) from None
    name = parts.get("dbname") or parts.get("user") or "?"
    return f"{name} at {parts.get('host') or 'this machine'}"


def describe(error: psycopg.Error, name: str) -> StoreError:
    """The first line of what PostgreSQL says, without the values of the statement."""
    said = error.diag.message_primary or next(iter(str(error).splitlines()), "")
    return StoreError(f"the database {name} cannot be used: {said}", hint=_find_hint(error))


def _find_hint(error: psycopg.Error) -> str:
    if isinstance(error, psycopg.errors.QueryCanceled | psycopg.errors.LockNotAvailable):
        return "another transaction holds what it needs; see pg_stat_activity"
    if isinstance(error, psycopg.errors.InsufficientPrivilege):
        return "grant the role what the guide of operating a fleet names"
    if error.sqlstate is None and isinstance(error, psycopg.OperationalError):
        return "see whether PostgreSQL runs there and takes connections"
    return ""
