"""The tables of procrastinate: its own statements, done in the same `fleet migrate` as ours.

It numbers its migrations by the names of their files and keeps no account of what a database has
had, so a table of ours does.
"""

import importlib.util
from pathlib import Path

from ccloud_apply.errors import StoreError, UsageError
from ccloud_apply.fleet.store.database import Database, Transaction
from ccloud_apply.fleet.store.migrate import Migrated, has_table
from ccloud_apply.fleet.store.postgres import PostgresDatabase
from ccloud_apply.home import install_hint

_CREATE = """
create table if not exists engine_migration (
  name text primary key,
  time double precision not null
)
"""
_ALONE = "select pg_advisory_xact_lock(7022100211)"


async def migrate_engine(database: PostgresDatabase) -> Migrated:
    """Bring procrastinate's tables to the version that is installed; counted in migrations.

    Raises StoreError, and UsageError where procrastinate is not installed.
    """
    folder = find_folder()
    known = _list_migrations(folder)
    async with database.script() as tx:
        await tx.fetch(_ALONE)
        done = await _read_done(tx)
        _check_not_newer(done, known)
        if not done:
            await tx.execute_script((folder / "schema.sql").read_text(encoding="utf-8"))
            await tx.execute(_CREATE)
        else:
            for name in known[len(done) :]:
                text = (folder / "migrations" / name).read_text(encoding="utf-8")
                await tx.execute_script(text)
        await tx.execute_many(
            "insert into engine_migration (name, time) values (:name, {now})",
            [{"name": name} for name in known[len(done) :]],
        )
    return Migrated(len(done), len(known))


async def check_engine(database: Database) -> None:
    """Raise StoreError where procrastinate's tables are of another version than its program."""
    known = _list_migrations(find_folder())
    async with database.read() as tx:
        done = await _read_done(tx)
    _check_not_newer(done, known)
    if done != known:
        raise StoreError(
            f"the tables of procrastinate have {len(done)} of its {len(known)} migrations",
            hint="run `ccloud-apply fleet migrate`",
        )


async def _read_done(tx: Transaction) -> list[str]:
    if await has_table(tx, "postgres", "engine_migration"):
        rows = await tx.fetch("select name from engine_migration order by name")
        return [row["name"] for row in rows]
    if await has_table(tx, "postgres", "procrastinate_jobs"):
        raise StoreError(
            "the database has tables of procrastinate that no fleet has made",
            hint="give the fleet a database or a schema of its own",
        )
    return []


def _check_not_newer(done: list[str], known: list[str]) -> None:
    if done != known[: len(done)]:
        raise StoreError(
            "the tables of procrastinate are of a newer version than the one that is installed",
            hint=install_hint("fleet", option="--upgrade"),
        )


def _list_migrations(folder: Path) -> list[str]:
    """The names of its migrations, in the order in which they are done."""
    return sorted(file.name for file in (folder / "migrations").glob("*.sql"))


def find_folder() -> Path:
    """Where its statements are; it is not imported for them."""
    found = importlib.util.find_spec("procrastinate")
    if found is None or found.origin is None:
        raise UsageError(
            "a fleet on PostgreSQL needs the package procrastinate",
            hint=install_hint("fleet"),
        )
    return Path(found.origin).parent / "sql"
