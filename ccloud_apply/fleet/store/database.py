"""What the statements need of a database, and what differs between SQLite and PostgreSQL.

Statements have `:name` parameters, times as seconds since 1970 and JSON as text. What no common SQL
says stands in braces and is put in per dialect (`Dialect`): `{now}`, `{for_update}`,
`{skip_locked}`. The functions `greatest` and `least`, `like` with upper and lower case, and the
order of texts by their bytes are the same on both.
"""

from collections.abc import Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from typing import Any, Protocol

from ccloud_apply.lazy_dataclass import dataclass

Row = Mapping[str, Any]
"""One row, by the names of its columns."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Dialect:
    """What stands for the words in braces. `now` is the database's own clock, in seconds."""

    name: str
    now: str
    for_update: str
    skip_locked: str
    identity: str
    """The type of a column that numbers its rows."""
    text: str
    """The type of a text that is compared by its bytes, whatever the database's language is."""


SQLITE = Dialect(
    name="sqlite",
    now="fleet_now()",  # a function of the connection: before 3.42 SQLite tells no fractions
    for_update="",  # a transaction that writes has the database for itself
    skip_locked="",
    identity="integer primary key autoincrement",
    text="text",
)
POSTGRES = Dialect(
    name="postgres",
    now="extract(epoch from clock_timestamp())::double precision",
    for_update="for update",
    skip_locked="for update skip locked",
    identity="bigint generated always as identity primary key",
    text='text collate "C"',
)


class Transaction(Protocol):
    """One transaction: all of it is durable when its block ends, or nothing if that raises.

    Only a StoreError of the end itself, with the connection lost, leaves open which of the two.
    """

    async def execute(self, statement: str, **parameters: Any) -> int:
        """Do it, and give back how many rows it has touched. Raises StoreError."""
        ...

    async def execute_many(self, statement: str, rows: Sequence[Mapping[str, Any]]) -> None:
        """Do it once for each of these parameters, in few round trips. Raises StoreError."""
        ...

    async def fetch(self, statement: str, **parameters: Any) -> Sequence[Row]:
        """All rows; also of an `insert` or `update` with `returning`. Raises StoreError."""
        ...

    async def fetch_one(self, statement: str, **parameters: Any) -> Row | None:
        """The first row, or None. Raises StoreError."""
        ...


class Database(Protocol):
    """A database with the tables of a fleet."""

    @property
    def dialect(self) -> Dialect:
        """What differs in its statements."""
        ...

    def write(self) -> AbstractAsyncContextManager[Transaction]:
        """A transaction that writes. On SQLite one at a time: do nothing else in it."""
        ...

    def read(self) -> AbstractAsyncContextManager[Transaction]:
        """A transaction that only reads, and sees one state of everything."""
        ...

    async def close(self) -> None:
        """Give back its connections."""
        ...


class NamedDatabase(Database, Protocol):
    """A database that can be told by its name."""

    @property
    def name(self) -> str:
        """What messages call it: a file, or a database with its host; no secret."""
        ...
