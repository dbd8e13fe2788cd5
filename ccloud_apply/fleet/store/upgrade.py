"""What `fleet migrate` does: our tables and, on PostgreSQL, those of the engine."""

from collections.abc import Mapping
from pathlib import Path

from ccloud_apply.fleet.model.config import FleetConfig
from ccloud_apply.fleet.store.connect import connect
from ccloud_apply.fleet.store.migrate import Migrated, migrate
from ccloud_apply.fleet.store.restored import accept_restored
from ccloud_apply.lazy_dataclass import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Upgraded:
    """What has been done to the database `name`; `engine` is None on SQLite, which has none.

    `journals` is how many journals of a restored backup there are; None if it is none.
    """

    name: str
    tables: Migrated
    engine: Migrated | None
    journals: int | None


async def upgrade(
    config: FleetConfig,
    environment: Mapping[str, str],
    work_dir: str | Path,
    *,
    restored_by: str | None = None,
) -> Upgraded:
    """Bring the database of the fleet to this version; nothing is done twice.

    `restored_by` is the person who says that it is a restored backup. Raises StoreError,
    UnreadableReferenceError, and UsageError where the extra is missing.
    """
    async with connect(config, environment, work_dir) as database:
        tables = await migrate(database)
        engine = None
        if config.database is not None:
            from ccloud_apply.fleet.store.engine_schema import migrate_engine
            from ccloud_apply.fleet.store.postgres import PostgresDatabase

            assert isinstance(database, PostgresDatabase)
            engine = await migrate_engine(database)
        journals = None
        if restored_by is not None:
            journals = await accept_restored(database, restored_by)
        return Upgraded(name=database.name, tables=tables, engine=engine, journals=journals)
