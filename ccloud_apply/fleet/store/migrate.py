"""Brings a database to the version of this product. Migrations only add."""

from pathlib import Path  # importlib.resources would bring tempfile and shutil

from ccloud_apply.errors import StoreError
from ccloud_apply.fleet.store.database import Database, Transaction
from ccloud_apply.lazy_dataclass import dataclass
from ccloud_apply.lazy_pattern import lazy_pattern

_CREATE = "create table migration (version integer primary key, time double precision not null)"
_HAS_TABLE = {
    "sqlite": "select name from sqlite_master where type = 'table' and name = :name",
    # Not to_regclass: within a transaction it may not know what another one has made meanwhile.
    "postgres": "select tablename as name from pg_tables"
    " where tablename = :name and schemaname = any(current_schemas(false))",
}
_ALONE = {
    "sqlite": None,  # a transaction that writes is alone
    "postgres": "select pg_advisory_xact_lock(7022100210)",  # a number that is ours
}
_TEXT = lazy_pattern(r"^(  [a-z_]+) text\b")


@dataclass(frozen=True, slots=True)
class Migrated:
    """What a migration has done: from which version to which one."""

    before: int
    after: int


def load_migrations() -> dict[int, str]:
    """The statements of each version, by its number."""
    files = (Path(__file__).parent / "migrations").glob("*.sql")
    return {int(file.name[:4]): file.read_text(encoding="utf-8") for file in files}


async def read_version(database: Database) -> int:
    """The newest migration that the database has had; 0 for an empty one. Raises StoreError."""
    async with database.read() as tx:
        return await _read_version(tx, database.dialect.name)


async def check_version(database: Database) -> None:
    """Raise StoreError for a database of another version, with the way out."""
    known, found = max(load_migrations()), await read_version(database)
    if found < known:
        state = f"has version {found}" if found else "has no tables of a fleet"
        raise StoreError(
            f"the database {state}, and this program needs version {known}",
            hint="run `ccloud-apply fleet migrate`",
        )
    _check_not_newer(found, known)


async def migrate(database: Database) -> Migrated:
    """Do what is missing, each version in a transaction of its own, and nothing twice, whoever else
    migrates at the same time.

    Raises StoreError, also for a database that a newer version has made.
    """
    wanted, before = load_migrations(), await read_version(database)
    _check_not_newer(before, max(wanted))
    for version in sorted(number for number in wanted if number > before):
        async with database.write() as tx:
            await _apply(tx, database.dialect.name, version, wanted[version])
    return Migrated(before, max(wanted))


def split_statements(text: str) -> list[str]:
    """The statements of a file, without its comments."""
    lines = (line.split("--")[0].rstrip() for line in text.splitlines())
    return [one.strip() for one in "\n".join(lines).split(";") if one.strip()]


async def _apply(tx: Transaction, dialect: str, version: int, text: str) -> None:
    alone = _ALONE[dialect]
    if alone is not None:
        await tx.fetch(alone)
    found = await _read_version(tx, dialect)
    if found >= version:
        return
    if found == 0:
        await tx.execute(_CREATE)
    for statement in split_statements(text):
        await tx.execute(declare_texts(statement))
    await tx.execute(
        "insert into migration (version, time) values (:version, {now})", version=version
    )


def declare_texts(statement: str) -> str:
    """The statement with `{text}` as the type of its columns: a text is compared by its bytes."""
    return "\n".join(_TEXT.sub(r"\1 {text}", line) for line in statement.splitlines())


async def has_table(tx: Transaction, dialect: str, name: str) -> bool:
    """True if there is such a table, whoever has made it."""
    return await tx.fetch_one(_HAS_TABLE[dialect], name=name) is not None


async def _read_version(tx: Transaction, dialect: str) -> int:
    if not await has_table(tx, dialect, "migration"):
        return 0
    row = await tx.fetch_one("select max(version) as version from migration")
    return 0 if row is None or row["version"] is None else int(row["version"])


def _check_not_newer(found: int, known: int) -> None:
    if found > known:
        raise StoreError(
            f"the database has version {found}, and this program knows {known}",
            hint="install the version that made it, or a newer one",
        )
