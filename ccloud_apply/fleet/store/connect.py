"""Opens the database of a fleet: SQLite in the work dir, or PostgreSQL where `fleet.yaml` names it.

What the tables hold does not belong here.
"""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

from ccloud_apply.errors import UsageError
from ccloud_apply.fleet.model.config import FleetConfig
from ccloud_apply.fleet.secrets import read_secret
from ccloud_apply.fleet.store.database import Database, NamedDatabase
from ccloud_apply.fleet.store.migrate import check_version, migrate
from ccloud_apply.home import install_hint

SQLITE_FILE = "fleet.db"
"""The file of SQLite in the work dir."""


async def read_database_url(config: FleetConfig, environment: Mapping[str, str]) -> str | None:
    """The URL of PostgreSQL, which is a secret; None for a fleet on SQLite.

    Raises UnreadableReferenceError.
    """
    if config.database is None:
        return None
    return (await read_secret(config.database, environment)).strip()


@asynccontextmanager
async def open_database(
    config: FleetConfig, environment: Mapping[str, str], work_dir: str | Path
) -> AsyncIterator[Database]:
    """The database of this fleet, at the version of this product, closed at the end.

    A file of SQLite is brought there; PostgreSQL is not, as other workers may be at an older one:
    that takes `fleet migrate`. Raises StoreError, UnreadableReferenceError, and UsageError where
    the extra is missing.
    """
    async with connect(config, environment, work_dir) as database:
        if database.dialect.name == "sqlite":
            await migrate(database)
        else:
            await check_version(database)
        yield database


@asynccontextmanager
async def connect(
    config: FleetConfig, environment: Mapping[str, str], work_dir: str | Path
) -> AsyncIterator[NamedDatabase]:
    """The database, whatever its version; for `fleet migrate`. Raises as `open_database` does."""
    url = await read_database_url(config, environment)
    database = (
        _open_sqlite(Path(work_dir) / SQLITE_FILE) if url is None else await open_postgres(url)
    )
    try:
        yield database
    finally:
        await database.close()


def _open_sqlite(path: Path) -> NamedDatabase:
    from ccloud_apply.fleet.store.sqlite import SqliteDatabase

    return SqliteDatabase.open(path)


async def open_postgres(url: str) -> NamedDatabase:
    """PostgreSQL at this URL. Raises StoreError, and UsageError where the extra is missing."""
    try:
        from ccloud_apply.fleet.store.postgres import PostgresDatabase
    except ImportError as error:
        raise UsageError(
            f"a fleet on PostgreSQL needs the package {error.name or 'psycopg'}",
            hint=install_hint("fleet"),
        ) from error
    return await PostgresDatabase.open(url)
